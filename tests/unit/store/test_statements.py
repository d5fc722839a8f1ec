"""Every rule on statements, each with a statement that breaks it and its neighbour that does not."""

import pytest
from tests.statements import import_tables

from antiphon.store.statements import check_statement, writes_of

import_tables()

GOOD = [
    "SELECT r.id FROM run r JOIN person p ON p.bucket = r.bucket AND p.id = r.person",
    "SELECT r.id FROM run r JOIN person p USING (bucket) WHERE r.bucket = ANY(CAST(%(buckets)s AS smallint[]))",
    "SELECT r.id FROM run r, person p WHERE (r.bucket, r.person) = (p.bucket, p.id)",
    "SELECT r.id FROM run r WHERE (r.bucket, r.person) IN (SELECT bucket, id FROM person)",
    "SELECT 1 FROM run r WHERE EXISTS (SELECT FROM event e WHERE e.bucket = r.bucket AND e.person = r.person)",
    # both pinned to one bucket
    "SELECT 1 FROM run r JOIN person p ON p.id = r.person WHERE r.bucket = %(bucket)s AND p.bucket = %(bucket)s",
    # through what carries the bucket: a function, a CTE, a subquery, LATERAL
    (
        "SELECT 1 FROM unnest(%(b)s::smallint[]) u(bucket) JOIN run r ON r.bucket = u.bucket "
        "JOIN person p ON p.bucket = u.bucket AND p.id = r.person"
    ),
    "WITH due AS (SELECT bucket, person FROM run) SELECT 1 FROM due JOIN person p ON p.bucket = due.bucket",
    "SELECT 1 FROM (SELECT DISTINCT bucket, person FROM run) d JOIN person p ON p.bucket = d.bucket AND p.id = d.person",
    "SELECT 1 FROM run r LEFT JOIN LATERAL (SELECT e.at FROM event e WHERE e.bucket = r.bucket LIMIT 1) x ON true",
    (
        "SELECT 1 FROM run r JOIN LATERAL (SELECT line FROM (SELECT e.at AS line FROM event e WHERE e.bucket = r.bucket "
        "UNION ALL SELECT w.touched_at FROM watch w WHERE w.bucket = r.bucket) both_ WHERE NOT EXISTS (SELECT FROM move m "
        "WHERE m.bucket = r.bucket AND m.at > both_.line)) lines ON true"
    ),
    "SELECT EXISTS (SELECT FROM account)",
    # two subqueries beside each other are not joined
    (
        "SELECT (SELECT count(*) FROM run r WHERE r.journey = j.id), (SELECT count(*) FROM move m WHERE m.tick = j.id) "
        "FROM journey j"
    ),
    # totals may stand beside anything
    "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM outbox)",
    (
        "SELECT v.number, d.n FROM journey_version v JOIN (SELECT version, count(*) AS n FROM run GROUP BY version) d "
        "ON d.version = v.id"
    ),
    "SELECT 1 FROM outbox o JOIN message_log l ON l.abucket = o.abucket AND l.message = o.id",
    (
        "INSERT INTO outbox (abucket, id) SELECT d.abucket, d.id FROM decision d WHERE d.bucket = ANY(%(b)s) "
        "ON CONFLICT DO NOTHING"
    ),
    "UPDATE run r SET step = m.to_step FROM move m WHERE m.bucket = r.bucket AND m.run = r.id",
    "UPDATE run SET wake_at = %(now)s, moves = moves + 1 WHERE bucket = %(b)s",
    "UPDATE identifier SET bucket = %(to)s WHERE abucket = %(a)s",
    (
        "UPDATE run t SET step = 'x' FROM unnest(cast(%(f)s AS smallint[])) m(bucket) JOIN event e ON e.bucket = m.bucket "
        "WHERE t.bucket = e.bucket"
    ),
    "DELETE FROM entry i USING unnest(cast(%(f)s AS smallint[])) d(bucket) WHERE i.bucket = d.bucket",
    (
        "INSERT INTO watch (bucket, person) SELECT bucket, person FROM fresh ON CONFLICT (bucket, person) DO UPDATE SET "
        "cart_at = greatest(watch.cart_at, excluded.cart_at)"
    ),
    "SELECT 1 FROM outbox WHERE abucket = ANY(CAST(%(a)s AS smallint[])) FOR UPDATE SKIP LOCKED",
    "SELECT 1 FROM sender ORDER BY id FOR UPDATE",
    "UPDATE sender SET refilled_at = now() WHERE id = %(id)s",
    "WITH picked AS (SELECT bucket, id FROM entry) DELETE FROM entry i USING picked p WHERE i.bucket = p.bucket",
    "NOTIFY antiphon, 'work'",
    "RELEASE SAVEPOINT sa_savepoint_1",
    "SET LOCAL synchronous_commit = off",
]


@pytest.mark.parametrize("sql", GOOD)
def test_good_statements_break_nothing(sql: str) -> None:
    assert check_statement(sql) == []


BAD = [
    ("SELECT 1 FROM run r JOIN person p ON p.id = r.person", "joins per-person tables without bucket (person, run)"),
    ("SELECT 1 FROM run r, person p WHERE p.id = r.person", "joins per-person tables without bucket"),
    ("SELECT 1 FROM run r WHERE r.person IN (SELECT id FROM person)", "joins per-person tables without bucket"),
    ("SELECT 1 FROM run r WHERE EXISTS (SELECT FROM event e WHERE e.person = r.person)", "without bucket (event, run)"),
    ("SELECT (SELECT e.name FROM event e WHERE e.id = r.occasion_event) FROM run r", "without bucket (event, run)"),
    (
        "SELECT 1 FROM run r JOIN LATERAL (SELECT e.at FROM event e WHERE e.person = r.person) x ON true",
        "without bucket",
    ),
    ("WITH due AS (SELECT person FROM run) SELECT 1 FROM due JOIN person p ON p.id = due.person", "without bucket"),
    ("SELECT 1 FROM (SELECT person FROM run GROUP BY person) d JOIN person p ON p.id = d.person", "without bucket"),
    ("SELECT 1 FROM run r JOIN person p ON r.bucket = ANY(%(b)s) AND p.bucket = ANY(%(b)s)", "without bucket"),
    ("SELECT 1 FROM outbox o JOIN message_log l ON l.message = o.id", "joins per-address tables without abucket"),
    (
        "SELECT 1 FROM outbox o JOIN run r ON r.bucket = o.bucket",
        "joins per-person and per-address tables (outbox, run)",
    ),
    ("SELECT 1 FROM outbox o WHERE EXISTS (SELECT FROM run_done r WHERE r.id = o.run)", "per-person and per-address"),
    (
        "INSERT INTO person_address (bucket) SELECT i.bucket FROM identifier i",
        "mixes per-address and per-person tables",
    ),
    ("INSERT INTO message_log (abucket) SELECT abucket FROM decision", "mixes per-address and per-person tables"),
    (
        "INSERT INTO outbox (abucket) SELECT o.abucket FROM outbox o JOIN decision d ON d.id = o.id",
        "per-address tables",
    ),
    ("UPDATE run r SET step = m.to_step FROM move m WHERE m.run = r.id", "without bucket (move, run)"),
    ("DELETE FROM entry i USING decision d WHERE d.id = i.id", "without bucket (decision, entry)"),
    ("UPDATE run SET wake_at = now()", "is not immutable, setting run.wake_at"),
    ("UPDATE run SET wake_at = wake_at + interval '1 day'", "arithmetic with intervals is not immutable"),
    ("UPDATE run SET wake_at = wake_at + CAST(%(wait)s AS interval)", "arithmetic with intervals is not immutable"),
    ("UPDATE run SET wake_at = date_trunc('day', wake_at)", "date_trunc() is not immutable"),
    ("UPDATE run SET wake_at = wake_at AT TIME ZONE 'UTC'", "AT TIME ZONE is not immutable"),
    ("UPDATE run SET step = wake_at::date", "a cast to local time is not immutable"),
    (
        "UPDATE run SET step = CASE WHEN EXISTS (SELECT FROM move m WHERE m.bucket = run.bucket) THEN 'a' END",
        "CASE over",
    ),
    ("INSERT INTO watch (bucket) VALUES (1) ON CONFLICT (bucket, person) DO UPDATE SET cart_at = now()", "immutable"),
    ("UPDATE run SET bucket = %(b)s WHERE id = 1", "updates the distribution column bucket of run"),
    ("UPDATE outbox SET abucket = 1", "updates the distribution column abucket of outbox"),
    ("WITH gone AS (DELETE FROM fresh RETURNING *) SELECT * FROM gone", "a CTE that writes (gone)"),
    ("SELECT 1 FROM outbox WHERE state = 'due' FOR UPDATE SKIP LOCKED", "FOR UPDATE without a constant abucket"),
    ("SELECT 1 FROM run r WHERE r.id = %(id)s FOR UPDATE", "FOR UPDATE without a constant bucket"),
    (
        (
            "INSERT INTO entry (bucket) SELECT bucket FROM fresh f WHERE NOT EXISTS (SELECT FROM entry e "
            "WHERE e.bucket = f.bucket)"
        ),
        "INSERT … WHERE NOT EXISTS (entry)",
    ),
    (
        "SELECT r.batch, EXISTS (SELECT FROM errand WHERE state = 'open') FROM resolve_state r",
        "EXISTS (SELECT FROM errand)",
    ),
    ("SELECT EXISTS (SELECT FROM offer), EXISTS (SELECT 1 FROM errand)", "EXISTS (SELECT FROM offer)"),
    ("SELEC 1 FROM", "cannot be read"),
]


@pytest.mark.parametrize(("sql", "rule"), BAD)
def test_each_rule_is_found_broken(sql: str, rule: str) -> None:
    assert any(rule in found for found in check_statement(sql)), check_statement(sql)


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1 FROM run", set()),
        ("INSERT INTO run (bucket) SELECT bucket FROM fresh", {"run"}),
        ("UPDATE run SET step = 'x'", {"run"}),
        ("DELETE FROM entry i USING unnest(%(a)s::smallint[]) d(bucket) WHERE i.bucket = d.bucket", {"entry"}),
        ("WITH gone AS (DELETE FROM fresh RETURNING *) INSERT INTO event SELECT * FROM gone", {"fresh", "event"}),
        ("COPY arrival (source, body) FROM STDIN", {"arrival"}),
        ("COPY arrival (source) TO STDOUT", set()),
        ("TRUNCATE seen_message_0, seen_message_1", {"seen_message_0", "seen_message_1"}),
        ("SELECT 1 FROM sender FOR UPDATE", set()),
    ],
)
def test_what_a_statement_writes(sql: str, tables: set[str]) -> None:
    assert writes_of(sql) == tables
