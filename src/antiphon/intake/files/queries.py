"""The SQL of imports."""

from sqlalchemy import text

#: One worker at a time carries an import; the second key is the import's id, cut to 32 bits.
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:space, :id)")
LOCK_SPACE = 0x0A1B

_COLUMNS = (
    "id, name, state, size, position, rows, lines, mapping, parts, counts, error, created_at, created_by, started_at, "
    "finished_at"
)
BEGIN_UPLOAD = text(
    "INSERT INTO file_import (name, state, mapping, parts, counts, created_at, created_by, touched_at) "
    "VALUES (:name, 'uploading', '{}', '[]', '{}', :now, :by, :now) RETURNING id"
)
ADD_CHUNK = text("INSERT INTO file_import_chunk (import, seq, data) VALUES (:id, :seq, :data)")
END_UPLOAD = text(
    "UPDATE file_import SET state = 'uploaded', size = :size, lines = :lines, parts = cast(:parts AS jsonb), "
    "mapping = cast(:mapping AS jsonb), touched_at = :now WHERE id = :id"
)
CHUNK = text("SELECT data FROM file_import_chunk WHERE import = :id AND seq = :seq")
DROP_CHUNKS = text("DELETE FROM file_import_chunk WHERE import = :id")
DROP_IMPORT = text("DELETE FROM file_import WHERE id = :id AND state = 'uploading'")

ONE = text(f"SELECT {_COLUMNS} FROM file_import WHERE id = :id")
LIST = text(
    f"SELECT {_COLUMNS} FROM file_import WHERE state <> 'uploading' AND (created_at, id) < (:at, :before) "
    "ORDER BY created_at DESC, id DESC LIMIT :limit"
)
RUNNING = text("SELECT id FROM file_import WHERE state = 'running' ORDER BY started_at, id")
# The resolver must not be buried by imports: what people do now waits behind what is there already.
WAITING = text("SELECT count(*) FROM (SELECT 1 FROM arrival LIMIT :limit) w")

SET_MAPPING = text(
    "UPDATE file_import SET mapping = cast(:mapping AS jsonb), state = 'mapped', touched_at = :now "
    "WHERE id = :id AND state IN ('uploaded', 'mapped') RETURNING id"
)
START = text(
    "UPDATE file_import SET state = 'running', error = NULL, touched_at = :now, started_at = coalesce(started_at, :now) "
    "WHERE id = :id AND state IN ('uploaded', 'mapped', 'failed') RETURNING id"
)
CANCEL = text(
    "UPDATE file_import SET state = 'cancelled', touched_at = :now, finished_at = :now "
    "WHERE id = :id AND state IN ('uploaded', 'mapped', 'running', 'failed') RETURNING id"
)
MOVE = text(
    "UPDATE file_import SET position = :position, rows = :rows, counts = cast(:counts AS jsonb), touched_at = :now "
    "WHERE id = :id"
)
END = text(
    "UPDATE file_import SET state = :state, error = :error, touched_at = :now, finished_at = :now "
    "WHERE id = :id AND state = 'running'"
)
FAULT_COLUMNS = ("import", "part", "line", "n", "kept", "reason", "raw")
FAULTS = text(
    "SELECT part, line, n, kept, reason, raw FROM file_import_fault "
    "WHERE import = :id AND (part, line, n) > (:part, :line, :n) ORDER BY part, line, n LIMIT :limit"
)
# What nobody came back to: files hold people's data, and a report is read within days.
LEFT_ALONE = text(
    "SELECT id FROM file_import WHERE state IN ('uploading', 'uploaded', 'mapped', 'failed') AND touched_at < :before"
)
FORGET = text(
    "UPDATE file_import SET state = 'cancelled', error = 'Nobody came back to it, so its file was deleted.', "
    "finished_at = :now WHERE id = :id AND state IN ('uploading', 'uploaded', 'mapped', 'failed') RETURNING id"
)
OLD_REPORTS = text(
    "DELETE FROM file_import_fault f USING file_import i WHERE i.id = f.import AND i.finished_at < :before"
)

# Exports, a bucket after the other and in it by id: each statement is a range of one index.
EXPORT_PEOPLE = text(
    "SELECT id, traits, zone, first_seen_at, last_seen_at FROM person "
    "WHERE bucket = :bucket AND id > :after ORDER BY id LIMIT :limit"
)
EXPORT_IDENTIFIERS = text(
    "SELECT person, kind, value FROM identifier WHERE bucket = :bucket AND person = ANY(cast(:people AS bigint[])) "
    "ORDER BY kind, first_at, value"
)
EXPORT_ADDRESSES = text(
    "SELECT person, channel, address FROM person_address "
    "WHERE bucket = :bucket AND person = ANY(cast(:people AS bigint[])) "
    "ORDER BY marketing <> 'subscribed', since, address"
)
TRAIT_NAMES = text(
    "SELECT k.name, count(*) AS n FROM person p CROSS JOIN LATERAL jsonb_object_keys(p.traits) k(name) "
    "WHERE p.bucket = :bucket GROUP BY k.name"
)
_ADDRESSES = (
    "unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[])) "
    "k(abucket, channel, address)"
)
_ON_ADDRESS = "ON t.abucket = k.abucket AND t.channel = k.channel AND t.address = k.address"
EXPORT_SUPPRESSED = text(
    f"SELECT t.channel, t.address, t.reason, t.at FROM {_ADDRESSES} JOIN suppression t {_ON_ADDRESS} "
    "WHERE t.lifted_at IS NULL OR t.at > t.lifted_at"
)
EXPORT_FACTS = text(
    "SELECT t.channel, t.address, t.state, t.effective_at, t.method, t.wording, t.ip "
    f"FROM {_ADDRESSES} JOIN consent_fact t {_ON_ADDRESS} WHERE t.brand = :brand AND t.purpose = 'marketing'"
)
