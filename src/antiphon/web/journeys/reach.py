"""What this shop has of what journeys need, counted once in a while."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from antiphon.content.context import Brand
from antiphon.delivery.facts import read_brands
from antiphon.journeys.needs import Needs
from antiphon.people.identifiers import phone
from antiphon.web import figures
from antiphon.web.audiences.suggest import suggestions
from antiphon.web.journeys import queries

_LASTS = timedelta(minutes=1)
_PURPOSES = {"marketing": "marketing", "cart": "cart reminders", "transactional": "orders"}
_KINDS = {"email": "emails", "sms": "texts"}


@dataclass(frozen=True, slots=True)
class Need:
    """Something a journey needs; ``optional``: it does without, worse. ``sandbox``: there for a rehearsal alone."""

    words: str
    ok: bool
    detail: str = ""
    address: str = ""
    optional: bool = False
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    """``reachable``: (channel, purpose) → people; ``senders``: channel → its provider."""

    reachable: Mapping[tuple[str, str], int] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)
    products: int = 0
    events: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    brand: Brand | None = None


class KeptReach:
    """What was counted last; one request counts, others wait for it."""

    def __init__(self) -> None:
        self._kept: tuple[datetime, dict[tuple[str, str], int]] | None = None
        self._lock = Lock()

    def counted(self, connection: Connection, now: datetime) -> dict[tuple[str, str], int]:
        with self._lock:
            if self._kept is None or not self._kept[0] <= now < self._kept[0] + _LASTS:
                rows = connection.execute(queries.REACHABLE)
                self._kept = now, {(row.channel, row.purpose): row.n for row in rows}
            return self._kept[1]

    def has(self, connection: Connection, now: datetime) -> Has:
        known = suggestions(connection)
        return Has(
            self.counted(connection, now),
            {row.channel: row.provider for row in connection.execute(queries.PROVIDERS)},
            connection.execute(queries.PRODUCTS).scalar_one(),
            frozenset(known["events"]),
            frozenset(known["segments"]),
            frozenset(connection.execute(queries.OFFER_NAMES).scalars()),
            frozenset(connection.execute(queries.EMAIL_NAMES).scalars()),
            next((one.brand for one in read_brands(connection).values()), None),
        )


def weigh(needs: Needs, has: Has) -> list[Need]:
    """Each need of a journey, and whether this shop has it."""
    return list(_weigh(needs, has))


def _weigh(needs: Needs, has: Has) -> Iterator[Need]:
    for event in needs.events:
        told = event in has.events
        yield Need(f"The event “{event}”", told, "" if told else "Not seen yet; nobody enters before it comes")
    for channel, purpose in needs.consents:
        n = has.reachable.get((channel, purpose), 0)
        what = f"Consent to {_KINDS[channel]} about {_PURPOSES[purpose]}"
        more = " by double opt-in" if (channel, purpose) == ("sms", "cart") else ""
        yield Need(
            what + more, n > 0, f"{figures.number(n)} {'person' if n == 1 else 'people'} can be reached", "/consent"
        )
    for channel in needs.channels:
        yield from _sender(channel, has)
    if "email" in needs.channels and any(purpose != "transactional" for _, purpose in needs.consents):
        there = bool(has.brand and has.brand.postal_address.strip())
        yield Need(
            "A postal address", there, "" if there else "Promotional emails are held until there is one", "/settings"
        )
    if needs.products:
        detail = f"{figures.number(has.products)} in the catalogue" if has.products else "The catalogue is empty"
        yield Need("Products", has.products > 0, detail, "/catalogue")
    for words, names, known, address in (
        ("The offer", needs.offers, has.offers, "/offers"),
        ("The segment", needs.segments, has.segments, "/audiences"),
        ("The email", needs.emails, has.emails, "/content/emails"),
    ):
        for name in names:
            free = name in needs.optional and words == "The offer"
            detail = (
                ""
                if name in known
                else "It does without, and would say more with it"
                if free
                else "There is none of this name"
            )
            yield Need(f"{words} “{name}”", name in known, detail, address, optional=free)


def _sender(channel: str, has: Has) -> Iterator[Need]:
    provider = has.senders.get(channel, "")
    tries = provider == "sandbox"
    words = "A sender of emails" if channel == "email" else "A sender of texts"
    detail = (
        "The Sandbox: it shows what would be sent, and nothing leaves" if tries else "" if provider else "None is set"
    )
    yield Need(words, bool(provider), detail, "/settings", sandbox=tries)
    if channel == "sms":
        there = bool(has.brand and phone(has.brand.from_phone))
        detail = "" if there else "None is set; the Sandbox does without" if tries else "None is set"
        yield Need("A number to text from", there or tries, detail, "/settings", sandbox=tries and not there)
