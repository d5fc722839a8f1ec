"""What a demo does not do: sign-ups, texts, files, webhooks, decisions on people, privacy. Each by the product's own ways in."""

import csv
import io
import re
import time
import zipfile
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError

from antiphon.addresses.wordings import Wording
from antiphon.catalogue.offers import managing as offers
from antiphon.catalogue.offers.filling import bring
from antiphon.demo.run import PHONE as SHOP_PHONE
from antiphon.intake.files.exporting import export_people
from antiphon.intake.files.keeping import upload
from antiphon.intake.files.managing import find, start
from antiphon.intake.hooks.managing import save
from antiphon.intake.inbound import receive_text
from antiphon.intake.keywords import save_keyword
from antiphon.intake.optout import opt_out
from antiphon.privacy.export import export
from antiphon.privacy.queries import PERSONAL
from antiphon.privacy.retention import read_settings, retain, would_go
from antiphon.signup.flow import QUICKEST
from antiphon.signup.publish import publish
from antiphon.signup.starters import starters
from antiphon.store.audit import COMMAND_LINE
from tests.acceptance.citus.campaign_acts import CAMPAIGNS
from tests.acceptance.citus.journey_acts import JOURNEYS
from tests.acceptance.citus.shop_acts import SHOP
from tests.acceptance.citus.stage import Stage, must
from tests.acceptance.citus.web_acts import WEB

ORIGIN = "https://shop.example"
EMAIL, PHONE, TEXTER = "whole@shop.example", "+12125550161", "+12125550162"

FILE = b"""Email,Phone Number,First Name,Email Marketing Consent,Consent Timestamp
imported@shop.example,+12125550171,Ida,SUBSCRIBED,2026-01-05 10:00:00
whole@shop.example,,Whole,NEVER_SUBSCRIBED,
no address at all,,Nobody,SUBSCRIBED,
"""
HOOK = """
name: reviews
identify: {email: review.email}
event: Product Reviewed
id: review.id
properties: {stars: review.rating}
"""


def sign_up(stage: Stage) -> str:
    """A unit's form by email then phone, its YES and its code; a keyword, a STOP, a START, an unsubscribe."""
    database, now = stage.engine.database, stage.now()
    promised = offers.checked({"name": "promised", "title": "Promised", "kind": "pool"})
    offers.save(database, promised, now, COMMAND_LINE)
    bring(database, "promised", b"PROMISED-1\nPROMISED-2", now, COMMAND_LINE)
    with database.begin("settings") as connection:
        connection.execute(
            text("INSERT INTO setting VALUES ('sign-up.origins', cast(:value AS jsonb), :now, 'test')"),
            {"value": orjson.dumps([ORIGIN]).decode(), "now": now},
        )
        publish(connection, re.sub(r"(coupon|offer): .+", "offer: promised", starters()["welcome"]), "test", now)
    drawn = _post(stage, "/v1/units/welcome/open", device="d" * 24)
    time.sleep(QUICKEST.total_seconds() + 0.5)  # nobody types as fast
    drawn = _post(stage, "/v1/units/welcome", flow=drawn["flow"], step="email", email=EMAIL, agreed="yes")
    _post(stage, "/v1/units/welcome", flow=drawn["flow"], step="phone", phone=PHONE, country="US", agreed="yes")
    stage.settle()
    must(_states(stage, PHONE) == {"pending"}, f"after the form the number is {_states(stage, PHONE)}")
    save_keyword(
        database,
        "lamps",
        Wording(1, "sms", ("marketing",), "en", "Text LAMPS for recurring texts. Reply STOP to opt out"),
        now,
        "test",
    )
    for phone, words in ((PHONE, "YES"), (TEXTER, "lamps"), (TEXTER, "YES"), (PHONE, "HELP"), (PHONE, "how much?")):
        receive_text(database, phone, SHOP_PHONE, words, stage.now(), message_id=f"{phone}-{words}")
        stage.settle()
    must("subscribed" in _states(stage, PHONE), f"after YES the number is {_states(stage, PHONE)}")
    codes = stage.one("SELECT count(*) FROM coupon_given WHERE offer = 'promised'")
    told = stage.one("SELECT count(*) FROM sandbox_message WHERE address = :a AND body LIKE '%PROMISED-%'", a=PHONE)
    must((codes, told) == (1, 1), f"of the code that was promised {codes} were given and {told} told")
    must(stage.one("SELECT count(*) FROM coupon_wish") == 0, "promises are left")
    receive_text(database, PHONE, SHOP_PHONE, "STOP", stage.now(), message_id="stop")
    stage.settle()
    must(stage.one("SELECT count(*) FROM suppression WHERE address = :a", a=PHONE) == 1, "STOP suppressed nothing")
    receive_text(database, PHONE, SHOP_PHONE, "START", stage.now(), message_id="start")
    opt_out(database, "email", EMAIL, "one-click", "test", now=stage.now())
    stage.settle()
    for act in ("UPDATE consent_fact SET state = 'subscribed'", "DELETE FROM consent_fact"):
        must(_refused(stage, f"{act} WHERE address = '{PHONE}'"), f"the ledger lets through {act}")
    texts = stage.one("SELECT count(*) FROM inbound_text WHERE address IN (:a, :b)", a=PHONE, b=TEXTER)
    return f"{texts} texts read; {PHONE} is {', '.join(sorted(_states(stage, PHONE)))}"


def _refused(stage: Stage, sql: str) -> bool:
    try:
        with stage.engine.database.begin("test") as connection:
            connection.execute(text(sql))
    except DBAPIError as error:
        return "only added to" in str(error.orig)
    return False


def _post(stage: Stage, path: str, **body: str) -> dict[str, Any]:
    headers = {"content-type": "text/plain", "user-agent": "Safari", "origin": ORIGIN}
    answer = stage.visitor.post(path, content=orjson.dumps(body), headers=headers)
    must(answer.status_code == 200, f"{path} answers {answer.status_code}: {answer.text[:300]}")
    return dict(answer.json())


def _states(stage: Stage, address: str) -> set[str]:
    return {row.state for row in stage.rows("SELECT state FROM consent WHERE address = :a", a=address)}


def bring_in(stage: Stage) -> str:
    """A file of people, a webhook's body, the file of everybody that goes out."""
    database = stage.engine.database
    number = upload(database, io.BytesIO(FILE), "people.csv", stage.now(), COMMAND_LINE)
    start(database, number, stage.now(), COMMAND_LINE)
    _, token = save(database, HOOK, None, stage.now(), COMMAND_LINE)
    body = {"review": {"email": EMAIL, "id": "r-1", "rating": 5}}
    answer = stage.visitor.post(f"/v1/hooks/reviews?token={token}", json=body)
    must(answer.status_code == 200, f"the webhook answers {answer.status_code}: {answer.text[:300]}")
    stage.settle()
    with database.read() as connection:
        found = find(connection, number)
    must(found.state == "done", f"the import is {found.state}: {found.error}")
    must(stage.one("SELECT count(*) FROM event WHERE name = 'Product Reviewed'") == 1, "no review arrived")
    told = {row["person"] for row in csv.DictReader(io.StringIO("".join(export_people(database)).lstrip("\ufeff")))}
    people = len(told)
    must(people == stage.one("SELECT count(*) FROM person"), f"the file of people has {people}")
    return f"import {number}: {found.counts}; {people} people exported"


def decide(stage: Stage) -> str:
    """Merge two people who have runs and messages, split them again, merge, take it back, keep two apart."""
    rows = stage.rows(
        "SELECT person, count(*) AS n FROM outbox WHERE person > 0 GROUP BY 1 ORDER BY n DESC, person LIMIT 2"
    )
    one, other = (row.person for row in rows)
    people = stage.one("SELECT count(*) FROM person")
    # what the product tells itself (a segment is left, a code expires) may come at any time
    events = stage.one("SELECT count(*) FROM event WHERE source <> 'antiphon'")
    keys = [
        tuple(row) for row in stage.rows("SELECT kind, value FROM identifier WHERE person = :p ORDER BY 1, 2", p=other)
    ]
    merged = stage.order("people.merge", person=one, other=other)
    must(stage.one("SELECT count(*) FROM person") == people - 1, "the merge left as many people")
    apart = stage.order("people.split", person=merged["person"], identifiers=keys)
    must(stage.one("SELECT count(*) FROM person") == people, "the split made nobody")
    whose = {row.person for row in _holders(stage, keys)}
    must(whose == {apart["split"]}, f"what was split off lies with {whose}, not {apart['split']}")
    again = stage.order("people.merge", person=apart["person"], other=apart["split"])
    stage.order("people.undo", act=again["act"])
    must(stage.one("SELECT count(*) FROM person") == people, "taking back the merge brought nobody back")
    must(stage.one("SELECT count(*) FROM event WHERE source <> 'antiphon'") == events, "events were lost or doubled")
    a, b = stage.rows("SELECT kind, value, person FROM identifier WHERE kind = 'email' ORDER BY value LIMIT 2")
    stage.order("people.keep_apart", identifiers=[(a.kind, a.value), (b.kind, b.value)])
    return f"{people} people and {events} events before and after"


def _holders(stage: Stage, keys: list[tuple[str, str]]) -> list[Row[Any]]:
    return stage.rows("SELECT DISTINCT person FROM identifier WHERE value = ANY(:values)", values=[v for _, v in keys])


def forget(stage: Stage) -> str:
    """Export somebody to whom messages went, erase them, look for what is left; then let go of what is old."""
    database = stage.engine.database
    person = stage.rows(
        "SELECT person, count(*) AS n FROM outbox WHERE person > 0 GROUP BY 1 ORDER BY n DESC, person LIMIT 1"
    )[0].person
    values = [row.value for row in stage.rows("SELECT value FROM identifier WHERE person = :p", p=person)]
    messages = stage.one("SELECT count(*) FROM outbox WHERE person = :p", p=person)
    packed = io.BytesIO()
    export(database, person, packed, COMMAND_LINE, stage.now())
    with zipfile.ZipFile(packed) as opened:
        told = orjson.loads(opened.read("person.json"))
    must(len(told["messages"]) == messages, "the export lacks messages")
    done = stage.order("person.erase", person=person)
    must(done["erased"], f"erasing said {done}")
    for table in PERSONAL:
        must(stage.one(f"SELECT count(*) FROM {table} WHERE person = :p", p=person) == 0, f"{table} names them still")
    must(not stage.rows("SELECT 1 FROM identifier WHERE value = ANY(:v)", v=values), "their identifiers remain")
    must(not stage.rows("SELECT 1 FROM outbox WHERE address = ANY(:v)", v=values), "messages name them still")
    nobody = stage.one("SELECT count(*) FROM outbox WHERE person = 0")
    must(nobody >= messages, f"{messages} messages went to them, {nobody} lie without a name")
    later = stage.now() + timedelta(days=4000)
    with database.read() as connection:
        settings = read_settings(connection) | {"events": 3650}
        older = would_go(connection, settings, later)
    gone = retain(database, later)
    must(gone.get("messages"), f"nothing was too old: {gone}, of {older}")
    return f"{nobody} messages without a name; of old rows went {gone}"


#: In the order of their clocks: the virtual one goes on where the demo stopped, months before the database's.
ACTS = (*SHOP, *JOURNEYS, *CAMPAIGNS, sign_up, *WEB, bring_in, decide)
