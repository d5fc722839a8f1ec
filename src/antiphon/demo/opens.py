"""Who opens emails: opens are a habit of few people, whether they ever click or not."""

from antiphon.demo import truth
from antiphon.demo.models import Shopper
from antiphon.kit.buckets import hash64


def open_chance(seed: int, shopper: Shopper) -> float:
    """How likely a person opens an email."""
    opens = shopper.latent.engaged.get("email", False) or _part(seed, shopper, "opener") < truth.OPENERS
    return truth.OPENS if opens else 0.0


def lapsed(seed: int, shopper: Shopper) -> bool:
    """Whether somebody who opens no email any more once did."""
    on_the_list = "email" in shopper.latent.engaged
    return on_the_list and not open_chance(seed, shopper) and _part(seed, shopper, "lapsed") < truth.LAPSED


def _part(seed: int, shopper: Shopper, what: str) -> float:
    """A number in [0, 1) that belongs to this person and question."""
    return (hash64(f"{seed}|shopper {shopper.number}|{what}") & (2**63 - 1)) / 2**63
