"""An email as some person would see it: made by what sends it, from what is known of them now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import Connection

from antiphon.catalogue.offers.rendering import samples_of
from antiphon.content.context import Brand, Occasion, Recipient, best_status
from antiphon.content.mail import CLIP_BYTES
from antiphon.content.models import EmailContent, MessageContent
from antiphon.content.needs import NOTHING, Extras
from antiphon.content.render import Rendered, Renderer, Target
from antiphon.content.templates import TemplateError
from antiphon.delivery import queries as delivery
from antiphon.delivery.extras import read_extras
from antiphon.delivery.facts import read_brands
from antiphon.delivery.models import Message
from antiphon.delivery.people import People, offers_named
from antiphon.intake.verdicts import current
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.web.content import email_queries as queries
from antiphon.web.content import text_queries
from antiphon.web.content.samples import Sample, what_they_did

CLIP_KB = CLIP_BYTES // 1000
#: How many are looked through, and how many of each kind one can choose.
_LOOKED_AT, _EACH = 300, 3
_WORDS = {
    "never": "without SMS",
    "pending": "SMS pending",
    "subscribed": "SMS subscribed",
    "unsubscribed": "SMS unsubscribed",
}
_NOBODY = UUID(int=0)
#: Links of a preview lead nowhere: no other process knows the key.
NOWHERE = Signer(token_bytes(32))


@dataclass(frozen=True, slots=True)
class Look:
    """Through whose eyes, about which event, and on what: ``''``, ``phone``, ``dark`` or ``dark-phone``."""

    person: str = ""
    about: str = ""
    look: str = ""

    @property
    def query(self) -> str:
        """As it stands in a page's address."""
        return urlencode({"person": self.person, "about": self.about, "look": self.look})


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be chosen."""

    key: str
    sample: Sample

    @property
    def words(self) -> str:
        traits = self.sample.recipient.traits
        first = traits.get("first_name") or traits.get("firstName") or traits.get("name") or self.sample.address
        return f"{str(first)[:40]}, {_WORDS.get(self.sample.recipient.sms_status, self.sample.recipient.sms_status)}"


@dataclass(frozen=True, slots=True)
class Seen:
    """``error`` says why it cannot be made for this person; ``extras`` are the products that there are for them."""

    key: str
    sender: str
    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    error: str = ""
    extras: Extras = NOTHING

    @property
    def bytes(self) -> int:
        return len(self.html.encode())


#: Where nobody is known yet.
_MADE_UP = tuple(
    Reader(
        f"made-up-{status}",
        Sample(0, 0, "ann@example.com", Recipient({"first_name": "Ann"}, "subscribed", status), Occasion()),
    )
    for status in ("never", "subscribed")
)


def reader_of(connection: Connection, person: int, address: str, about: str, now: datetime) -> Reader:
    """A person by their id, as messages to ``address`` would see them; raises :class:`NotFoundError`."""
    who = current(connection, person)
    bucket = bucket_of(who)
    where = {"buckets": [bucket], "persons": [who]}
    row = connection.execute(delivery.PEOPLE, where).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no person {person}.", "They may have been erased.")
    states: dict[str, list[str]] = defaultdict(list)
    for status in connection.execute(delivery.STATUSES, where):
        states[status.channel].append(status.marketing)
    did = connection.execute(text_queries.OCCASIONS, where | {"name": about, "since": _year_before(now)}).one_or_none()
    recipient = Recipient(row.traits, best_status(states["email"]), best_status(states["sms"]))
    occasion = Occasion(did.name, did.at, did.props) if did else Occasion()
    return Reader(f"{bucket}.{who}", Sample(bucket, who, address, recipient, occasion))


def _year_before(now: datetime) -> datetime:
    return now.replace(year=now.year - 1, day=1)


def readers(connection: Connection, about: str, now: datetime) -> tuple[list[Reader], list[str]]:
    """People to look through the eyes of, some of each consent to texts; and what they did, for the occasion."""
    rows = connection.execute(queries.READERS, {"limit": _LOOKED_AT}).all()
    where = {"buckets": [row.bucket for row in rows], "persons": [row.person for row in rows]}
    states: dict[tuple[int, int, str], list[str]] = defaultdict(list)
    for row in connection.execute(delivery.STATUSES, where):
        states[row.bucket, row.person, row.channel].append(row.marketing)
    occasions = {
        (row.bucket, row.person): Occasion(row.name, row.at, row.props)
        for row in (
            connection.execute(text_queries.OCCASIONS, where | {"name": about, "since": _year_before(now)})
            if about
            else ()
        )
    }
    chosen, counts = [], dict.fromkeys(_WORDS, 0)
    # whoever did what it is about goes before the others
    for row in sorted(rows, key=lambda row: ((row.bucket, row.person) not in occasions, row.bucket, row.person)):
        status = best_status(states[row.bucket, row.person, "sms"])
        if counts.get(status, 0) < _EACH:
            counts[status] = counts.get(status, 0) + 1
            chosen.append((row, best_status(states[row.bucket, row.person, "email"]), status))
    where = {"buckets": [row.bucket for row, _, _ in chosen], "persons": [row.person for row, _, _ in chosen]}
    traits = {(row.bucket, row.id): row.traits for row in connection.execute(delivery.PEOPLE, where)}
    people = [
        Sample(
            row.bucket,
            row.person,
            row.address,
            Recipient(traits.get((row.bucket, row.person), {}), email, sms),
            occasions.get((row.bucket, row.person), Occasion()),
        )
        for row, email, sms in chosen
    ]
    did = what_they_did(connection, people)
    found = [Reader(f"{one.bucket}.{one.person}", one) for one in people]
    missing = {"never", "subscribed"} - {one.recipient.sms_status for one in people}
    return [*found, *(one for one in _MADE_UP if one.sample.recipient.sms_status in missing)], did


@dataclass(frozen=True, slots=True)
class Made:
    """A message that was made to be looked at: for whom, under which brand, and what its tokens name."""

    rendered: Rendered
    brand: Brand
    target: Target
    base_url: str
    extras: Extras = NOTHING


def chosen(looked: Look, people: Sequence[Reader]) -> Reader:
    """Whom the choice names, else the first."""
    return next((one for one in people if one.key == looked.person), people[0])


def see(database: Database, base_url: str, content: EmailContent, reader: Reader, now: datetime) -> Seen:
    """The email for somebody."""
    with database.read() as connection:
        brand = first_brand(connection)
    sender = f"{brand.from_name} <{brand.from_email}>"
    try:
        one = made(database, base_url, content, reader.sample, now)
    except AntiphonError as error:
        return Seen(reader.key, sender, error=str(error))
    found = one.rendered
    return Seen(reader.key, sender, found.subject, found.preheader, found.html or "", found.body, extras=one.extras)


def made(database: Database, base_url: str, content: EmailContent, one: Sample, now: datetime) -> Made:
    """The email for somebody, with links that lead nowhere; raises :class:`AntiphonError` where it cannot be made."""
    said = MessageContent(email=content)
    with database.read() as connection:
        brand = first_brand(connection)
        codes = samples_of(connection, offers_named(said, "email").all, now)
    message = _message(one, now)
    known = People({0: one.recipient}, {0: one.occasion}, {0: (one.bucket, one.person)})
    target = Target(message.abucket, 0, "email", one.address, promotional=True)
    extras = read_extras(database, [message], known, lambda _version, _step: said, now).get(0, NOTHING)
    if isinstance(extras, TemplateError):
        raise extras
    # a key of its own: the document changes under the same name
    renderer = Renderer(NOWHERE, base_url)
    rendered = renderer.render((0, ""), said, target, one.given(codes).recipient, one.occasion, brand, extras)
    return Made(rendered, brand, target, (brand.base_url or base_url).rstrip("/"), extras)


def first_brand(connection: Connection) -> Brand:
    """The library's emails are nobody's yet: they are looked at as the first brand's."""
    facts = read_brands(connection)
    return facts[min(facts)].brand


def _message(one: Sample, now: datetime) -> Message:
    return Message(
        abucket_of(one.address), 0, _NOBODY, one.address, "email", 1, "marketing", one.bucket, one.person, 0, 0, 0, "", "", now,
        0, (), now, None, "claimed", 0,
    )  # fmt: skip
