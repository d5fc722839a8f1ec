"""The SQL of erasing one person. Statements on people carry ``bucket``, statements on addresses ``abucket``, never both."""

from functools import cache

from sqlalchemy import TextClause, text

#: Everything that is keyed by a person's bucket and names the person.
PERSONAL = (
    "event",
    "fresh",
    "event_total",
    "engagement",
    "delivered",
    "person_product",
    "person_rhythm",
    "watch",
    "entry",
    "run",
    "run_done",
    "move",
    "decision",
    "person_address",
    "person_place",
    "recommendation",
    "coupon_given",
    "coupon_ask",
    "coupon_use",
    "errand",
    "segment_member",
    "segment_due",
    "touched",
    "campaign_member",
)

#: The ledger's trigger lets an erasure delete, for this transaction. On a cluster it stands on every node, and settings go
#: there by SET alone, once the first of these says so; elsewhere that one is a name without a meaning.
ALLOW = (text("SET LOCAL citus.propagate_set_commands = 'local'"), text("SET LOCAL antiphon.erase = 'on'"))

IS_THERE = text("SELECT EXISTS (SELECT 1 FROM person WHERE bucket = :bucket AND id = :person)")
GONE = text("DELETE FROM person WHERE bucket = :bucket AND id = :person")


@cache
def forget(table: str) -> TextClause:
    return text(f"DELETE FROM {table} WHERE bucket = :bucket AND person = :person")


@cache
def count(table: str) -> TextClause:
    return text(f"SELECT count(*) FROM {table} WHERE bucket = :bucket AND person = :person")


HELD = text("SELECT channel, address FROM person_address WHERE bucket = :bucket AND person = :person")

#: Reviews of campaigns tell of a few people why they would get it.
WHYS = text("""
SELECT id, review->'whys' AS whys FROM campaign
 WHERE review->'whys' @> jsonb_build_array(jsonb_build_object('person', cast(:person AS text)))
""")
KEEP_WHYS = text("UPDATE campaign SET review = jsonb_set(review, '{whys}', cast(:whys AS jsonb)) WHERE id = :id")

#: Those who became this person by a merge, and those who had become them.
ALIASES = text("SELECT bucket, person FROM alias WHERE to_person = :person")
FORGET_ALIASES = text(
    "DELETE FROM alias t USING unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person) "
    "WHERE t.bucket = k.bucket AND t.person = k.person"
)

_KEYS = "unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[])) k(abucket, kind, value)"
_ON_KEY = "t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value"
FORGET_IDENTIFIERS = text(f"DELETE FROM identifier t USING {_KEYS} WHERE {_ON_KEY}")


@cache
def forget_ends(table: str) -> TextClause:
    """Rows between identifiers, from this end."""
    return text(f"DELETE FROM {table} t USING {_KEYS} WHERE {_ON_KEY}")


@cache
def forget_other_ends(table: str) -> TextClause:
    """Rows between identifiers, from the other ends, whose keys are given."""
    return text(
        f"DELETE FROM {table} t USING {_KEYS} WHERE {_ON_KEY} AND (t.other_kind, t.other_value) IN "
        "(SELECT * FROM unnest(cast(:own_kinds AS text[]), cast(:own_values AS text[])))"
    )


#: Lists for humans: few rows, looked through.
FORGET_CONFLICTS = text(
    "DELETE FROM conflict t USING unnest(cast(:kinds AS text[]), cast(:values AS text[])) k(kind, value) "
    "WHERE t.kind = k.kind AND t.value = k.value OR t.other_kind = k.kind AND t.other_value = k.value"
)
VERDICTS = text(f"SELECT t.other_kind AS kind, t.other_value AS value FROM {_KEYS} JOIN verdict t ON {_ON_KEY}")

MESSAGES = text("SELECT abucket, id FROM outbox WHERE bucket = :bucket AND person = :person")
MESSAGES_TO = text(
    "SELECT abucket, id FROM outbox WHERE abucket = :abucket AND address = :address AND channel = :channel"
)
OPEN_MESSAGES = text(
    "SELECT count(*) FROM outbox WHERE bucket = :bucket AND person = :person "
    "AND state IN ('planned', 'due', 'claimed', 'held')"
)
_WHICH = "unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[])) w(abucket, id)"
#: What is in a provider's hands stays there, with nothing that names anybody; what waits is cancelled. The row remains,
#: for counts: its key would give the address away to whoever tries addresses.
ANONYMISE = text("""
UPDATE outbox o SET address = w.address, key = w.key, person = 0, run = 0, occasion_key = '', occasion_event = 0,
                    zones = '{}', subject = NULL, error = NULL, provider_ref = NULL, state = w.state,
                    state_at = CASE WHEN o.state = w.state THEN o.state_at ELSE :now END,
                    rule = CASE WHEN o.state = w.state THEN o.rule ELSE 'erased' END,
                    claim = CASE WHEN o.state = w.state THEN o.claim END,
                    lease_until = CASE WHEN o.state = w.state THEN o.lease_until END
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:addresses AS text[]), cast(:keys AS uuid[]),
              cast(:states AS text[])) w(abucket, id, address, key, state)
 WHERE o.abucket = w.abucket AND o.id = w.id
""")
STANDING = text(f"""
SELECT o.abucket, o.id, o.key, o.address, o.state FROM {_WHICH} JOIN outbox o ON o.abucket = w.abucket AND o.id = w.id
""")
FORGET_DETAILS = text(
    f"UPDATE message_log t SET detail = NULL FROM {_WHICH} WHERE t.abucket = w.abucket AND t.message = w.id"
)
FORGET_TOUCHES = text(f"DELETE FROM touch t USING {_WHICH} WHERE t.abucket = w.abucket AND t.message = w.id")
FORGET_SHOWN = text(f"DELETE FROM sandbox_message t USING {_WHICH} WHERE t.abucket = w.abucket AND t.message = w.id")
FORGET_KEYS = text(
    "DELETE FROM message_key t USING unnest(cast(:abuckets AS smallint[]), cast(:keys AS uuid[])) w(abucket, key) "
    "WHERE t.abucket = w.abucket AND t.key = w.key"
)
FORGET_TEXT_KEYS = text(f"DELETE FROM text_key t USING {_WHICH} WHERE t.abucket = w.abucket AND t.message = w.id")
LOG = text(
    "INSERT INTO message_log (abucket, message, at, from_state, to_state, rule) "
    "SELECT w.abucket, w.id, :now, w.state, 'cancelled', 'erased' "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:states AS text[])) w(abucket, id, state)"
)

# By address: what belongs to nobody else.
FORGET_SANDBOX = text("DELETE FROM sandbox_message WHERE abucket = :abucket AND address = :address")
FORGET_INBOUND = text("DELETE FROM inbound_text WHERE abucket = :abucket AND address = :address")
FORGET_WISHES = text("DELETE FROM coupon_wish WHERE abucket = :abucket AND channel = :channel AND address = :address")
FORGET_CONSENT = text("DELETE FROM consent WHERE abucket = :abucket AND channel = :channel AND address = :address")
#: What the law asks to be able to show: what was agreed to, when, how and in which words. Not where from.
KEEP_FACTS = text("""
INSERT INTO consent_fact (abucket, id, brand, channel, address, purpose, state, effective_at, recorded_at, method,
                          double_opt_in, wording, wording_version, source, expires_at)
SELECT abucket, ('x' || md5('erased|' || id::text))::bit(64)::bigint, brand, channel, :hash, purpose, state, effective_at,
       recorded_at, method, double_opt_in, wording, wording_version, source, expires_at
  FROM consent_fact WHERE abucket = :abucket AND channel = :channel AND address = :address
    ON CONFLICT DO NOTHING
""")
FORGET_FACTS = text("DELETE FROM consent_fact WHERE abucket = :abucket AND channel = :channel AND address = :address")
#: The end of what was agreed to: what is said to have been agreed to before it does not count, whoever imports it.
ADD_END = text("""
INSERT INTO consent_fact (abucket, id, brand, channel, address, purpose, state, effective_at, recorded_at, method, source)
SELECT :abucket, k.id, k.brand, :channel, :hash, k.purpose, 'unsubscribed', :now, :now, 'erased', 'erasure'
  FROM unnest(cast(:ids AS bigint[]), cast(:brands AS smallint[]), cast(:purposes AS text[])) k(id, brand, purpose)
    ON CONFLICT DO NOTHING
""")
#: A reason that bars more than an erasure stays the reason.
KEEP_SUPPRESSION = text("""
INSERT INTO suppression (abucket, channel, address, at, reason, source)
SELECT :abucket, :channel, :name, :now, coalesce((
           SELECT max(reason) FROM suppression
            WHERE abucket = :abucket AND channel = :channel AND address IN (:address, :name)
              AND reason IN ('hard bounce', 'complaint') AND (lifted_at IS NULL OR at > lifted_at)), 'erased'), 'erasure'
    ON CONFLICT (abucket, channel, address) DO UPDATE SET at = excluded.at, reason = excluded.reason,
       source = excluded.source, hits = suppression.hits + 1 WHERE excluded.at > suppression.at
""")
FORGET_SUPPRESSION = text(
    "DELETE FROM suppression WHERE abucket = :abucket AND channel = :channel AND address = :address"
)

# What came in and is nobody's yet: looked for by words first, then read.
ARRIVALS = text("""
SELECT id, source, message_id, type, at, received_at, backfill, body::text AS body, false AS seen
  FROM arrival WHERE id > :after AND body::text ILIKE ANY(cast(:patterns AS text[])) ORDER BY id LIMIT :limit
""")
REJECTED = text("""
SELECT id, body::text AS body FROM rejected_arrival
 WHERE id > :after AND body::text ILIKE ANY(cast(:patterns AS text[])) ORDER BY id LIMIT :limit
""")
FAULTS = text("""
SELECT import, part, line, n, raw FROM file_import_fault WHERE raw ILIKE ANY(cast(:patterns AS text[]))
""")
FORGET_ARRIVALS = text("DELETE FROM arrival WHERE id = ANY(cast(:ids AS bigint[]))")
FORGET_REJECTED = text("DELETE FROM rejected_arrival WHERE id = ANY(cast(:ids AS bigint[]))")
FORGET_FAULTS = text("""
DELETE FROM file_import_fault t
 USING unnest(cast(:imports AS bigint[]), cast(:parts AS int[]), cast(:lines AS bigint[]), cast(:ns AS int[]))
       k(import, part, line, n)
 WHERE t.import = k.import AND t.part = k.part AND t.line = k.line AND t.n = k.n
""")
