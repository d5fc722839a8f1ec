"""What a provider is: something that takes messages and says of each what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

#: A provider that answers slowly begins no message after this: what is left was not reached and comes again.
HAND_OVER_SECONDS = 300.0


class ProviderError(Exception):
    """A provider's refusal. ``permanent``: the same again would be refused again."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, rendered. ``sender`` is a phone number, or a mailbox with a name."""

    id: int
    abucket: int
    channel: str
    address: str
    sender: str
    sender_name: str
    subject: str
    body: str
    html: str | None = None
    segments: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


#: accepted: the provider answers for it. rejected: never will it be taken. deferred: not taken now, certainly not sent.
#: unreachable: the provider was not reached, certainly not sent. unknown: handed over, the answer was lost.
Result = Literal["accepted", "rejected", "deferred", "unreachable", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    result: Result
    ref: str | None = None
    error: str | None = None


class Provider(Protocol):
    """A way out. One is built per sender and kept; ``send`` may be called from one thread at a time."""

    def send(self, messages: Sequence[Outgoing], now: datetime) -> list[Outcome]:
        """Hand messages over; one outcome for each, in their order. Raises nothing that a network can cause.

        Nothing is begun after ``HAND_OVER_SECONDS``.
        """
        ...

    def check(self) -> None:
        """Reach the provider without sending; raises :class:`ProviderError` with what to mend."""
        ...

    def close(self) -> None:
        """Let go of connections; safe to repeat."""
        ...
