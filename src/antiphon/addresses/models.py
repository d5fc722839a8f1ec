"""What an address has agreed to: a pure function of the facts in its ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Methods by which a person opts in by their own act; only these lift a suppression. ``review``: a human found that what
#: was taken for an opt-out was none, so that the person's own act before it holds on.
OWN_ACTS = frozenset({"web form", "keyword", "checkout", "reply", "double opt-in", "preference", "review", "demo"})

#: Own acts by an address that anybody could have typed. Unconfirmed, they never count against an opt-out (decision 0015).
TYPED = frozenset({"web form", "checkout"})

#: Methods of consent that nobody gave: the law infers it from a purchase or an inquiry, for a while.
IMPLIED = frozenset({"implied purchase", "implied inquiry"})

#: The method of an opt-out that is no wish of the person's: the brand lets go of who was silent for long. It ends the consent
#: that there was and closes nothing.
SUNSET = "sunset"

#: The method of an opt-in that another service only says there was (decision 0012).
CLAIMED = "import: claimed"

#: How long a sign-up waits for its confirmation; after that a YES or a click confirms nothing.
CONFIRM_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One entry of the ledger, for one brand, address and purpose. Of a pause, ``expires_at`` is its end."""

    state: str  # pending, subscribed, unsubscribed, paused
    effective_at: datetime
    double_opt_in: bool = False
    expires_at: datetime | None = None
    method: str = "api"
    recorded_at: datetime | None = None

    @property
    def lifts(self) -> bool:
        """Whether it is an opt-in by the person's own act.

        A text from the phone itself is one before it is confirmed: else the question for the YES could not be asked.
        An address that was typed, and not confirmed, is none.
        """
        return (self.state == "subscribed" and self.method in OWN_ACTS and not self.typed) or (
            self.state == "pending" and self.method == "keyword"
        )

    @property
    def typed(self) -> bool:
        """Whether nothing shows that it is the address's holder who agreed."""
        return self.method in TYPED and not self.double_opt_in

    @property
    def implied(self) -> bool:
        return self.method in IMPLIED

    @property
    def claimed(self) -> bool:
        """Whether nobody can show it."""
        return self.method == CLAIMED


@dataclass(frozen=True, slots=True)
class Consent:
    """The state of (brand, address, purpose), and since when. ``paused_until`` is past when a pause is over."""

    state: str
    effective_at: datetime
    double_opt_in: bool
    expires_at: datetime | None
    paused_until: datetime | None = None

    def standing(self, at: datetime) -> str:
        """The state at ``at``: ``expired`` for what has run out by then."""
        return "expired" if self.state == "subscribed" and self.expires_at and self.expires_at <= at else self.state


def consent_of(facts: Iterable[ConsentFact]) -> Consent | None:
    """The state that ``facts`` add up to, in whatever order they were recorded; ``None`` when there are none.

    An opt-in effective before, or at the very instant of, the newest opt-out never counts. After an opt-out nothing is
    implied any more, a mere claim does not count, and an address that was only typed waits. What was agreed without an
    end is not ended by something that has one. A sign-up that waits for its confirmation does not take away what was
    confirmed before. A double opt-in stays one.
    """
    facts = list(facts)
    out = _newest_opt_out(facts)
    after = [f for f in facts if f.state in {"pending", "subscribed"} and _counts(f, out)]
    opted_in = [f for f in after if not _waits(f, out)]
    if opted_in or after:
        best = max(
            opted_in or after, key=lambda f: (f.expires_at is None, f.expires_at or f.effective_at, f.effective_at)
        )
        double = any(f.double_opt_in for f in opted_in)
        state = "subscribed" if opted_in else "pending"
        return Consent(state, best.effective_at, double, best.expires_at, _paused_until(facts))
    return None if out is None else Consent("unsubscribed", out, double_opt_in=False, expires_at=None)


def as_of(facts: Iterable[ConsentFact], at: datetime, known_at: datetime | None = None) -> Consent | None:
    """The state at ``at``: by all that is known today, or with ``known_at`` by what was recorded until then."""
    return consent_of(
        f
        for f in facts
        if f.effective_at <= at and (known_at is None or (f.recorded_at is not None and f.recorded_at <= known_at))
    )


def waits_since(facts: Iterable[ConsentFact], now: datetime) -> datetime | None:
    """When the sign-up began that waits for its confirmation at ``now``; ``None`` when none does.

    A newer opt-out, a confirmation since, and the end of ``CONFIRM_WITHIN`` each end the waiting.
    """
    facts = list(facts)
    out = _newest_opt_out(facts)
    asked = [
        f.effective_at for f in facts if f.state in {"pending", "subscribed"} and _counts(f, out) and _waits(f, out)
    ]
    done = [f.effective_at for f in facts if f.state == "subscribed" and f.double_opt_in]
    newest = max(asked, default=None)
    if newest is None or any(at >= newest for at in done) or not newest <= now <= newest + CONFIRM_WITHIN:
        return None
    return newest


def _newest_opt_out(facts: Iterable[ConsentFact]) -> datetime | None:
    return max((f.effective_at for f in facts if f.state == "unsubscribed"), default=None)


def _counts(fact: ConsentFact, out: datetime | None) -> bool:
    return out is None or (fact.effective_at > out and not fact.implied and not fact.claimed)


def _waits(fact: ConsentFact, out: datetime | None) -> bool:
    """Whether an opt-in that counts is for its holder to confirm."""
    return fact.state == "pending" or (out is not None and fact.typed)


def _paused_until(facts: Iterable[ConsentFact]) -> datetime | None:
    """The newest choice of a pause; one that ends at once takes an earlier one back."""
    pauses = [(f.effective_at, f.expires_at) for f in facts if f.state == "paused" and f.expires_at is not None]
    return max(pauses, default=(None, None))[1]
