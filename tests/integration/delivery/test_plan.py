"""What a tick decided stands in the outbox once, however often it is handed over."""

from datetime import timedelta
from hashlib import md5
from uuid import UUID

from sqlalchemy import text
from tests.conftest import NOON

from antiphon.delivery.plan import hand_over
from antiphon.kit.buckets import BUCKETS, abucket_of, bucket_of, person_id
from antiphon.store.db import Database

PERSON = person_id(7, 3)

DECISION = text("""
INSERT INTO decision (bucket, id, person, run, journey, version, step, visit, at, decided_at, channel, address, abucket,
                      due_at, expires_at, zones, purpose, occasion_key, occasion_at, occasion_event, entry_key, reasons, tick)
VALUES (:bucket, :id, :person, 1, 4, 9, 'first', 0, :now, :now, :channel, :address, :abucket, :due, NULL, '{3}',
        'cart', 'a-1', :now, 5, 'cart-1#1', '{}', :tick)
""")


def test_hand_over_is_once_per_decision(db: Database) -> None:
    with db.begin("test") as connection:
        for number, channel, tick in ((1, "sms", 11), (2, None, 11), (3, "sms", 12)):
            address = None if channel is None else f"+1212555000{number}"
            connection.execute(
                DECISION,
                {
                    "bucket": bucket_of(PERSON),
                    "id": number,
                    "person": PERSON,
                    "now": NOON,
                    "due": NOON + timedelta(minutes=5),
                    "channel": channel,
                    "address": address,
                    "abucket": address and abucket_of(address),
                    "tick": tick,
                },
            )
    with db.begin("tick") as connection:
        assert hand_over(connection, NOON, BUCKETS, 11) == 1
        assert hand_over(connection, NOON, BUCKETS, 11) == 0
    with db.read() as connection:
        row = connection.execute(text("SELECT * FROM outbox")).mappings().one()
    key = md5(b"+12125550001|4|1|first|0", usedforsecurity=False).hexdigest()
    assert (row["id"], row["state"], row["key"]) == (1, "planned", UUID(key))
    assert (row["abucket"], row["bucket"]) == (abucket_of("+12125550001"), bucket_of(PERSON))
    assert (row["due_at"], row["planned_at"], row["zones"]) == (NOON + timedelta(minutes=5), NOON, [3])
