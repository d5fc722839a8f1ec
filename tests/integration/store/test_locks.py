"""Bucket locks: two transactions never hold one bucket, and the two namespaces do not meet."""

from antiphon.store.db import Database
from antiphon.store.locks import lock_abuckets, lock_buckets, try_lock_abuckets, try_lock_buckets


def test_a_held_bucket_is_left_out(db: Database) -> None:
    with db.begin("test") as one, db.begin("test") as other:
        assert try_lock_buckets(one, [9, 3, 3]) == [3, 9]
        assert try_lock_buckets(other, [3, 4, 9]) == [4]
        assert try_lock_abuckets(other, [3, 9]) == [3, 9]
        assert try_lock_buckets(other, []) == []


def test_locks_end_with_their_transaction(db: Database) -> None:
    with db.begin("test") as one:
        lock_buckets(one, [5, 1])
        lock_abuckets(one, [7])
    with db.begin("test") as other:
        assert try_lock_buckets(other, [1, 5]) == [1, 5]
        assert try_lock_abuckets(other, [7]) == [7]
