"""The 256 buckets that spread people and addresses over shards, and the ids that carry them.

The values are the smallest smallints of which PostgreSQL's ``hashint2`` gives one for each 256th of the 32-bit hash
space, in the order of that space, so that 32, 64, 128 or 256 shards each get exactly the same number of buckets
(the plain values 0..255 give 3 to 17 a shard). ``tests/integration/store/test_buckets.py`` holds them against the server.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Protocol


class _Hash(Protocol):
    def digest(self) -> bytes: ...


def _plain_md5() -> Callable[[bytes], _Hash]:
    """CPython's own md5 where it was built with it: OpenSSL's takes three times as long for texts of this length."""
    try:
        found: Callable[[bytes], _Hash] = import_module("_md5").md5
    except ImportError:
        return partial(import_module("hashlib").md5, usedforsecurity=False)
    return found


md5 = _plain_md5()

# fmt: off
BUCKETS: tuple[int, ...] = (
    354, 298, 60, 146, 443, 8, 132, 20, 230, 303, 259, 82, 118, 205, 1, 15, 291, 155, 344, 31, 119, 88, 311,
    458, 412, 148, 79, 94, 26, 33, 340, 24, 520, 35, 157, 10, 115, 129, 598, 92, 104, 198, 579, 48, 109, 234,
    466, 516, 5, 53, 208, 652, 290, 323, 928, 112, 196, 50, 77, 200, 166, 178, 504, 632, 61, 912, 93, 4, 141, 7,
    215, 228, 368, 17, 416, 51, 729, 172, 689, 287, 133, 162, 16, 187, 111, 295, 747, 96, 564, 269, 170, 492,
    217, 324, 375, 85, 302, 36, 202, 191, 89, 1487, 271, 619, 110, 174, 453, 19, 106, 55, 64, 0, 37, 40, 262,
    65, 45, 633, 264, 103, 656, 158, 101, 261, 117, 121, 3, 439, 161, 293, 232, 113, 406, 366, 57, 52, 160, 62,
    501, 353, 99, 422, 480, 367, 522, 165, 731, 136, 525, 168, 645, 509, 102, 357, 413, 46, 140, 28, 186, 154,
    86, 6, 73, 192, 144, 66, 71, 356, 1512, 335, 70, 184, 21, 278, 477, 34, 749, 83, 194, 124, 49, 265, 39, 574,
    43, 56, 167, 249, 454, 371, 126, 13, 387, 47, 308, 2, 426, 382, 388, 351, 349, 27, 199, 846, 95, 300, 114,
    552, 1101, 333, 134, 58, 314, 149, 481, 1004, 307, 41, 490, 219, 224, 631, 179, 185, 479, 131, 30, 9, 116,
    80, 81, 90, 59, 515, 72, 128, 260, 190, 22, 233, 381, 29, 517, 12, 275, 78, 195, 11, 67, 726, 169, 44, 240,
    107, 75, 18,
)
# fmt: on


def portions(size: int) -> list[tuple[int, ...]]:
    """The buckets, ``size`` at a time."""
    return [BUCKETS[start : start + size] for start in range(0, len(BUCKETS), size)]


SLOT_BITS = 8
SLOTS = 1 << SLOT_BITS


def hash64_bytes(text: str) -> bytes:
    """The first 64 bits of md5."""
    return md5(text.encode()).digest()[:8]


def hash64(text: str) -> int:
    """The first 64 bits of md5 as a signed integer; equals ``('x' || md5(text))::bit(64)::bigint`` in PostgreSQL."""
    return int.from_bytes(md5(text.encode()).digest()[:8], "big", signed=True)


def slot_of(text: str) -> int:
    """The slot 0..255 of a text: the first byte of its md5."""
    return md5(text.encode()).digest()[0]


def abucket_of(value: str) -> int:
    """The abucket of a normalised address, or of any identifier's value."""
    return BUCKETS[md5(value.encode()).digest()[0]]


def person_id(serial: int, slot: int) -> int:
    """A person's id: a serial number that carries the person's slot in its lowest 8 bits."""
    return serial << SLOT_BITS | slot


def bucket_of(person: int) -> int:
    """The bucket that a person's id carries."""
    return BUCKETS[person & (SLOTS - 1)]
