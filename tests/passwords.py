"""Password hashes that cost nothing: hundreds of tests make an owner, and each real hash takes a quarter of a second."""

from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher

from antiphon.web.accounts import secrets

#: The product's own, for the tests that are about it.
REAL = secrets._hasher


@contextmanager
def hashed_cheaply() -> Iterator[None]:
    secrets._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    secrets._hasher = REAL
