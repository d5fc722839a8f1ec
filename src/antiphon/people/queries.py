"""The SQL of people and of what points at them.

Identifiers, evidence and conflicts are found by value and keyed by its abucket; people by their bucket. The two never
meet in one statement: the resolver carries keys from one to the other.
"""

from sqlalchemy import text

_KEYS = "unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[])) k(abucket, kind, value)"
_PAIRS = (
    "unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[]), "
    "cast(:other_kinds AS text[]), cast(:other_values AS text[])) k(abucket, kind, value, other_kind, other_value)"
)
_ON_KEY = "ON t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value"
_ON_PAIR = f"{_ON_KEY} AND t.other_kind = k.other_kind AND t.other_value = k.other_value"

# The evidence of an arrival that brought a whole stranger stands in the rows of its identifiers (``identifier.beside``): each
# end finds it by its own key, as it does in ``evidence``. These read both; ``UNFOLD`` carries it over before it changes.
_BESIDE = (
    "SELECT {columns}, t.beside_source AS source, t.beside_at AS first_at, "
    "date_trunc('day', t.beside_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS last_at, "
    "cast(NULL AS timestamptz) AS verified_at, 'joined' AS outcome"
)
_EACH = "CROSS JOIN LATERAL generate_series(1, cardinality(t.beside), 2) o(n)"

#: The evidence of identifiers, as a subquery ``t``.
EVIDENCE_OF_KEYS = (
    "(SELECT t.kind, t.value, t.other_kind, t.other_value, t.source, t.first_at, t.last_at, t.verified_at, t.outcome "
    f"FROM {_KEYS} JOIN evidence t {_ON_KEY} UNION ALL "
    + _BESIDE.format(columns="t.kind, t.value, t.beside[o.n] AS other_kind, t.beside[o.n + 1] AS other_value")
    + f" FROM {_KEYS} JOIN identifier t {_ON_KEY} {_EACH}) t"
)

IDENTIFIERS = text(f"SELECT t.kind, t.value, t.person, t.first_at, t.last_at FROM {_KEYS} JOIN identifier t {_ON_KEY}")
# The union stands in a subquery and has the abucket: Citus mixes up the columns of this one without either.
EVIDENCE_OF_PAIRS = text(
    "SELECT kind, value, other_kind, other_value, source, first_at, last_at, verified_at, outcome, beside FROM ("
    "SELECT t.abucket, t.kind, t.value, t.other_kind, t.other_value, t.source, t.first_at, t.last_at, t.verified_at, "
    f"t.outcome, false AS beside FROM {_PAIRS} JOIN evidence t {_ON_PAIR} UNION ALL "
    + _BESIDE.format(columns="t.abucket, k.kind, k.value, k.other_kind, k.other_value")
    + f", true FROM {_PAIRS} JOIN identifier t {_ON_KEY} {_EACH} "
    "WHERE t.beside[o.n] = k.other_kind AND t.beside[o.n + 1] = k.other_value) t"
)
UNFOLD = text(
    "INSERT INTO evidence (abucket, kind, value, other_kind, other_value, source, first_at, last_at) "
    "SELECT t.abucket, t.kind, t.value, t.beside[o.n], t.beside[o.n + 1], t.beside_source, t.beside_at, "
    "date_trunc('day', t.beside_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' "
    f"FROM {_KEYS} JOIN identifier t {_ON_KEY} {_EACH}"
)
UNFOLDED = text(
    "UPDATE identifier t SET beside = NULL, beside_source = NULL, beside_at = NULL "
    f"FROM {_KEYS} WHERE t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value AND t.beside IS NOT NULL"
)
NEIGHBOURS = text(
    "SELECT t.kind, t.value, t.other_kind, t.other_value, min(t.first_at) AS first_at, max(t.last_at) AS last_at, "
    "min(t.verified_at) AS verified_at, min(t.outcome) AS outcome "
    f"FROM {EVIDENCE_OF_KEYS} GROUP BY t.kind, t.value, t.other_kind, t.other_value"
)
#: An identifier that was found to be shared has one conflict row with nothing on the other side.
KNOWN_SHARED = text(
    f"SELECT t.kind, t.value FROM {_KEYS} JOIN conflict t {_ON_KEY} AND t.other_kind = '' AND t.other_value = ''"
)

VERDICTS = text(
    "SELECT t.kind, t.value, t.other_kind, t.other_value, t.says = 'same' AS same, t.act "
    f"FROM {_KEYS} JOIN verdict t {_ON_KEY}"
)
SAY = text(
    "INSERT INTO verdict (abucket, kind, value, other_kind, other_value, act, says, at, who, why) "
    "SELECT k.abucket, k.kind, k.value, k.other_kind, k.other_value, :act, k.says, :at, :who, :why "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[]), "
    "cast(:other_kinds AS text[]), cast(:other_values AS text[]), cast(:says AS text[])) "
    "k(abucket, kind, value, other_kind, other_value, says) ON CONFLICT DO NOTHING"
)
#: What was said at once, found by its own index: few rows wherever they lie.
ACT = text("SELECT kind, value, other_kind, other_value FROM verdict WHERE act = :act")
WITHDRAW = text(
    f"DELETE FROM verdict t USING {_PAIRS} WHERE t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value "
    "AND t.other_kind = k.other_kind AND t.other_value = k.other_value AND t.act = :act"
)
IDENTIFIERS_OF = text("SELECT kind, value FROM identifier WHERE bucket = :bucket AND person = :person")
#: Who was merged into ``people``, the newest first, with the strongest identifier that each of the two had then.
MERGED_INTO = text(
    "SELECT bucket, person, to_person, kind, value, other_kind, other_value, die FROM alias "
    "WHERE to_person = ANY(cast(:people AS bigint[])) AND die IS NOT NULL ORDER BY at DESC, person DESC"
)

UPDATE_IDENTIFIERS = text(
    "UPDATE identifier t SET bucket = k.bucket, person = k.person, first_at = k.first_at, last_at = k.last_at "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[]), "
    "cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:firsts AS timestamptz[]), "
    "cast(:lasts AS timestamptz[])) k(abucket, kind, value, bucket, person, first_at, last_at) "
    "WHERE t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value"
)
UPDATE_EVIDENCE = text(
    "UPDATE evidence t SET first_at = k.first_at, last_at = k.last_at, verified_at = k.verified_at "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[]), "
    "cast(:other_kinds AS text[]), cast(:other_values AS text[]), cast(:sources AS text[]), "
    "cast(:firsts AS timestamptz[]), cast(:lasts AS timestamptz[]), cast(:verifieds AS timestamptz[])) "
    "k(abucket, kind, value, other_kind, other_value, source, first_at, last_at, verified_at) "
    "WHERE t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value "
    "AND t.other_kind = k.other_kind AND t.other_value = k.other_value AND t.source = k.source"
)
SET_OUTCOMES = text(
    "UPDATE evidence t SET outcome = k.outcome "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[]), "
    "cast(:other_kinds AS text[]), cast(:other_values AS text[]), cast(:outcomes AS text[])) "
    "k(abucket, kind, value, other_kind, other_value, outcome) "
    "WHERE t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value "
    "AND t.other_kind = k.other_kind AND t.other_value = k.other_value AND t.outcome <> k.outcome"
)
ADD_CONFLICTS = text(
    "INSERT INTO conflict (abucket, kind, value, other_kind, other_value, reason, at) "
    "SELECT *, cast(:now AS timestamptz) FROM unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), "
    "cast(:values AS text[]), cast(:other_kinds AS text[]), cast(:other_values AS text[]), cast(:reasons AS text[])) "
    "ON CONFLICT DO NOTHING"
)
DROP_CONFLICTS = text(
    f"DELETE FROM conflict t USING {_PAIRS} WHERE t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value "
    "AND t.other_kind = k.other_kind AND t.other_value = k.other_value"
)

_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"

PEOPLE = text(
    "SELECT t.id, t.traits, t.traits_at, t.zone, t.first_seen_at, t.last_seen_at, t.via, t.told "
    f"FROM {_PEOPLE} JOIN person t ON t.bucket = k.bucket AND t.id = k.person"
)
SEE_PEOPLE = text(
    "UPDATE person t SET first_seen_at = least(t.first_seen_at, k.first_at), "
    "last_seen_at = greatest(t.last_seen_at, k.last_at) "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:firsts AS timestamptz[]), "
    "cast(:lasts AS timestamptz[])) k(bucket, person, first_at, last_at) "
    "WHERE t.bucket = k.bucket AND t.id = k.person AND (t.first_seen_at > k.first_at OR t.last_seen_at < k.last_at)"
)
UPDATE_PEOPLE = text(
    "UPDATE person t SET traits = cast(k.traits AS jsonb), traits_at = k.traits_at, zone = k.zone, "
    "first_seen_at = k.first_at, last_seen_at = k.last_at, via = k.via, told = cast(k.told AS jsonb) "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:traits AS text[]), "
    "cast(:traits_ats AS timestamptz[]), cast(:zones AS smallint[]), cast(:firsts AS timestamptz[]), "
    "cast(:lasts AS timestamptz[]), cast(:vias AS text[]), cast(:tolds AS text[])) "
    "k(bucket, person, traits, traits_at, zone, first_at, last_at, via, told) "
    "WHERE t.bucket = k.bucket AND t.id = k.person"
)
ADDRESSES = text(
    "SELECT t.bucket, t.person, t.channel, t.address FROM "
    f"{_PEOPLE} JOIN person_address t ON t.bucket = k.bucket AND t.person = k.person"
)
LET_GO = text(
    "DELETE FROM person_address t USING unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), "
    "cast(:channels AS text[]), cast(:addresses AS text[])) k(bucket, person, channel, address) "
    "WHERE t.bucket = k.bucket AND t.person = k.person AND t.channel = k.channel AND t.address = k.address"
)
MIRROR_CONSENT = text(
    "UPDATE person_address t SET marketing = k.marketing, marketing_at = k.marketing_at, "
    "transactional = k.transactional, cart = k.cart, cart_double = k.cart_double "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:channels AS text[]), "
    "cast(:addresses AS text[]), cast(:marketings AS text[]), cast(:marketing_ats AS timestamptz[]), "
    "cast(:transactionals AS text[]), cast(:carts AS text[]), cast(:cart_doubles AS boolean[])) "
    "k(bucket, person, channel, address, marketing, marketing_at, transactional, cart, cart_double) "
    "WHERE t.bucket = k.bucket AND t.person = k.person AND t.channel = k.channel AND t.address = k.address"
)
ALIAS = text("SELECT to_person FROM alias WHERE bucket = :bucket AND person = :person")

NOTE_PLACES = text(
    "INSERT INTO person_place (bucket, person, place, via, since) "
    "SELECT * FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:places AS text[]), "
    "cast(:vias AS text[]), cast(:sinces AS timestamptz[])) "
    "ON CONFLICT (bucket, person, place, via) DO UPDATE SET since = excluded.since "
    "WHERE person_place.since > excluded.since"
)
#: Whose orders or profile ever named a place of a country.
IN_COUNTRY = text(
    f"SELECT DISTINCT t.person FROM {_PEOPLE} JOIN person_place t ON t.bucket = k.bucket AND t.person = k.person "
    "WHERE split_part(t.place, '-', 1) = :country"
)
EVENTS_NAMED = text(
    f"SELECT t.person, t.at, t.source, t.props FROM {_PEOPLE} JOIN event t ON t.bucket = k.bucket "
    "AND t.person = k.person WHERE t.name = :name AND t.at > :since"
)
