"""The SQL of feeds."""

from sqlalchemy import text

_COLUMNS = (
    "id, name, state, created_at, created_by, started_at, finished_at, size, lines, head, mapping, position, line, counts, "
    "error"
)
BEGIN = text(
    "INSERT INTO feed (name, state, created_at, created_by) VALUES (:name, 'uploading', :now, :by) RETURNING id"
)
ADD_CHUNK = text("INSERT INTO feed_chunk (feed, seq, data) VALUES (:id, :seq, :data)")
CHUNK = text("SELECT data FROM feed_chunk WHERE feed = :id AND seq = :seq")
DROP_CHUNKS = text("DELETE FROM feed_chunk WHERE feed = :id")
UPLOADED = text(
    "UPDATE feed SET state = 'uploaded', size = :size, lines = :lines, head = cast(:head AS jsonb), "
    "mapping = cast(:mapping AS jsonb), position = :position, line = :line WHERE id = :id"
)
ONE = text(f"SELECT {_COLUMNS} FROM feed WHERE id = :id AND state <> 'uploading'")
NEWEST = text(f"SELECT {_COLUMNS} FROM feed WHERE state <> 'uploading' ORDER BY id DESC LIMIT :limit")
RUNNING = text("SELECT id FROM feed WHERE state = 'running' ORDER BY started_at, id")
SET_MAPPING = text(
    "UPDATE feed SET mapping = cast(:mapping AS jsonb) WHERE id = :id AND state = 'uploaded' RETURNING id"
)
START = text(
    "UPDATE feed SET state = 'running', error = NULL, started_at = coalesce(started_at, :now) "
    "WHERE id = :id AND state IN ('uploaded', 'failed') RETURNING id"
)
CANCEL = text(
    "UPDATE feed SET state = 'cancelled', finished_at = :now "
    "WHERE id = :id AND state IN ('uploaded', 'running', 'failed') RETURNING id"
)
# one worker at a time carries a feed: it waits for the row, and finds how far the other came
TAKE = text(f"SELECT {_COLUMNS} FROM feed WHERE id = :id AND state = 'running' FOR UPDATE SKIP LOCKED")
MOVE = text("UPDATE feed SET position = :position, line = :line, counts = cast(:counts AS jsonb) WHERE id = :id")
END = text("UPDATE feed SET state = :state, error = :error, finished_at = :now WHERE id = :id AND state = 'running'")
FAULT_COLUMNS = ("feed", "line", "product", "reason", "raw")
FAULTS = text(
    "SELECT line, product, reason, raw FROM feed_fault WHERE feed = :id AND line > :after ORDER BY line LIMIT :limit"
)
# a file that nobody came back to, and reports that were read
LEFT_ALONE = text("SELECT id FROM feed WHERE state IN ('uploading', 'uploaded', 'failed') AND created_at < :before")
FORGET = text(
    "UPDATE feed SET state = 'cancelled', error = 'Nobody came back to it, so its file was deleted.', finished_at = :now "
    "WHERE id = :id AND state IN ('uploading', 'uploaded', 'failed') RETURNING id"
)
OLD_FAULTS = text("DELETE FROM feed_fault f USING feed d WHERE d.id = f.feed AND d.finished_at < :before")
# What a feed told of, and what it lacks, where it is the whole catalogue, of what was there when it began.
_TOLD = "unnest(cast(:products AS text[]), cast(:variants AS text[]), cast(:lines AS int[])) k(product, variant, line)"
NOTE_PRODUCTS = text(
    f"INSERT INTO feed_product (feed, product, variant, line) SELECT :id, k.product, k.variant, k.line FROM {_TOLD} "
    "ON CONFLICT (feed, product, variant) DO UPDATE SET line = excluded.line WHERE feed_product.line = 0"
)
# what rows before took: those that were refused have line 0
TOLD_BEFORE = text(
    f"SELECT f.product, f.variant, f.line FROM {_TOLD} JOIN feed_product f "
    "ON f.feed = :id AND f.product = k.product AND f.variant = k.variant WHERE f.line > 0"
)
_GONE = "p.updated_at <= :at AND NOT EXISTS (SELECT FROM feed_product f WHERE f.feed = :id AND f.product = p.id)"
LACKING = text(
    f"SELECT count(*) AS n, count(*) FILTER (WHERE {_GONE}) AS gone FROM product p WHERE p.deleted_at IS NULL"
)
GONE = text(f"SELECT p.id FROM product p WHERE p.deleted_at IS NULL AND {_GONE} ORDER BY p.id LIMIT :limit")
FORGET_PRODUCTS = text("DELETE FROM feed_product WHERE feed = :id")
# of feeds that nobody came back to
FORGET_OLD_PRODUCTS = text(
    "DELETE FROM feed_product f USING feed d WHERE d.id = f.feed AND d.state NOT IN ('running', 'failed')"
)
FORCE = text(
    "UPDATE feed SET mapping = mapping || '{\"force\": true}'::jsonb WHERE id = :id AND state IN ('uploaded', 'failed') "
    "RETURNING id"
)
