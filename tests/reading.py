"""Journeys that are read once: hundreds of tests publish the same playbooks, and each reading takes an eighth of a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from unittest.mock import patch

from antiphon.journeys.source import read_journey


@contextmanager
def read_once() -> Iterator[None]:
    """What a file holds is frozen, so that versions may share it; each text is read for real the first time, a bad one always."""
    with patch("antiphon.journeys.publish.read_journey", lru_cache(256)(read_journey)):
        yield
