"""What an address has agreed to: a pure function of the facts in its ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

#: Methods by which a person opts in by their own act; only these lift a suppression.
OWN_ACTS = frozenset({"web form", "keyword", "checkout", "reply", "demo"})


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One entry of the ledger, for one brand, address and purpose."""

    state: str  # pending, subscribed, unsubscribed
    effective_at: datetime
    double_opt_in: bool = False
    expires_at: datetime | None = None
    method: str = "api"

    @property
    def lifts(self) -> bool:
        """Whether it is an opt-in by the person's own act."""
        return self.state == "subscribed" and self.method in OWN_ACTS


@dataclass(frozen=True, slots=True)
class Consent:
    """The state of (brand, address, purpose), and since when."""

    state: str
    effective_at: datetime
    double_opt_in: bool
    expires_at: datetime | None


def consent_of(facts: Iterable[ConsentFact]) -> Consent | None:
    """The state that ``facts`` add up to, in whatever order they were recorded; ``None`` when there are none.

    An opt-in effective before, or at the very instant of, the newest opt-out never counts. A sign-up that waits for
    its confirmation does not take away what was confirmed before. A double opt-in stays one.
    """
    facts = list(facts)
    out = max((f.effective_at for f in facts if f.state == "unsubscribed"), default=None)
    after = [f for f in facts if f.state != "unsubscribed" and (out is None or f.effective_at > out)]
    opted_in = [f for f in after if f.state == "subscribed"]
    if opted_in or after:
        newest = max(
            opted_in or after, key=lambda f: (f.effective_at, f.expires_at is None, f.expires_at or f.effective_at)
        )
        return Consent(newest.state, newest.effective_at, any(f.double_opt_in for f in opted_in), newest.expires_at)
    return None if out is None else Consent("unsubscribed", out, double_opt_in=False, expires_at=None)
