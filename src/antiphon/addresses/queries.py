"""The SQL of consent and suppression, keyed by ``abucket``."""

from sqlalchemy import text

# The same consent sent again after its message id was forgotten has the same id here, and changes nothing.
ADD_FACTS = text(
    "INSERT INTO consent_fact (abucket, id, brand, channel, address, purpose, state, effective_at, recorded_at, "
    "method, double_opt_in, wording, wording_version, source, ip, agent, expires_at, detail) "
    "SELECT k.abucket, k.id, k.brand, k.channel, k.address, k.purpose, k.state, k.effective_at, :now, k.method, "
    "k.double_opt_in, k.wording, k.wording_version, k.source, k.ip, k.agent, k.expires_at, cast(k.detail AS jsonb) "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:brands AS smallint[]), "
    "cast(:channels AS text[]), cast(:addresses AS text[]), cast(:purposes AS text[]), cast(:states AS text[]), "
    "cast(:effective_ats AS timestamptz[]), cast(:methods AS text[]), cast(:double_opt_ins AS boolean[]), "
    "cast(:wordings AS text[]), cast(:wording_versions AS text[]), cast(:sources AS text[]), cast(:ips AS text[]), "
    "cast(:agents AS text[]), cast(:expires_ats AS timestamptz[]), cast(:details AS text[])) "
    "k(abucket, id, brand, channel, address, purpose, state, effective_at, method, double_opt_in, wording, "
    "wording_version, source, ip, agent, expires_at, detail) ON CONFLICT DO NOTHING"
)

_KEYS = (
    "unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[])) "
    "k(abucket, channel, address)"
)
_ON = "ON t.abucket = k.abucket AND t.channel = k.channel AND t.address = k.address"

FACTS = text(
    "SELECT t.channel, t.address, t.brand, t.purpose, t.state, t.effective_at, t.double_opt_in, t.expires_at, "
    f"t.method, t.recorded_at FROM {_KEYS} JOIN consent_fact t {_ON}"
)
FACTS_IN_WORDS = text(
    "SELECT t.channel, t.address, t.brand, t.purpose, t.state, t.effective_at, t.double_opt_in, t.expires_at, "
    f"t.method, t.recorded_at, t.wording, t.wording_version, t.detail->>'language' AS language, "
    "t.detail->>'unit' AS unit, coalesce(t.detail->>'offer', '') AS offer, coalesce(t.detail->>'coupon', '') AS coupon "
    f"FROM {_KEYS} JOIN consent_fact t {_ON} "
    "ORDER BY t.effective_at, t.recorded_at, t.id"
)
CONSENTS = text(
    "SELECT t.channel, t.address, t.brand, t.purpose, t.state, t.effective_at, t.double_opt_in, t.expires_at, "
    f"t.paused_until FROM {_KEYS} JOIN consent t {_ON}"
)
SET_CONSENTS = text(
    "INSERT INTO consent (abucket, channel, address, brand, purpose, state, effective_at, double_opt_in, expires_at, "
    "paused_until) "
    "SELECT * FROM unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[]), "
    "cast(:brands AS smallint[]), cast(:purposes AS text[]), cast(:states AS text[]), "
    "cast(:effective_ats AS timestamptz[]), cast(:double_opt_ins AS boolean[]), cast(:expires_ats AS timestamptz[]), "
    "cast(:paused_untils AS timestamptz[])) "
    "ON CONFLICT (abucket, channel, address, brand, purpose) DO UPDATE SET state = excluded.state, "
    "effective_at = excluded.effective_at, double_opt_in = excluded.double_opt_in, expires_at = excluded.expires_at, "
    "paused_until = excluded.paused_until"
)
# In whatever order opt-outs and opt-ins are recorded, the newest of each stands. A reason that bars more than the new one
# stays as long as it stands: leaving a mailing does not make a dead mailbox good for orders.
_HARDER = (
    "suppression.reason IN ('hard bounce', 'complaint') AND excluded.reason NOT IN ('hard bounce', 'complaint') "
    "OR suppression.reason <> 'preference' AND excluded.reason = 'preference'"
)
_STANDS = "(suppression.lifted_at IS NULL OR suppression.at > suppression.lifted_at)"
SUPPRESS = text(
    "INSERT INTO suppression (abucket, channel, address, at, reason, source) "
    "SELECT * FROM unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[]), "
    "cast(:ats AS timestamptz[]), cast(:reasons AS text[]), cast(:sources AS text[])) "
    "ON CONFLICT (abucket, channel, address) DO UPDATE SET hits = suppression.hits + 1, "
    f"reason = CASE WHEN {_STANDS} AND ({_HARDER}) THEN suppression.reason ELSE excluded.reason END, "
    "source = excluded.source, at = excluded.at WHERE excluded.at > suppression.at"
)
LIFT = text(
    "UPDATE suppression t SET lifted_at = k.at "
    "FROM unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[]), "
    "cast(:ats AS timestamptz[])) k(abucket, channel, address, at) "
    "WHERE t.abucket = k.abucket AND t.channel = k.channel AND t.address = k.address AND t.at < k.at "
    "AND (t.lifted_at IS NULL OR t.lifted_at < k.at)"
)
#: By the address itself, and by the hash that an erasure leaves of it.
SUPPRESSIONS_OF = text(
    "SELECT address, at, reason, source, lifted_at, hits FROM suppression "
    "WHERE abucket = :abucket AND channel = :channel AND address IN (:address, :hash)"
)

#: By hashes: the end that an erasure writes into the ledger of each address.
ERASED_SINCE = text(
    f"SELECT DISTINCT t.channel, t.address FROM {_KEYS} JOIN consent_fact t {_ON} "
    "WHERE t.method = 'erased' AND t.effective_at >= :since"
)

KEEP_WORDING = text(
    "INSERT INTO wording (version, brand, channel, purposes, locale, text, created_at, created_by) "
    "VALUES (:version, :brand, :channel, :purposes, :locale, :text, :now, :by) ON CONFLICT DO NOTHING"
)

_KEYWORDS = (
    "SELECT k.brand, k.word, k.created_at, k.ended_at, w.channel, w.purposes, w.locale, w.text "
    "FROM keyword k JOIN wording w ON w.version = k.wording"
)
KEYWORD = text(f"{_KEYWORDS} WHERE k.brand = :brand AND k.word = :word AND k.ended_at IS NULL")
KEYWORDS = text(f"{_KEYWORDS} ORDER BY k.brand, k.word")
SAVE_KEYWORD = text(
    "INSERT INTO keyword (brand, word, wording, created_at) VALUES (:brand, :word, :wording, :now) "
    "ON CONFLICT (brand, word) DO UPDATE SET wording = excluded.wording, ended_at = NULL"
)
END_KEYWORD = text("UPDATE keyword SET ended_at = :now WHERE brand = :brand AND word = :word AND ended_at IS NULL")

EVIDENCE = text(
    "SELECT brand, purpose, state, effective_at, recorded_at, method, double_opt_in, wording, wording_version, source, ip, "
    "agent, expires_at, detail FROM consent_fact "
    "WHERE abucket = :abucket AND channel = :channel AND address = :address ORDER BY effective_at, recorded_at, id"
)
