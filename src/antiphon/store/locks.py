"""Advisory locks: one per bucket and one per abucket, held to the end of the transaction that takes them.

They live in PostgreSQL's space of two-integer advisory locks, which never meets the space of one-integer locks. A
lock statement stands alone before any read: under READ COMMITTED the statements after it see all that earlier
holders committed. On a cluster they are taken on the coordinator, with constants only.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

#: First integer of the lock of a person's bucket; the second one is the bucket.
BUCKET_LOCKS = 0x0A17
#: First integer of the lock of an address's abucket; the second one is the abucket.
ABUCKET_LOCKS = 0x0A18
#: First integer of the lock of a portion of the budgets (``decisions.budget``); the second one is the portion.
PORTION_LOCKS = 0x0A19
#: First integer of the lock of a campaign, shared by all who plan a portion of it; the second one is its number.
CAMPAIGN_LOCKS = 0x0A1A

_TRY = text(
    "SELECT key FROM unnest(cast(:keys AS int[])) WITH ORDINALITY wanted(key, place) "
    "WHERE pg_try_advisory_xact_lock(:namespace, key)"
)
# The subquery is planned as it stands (an ORDER BY bars flattening), so locks are taken in ascending order.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(:namespace, key) FROM "
    "(SELECT DISTINCT key FROM unnest(cast(:keys AS int[])) key ORDER BY key OFFSET 0) wanted"
)

_SHARE_CAMPAIGN = text("SELECT pg_advisory_xact_lock_shared(:namespace, :campaign)")
_TRY_CAMPAIGN = text("SELECT pg_try_advisory_xact_lock(:namespace, :campaign)")


def _try(connection: Connection, namespace: int, keys: Sequence[int]) -> list[int]:
    if not keys:
        return []
    rows = connection.execute(_TRY, {"namespace": namespace, "keys": sorted(set(keys))})
    return sorted(rows.scalars())


def _lock(connection: Connection, namespace: int, keys: Sequence[int]) -> None:
    if keys:
        connection.execute(_LOCK, {"namespace": namespace, "keys": sorted(set(keys))})


def try_lock_buckets(connection: Connection, buckets: Sequence[int]) -> list[int]:
    """Lock those of ``buckets`` that nobody else holds; returns them in ascending order, without waiting."""
    return _try(connection, BUCKET_LOCKS, buckets)


def lock_buckets(connection: Connection, buckets: Sequence[int]) -> None:
    """Lock all of ``buckets`` in ascending order, waiting for each."""
    _lock(connection, BUCKET_LOCKS, buckets)


def try_lock_abuckets(connection: Connection, abuckets: Sequence[int]) -> list[int]:
    """Lock those of ``abuckets`` that nobody else holds; returns them in ascending order, without waiting."""
    return _try(connection, ABUCKET_LOCKS, abuckets)


def lock_abuckets(connection: Connection, abuckets: Sequence[int]) -> None:
    """Lock all of ``abuckets`` in ascending order, waiting for each."""
    _lock(connection, ABUCKET_LOCKS, abuckets)


def try_lock_portions(connection: Connection, portions: Sequence[int]) -> list[int]:
    """Lock those portions of the budgets that nobody else holds; returns them in ascending order, without waiting."""
    return _try(connection, PORTION_LOCKS, portions)


def lock_portion(connection: Connection, portion: int) -> None:
    """Lock one portion of the budgets, waiting for it. Whoever holds one waits for no second one."""
    _lock(connection, PORTION_LOCKS, [portion])


def share_campaign(connection: Connection, campaign: int) -> None:
    """Say that a portion of a campaign is being planned: before its state is read, and behind the buckets' locks."""
    connection.execute(_SHARE_CAMPAIGN, {"namespace": CAMPAIGN_LOCKS, "campaign": campaign})


def try_lock_campaign(connection: Connection, campaign: int) -> bool:
    """Whether nobody plans a portion of a campaign just now; nobody else begins until the transaction ends."""
    return bool(connection.execute(_TRY_CAMPAIGN, {"namespace": CAMPAIGN_LOCKS, "campaign": campaign}).scalar_one())
