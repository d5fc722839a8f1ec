"""A share of all people by the die that each was born with: the same ones each time, in Python as in SQL."""

from antiphon.kit.buckets import hash64

_BITS = 32
MASK = (1 << _BITS) - 1


def bar(share: float) -> int:
    """The numbers below it are picked, of 2**32."""
    return round(share * (1 << _BITS))


def picked(die: int, share: float, salt: str = "") -> bool:
    """Whether a person is among a share (0 to 1) of all; another salt picks others, independently."""
    return hash64(f"{die}|{salt}") & MASK < bar(share)
