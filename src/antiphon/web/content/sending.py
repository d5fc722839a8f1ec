"""Tests: a message sent to an address that somebody types, by the way that messages of its channel go.

A test acts for nobody: its links lead straight to their pages, without a click, an open or a reader, and its ways out to a page
that says so. Nothing of it is in the outbox, so that it counts for no cap and no journey.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from secrets import token_hex

from sqlalchemy import Connection

from antiphon.addresses.erased import stands, suppression_of
from antiphon.content.context import Brand
from antiphon.content.gsm import segments
from antiphon.content.links import Holder, Links, holder_token
from antiphon.content.marks import unseen
from antiphon.content.render import Rendered
from antiphon.delivery import throttle
from antiphon.delivery.providers.base import Outcome, Outgoing, ProviderError
from antiphon.delivery.providers.registry import opened
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.people import identifiers
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.web.content import email_queries as queries
from antiphon.web.content.samples import Sample
from antiphon.web.content.seeing import NOWHERE, Made
from antiphon.web.figures import mask

PREFIX = "[Test] "
#: How many somebody may send within an hour, and everybody together.
EACH, ALL = 20, 100
_WINDOW = timedelta(hours=1)
#: Under the address of the installation; what stands behind it says which way out was pressed.
PLACE = "/content/test"

_NOUNS = {"email": "emails", "sms": "texts"}
_FAULTS = {"email": "is not an email address", "sms": "is not a phone number; write it as +1 212 555 0123"}


@dataclass(frozen=True, slots=True)
class Test:
    """A message to be sent to try it. ``about`` says what it is a test of, as the audit log has it."""

    __test__ = False

    channel: str
    address: str
    made: Made
    about: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Where it went: the normalised address, and whether the Sandbox took it."""

    address: str
    sandbox: bool
    segments: int | None


def address_of(channel: str, typed: str) -> str:
    """The address that somebody means; raises :class:`AntiphonError` where it is none."""
    found = identifiers.address(channel, typed) if len(typed) <= identifiers.MAX_VALUE else None
    if found is None:
        raise AntiphonError(f"{typed.strip()[:80] or 'Nothing'} {_FAULTS[channel]}.", "A test goes to one address.")
    return found


def subject(what: str, sample: Sample) -> str:
    """What a test is of, for the audit log: no names."""
    return f"{what}, as person {sample.person}" if sample.person else what


def send(database: Database, test: Test, actor: Actor, clock: Callable[[], datetime]) -> Sent:
    """Send a test; raises :class:`AntiphonError` with what is in its way.

    The log is written first: a test that went out stands in it whatever happens then.
    """
    now, brand = clock(), test.made.brand
    sender = _sender(database, test.channel, brand)
    outgoing = _outgoing(test)
    with database.begin("emails") as connection:
        connection.execute(queries.ONE_TEST_AT_A_TIME)
        _refuse_barred(connection, test.channel, test.address)
        _refuse_many(connection, actor, now)
        after = {"to": mask(test.address), "by": sender.id}
        record(connection, now, actor, "emails", "test sent", test.about, after=after)
    outcome = _hand_over(database, sender, outgoing, clock)
    if outcome.result != "accepted":
        with database.begin("emails") as connection:
            after = {"to": mask(test.address), "outcome": outcome.result}
            record(connection, clock(), actor, "emails", "test not sent", test.about, after=after)
        raise AntiphonError(f"The test was not sent: {outcome.error or outcome.result}", "Delivery shows the senders.")
    return Sent(test.address, sender.provider == "sandbox", outgoing.segments)


def _sender(database: Database, channel: str, brand: Brand) -> throttle.Sender:
    found = next((one for one in throttle.chosen(throttle.read_senders(database)) if one.channel == channel), None)
    if found is None:
        raise AntiphonError(f"There is no sender for {_NOUNS[channel]}.", "Settings, Senders sets one up.")
    if not (brand.from_email if channel == "email" else brand.from_phone):
        what = "email address" if channel == "email" else "number"
        raise AntiphonError(f"The brand has no {what} to send from.", "Give it one under Settings.")
    return found


def _refuse_barred(connection: Connection, channel: str, address: str) -> None:
    """An erased address is found by its hash. Why it is barred stays in the consent sheet, for those who may see it."""
    found = suppression_of(connection, channel, address)
    if found is not None and stands(found):
        raise AntiphonError(
            f"Nothing goes to {address}: it is suppressed.", "A test goes to no address that left or bounced."
        )


def _refuse_many(connection: Connection, actor: Actor, now: datetime) -> None:
    counted = connection.execute(queries.TESTS, {"since": now - _WINDOW, "who": actor.who}).one()
    if counted.own >= EACH or counted.all >= ALL:
        most = f"{EACH} tests within an hour" if counted.own >= EACH else f"{ALL} tests of everybody within an hour"
        raise AntiphonError(f"That were {most}.", "Send the next one later.")


def _hand_over(
    database: Database, sender: throttle.Sender, outgoing: Outgoing, clock: Callable[[], datetime]
) -> Outcome:
    """A test keeps to the pace of its sender, and waits for nothing."""
    wanted = outgoing.segments or 1
    granted = throttle.lease(database, clock(), wanted, {sender.channel})
    if not granted:
        return Outcome("deferred", error=sender.error or "The sender is at its pace. Try again in a moment.")
    throttle.give_back(database, sender, granted[0].tokens - wanted)
    try:
        with opened(sender, database) as provider:
            return provider.send([outgoing], clock())[0]
    except ProviderError as error:
        return Outcome("rejected", error=error.message)


def _outgoing(test: Test) -> Outgoing:
    """No number of a message: none is in the outbox, and pages ask for none. Without ``List-Unsubscribe`` no app acts on it."""
    brand, said = test.made.brand, straight(test.made)
    email = test.channel == "email"
    sender = brand.from_email if email else brand.from_phone
    headers = {"Message-ID": f"<antiphon.test.{token_hex(12)}@{sender.rpartition('@')[2]}>"} if email else {}
    body = said.body if email else PREFIX + said.body
    return Outgoing(
        0,
        abucket_of(test.address),
        test.channel,
        test.address,
        sender,
        brand.from_name,
        PREFIX + said.subject if email else body,
        body,
        said.html,
        None if email else segments(body).count,
        headers,
    )


def straight(made: Made) -> Rendered:
    """The message with links that lead straight to their pages, ways out that change nothing, and nothing that counts."""
    said, target, brand = made.rendered, made.target, made.brand
    base = made.base_url
    links = Links(NOWHERE, base, target.abucket, target.message)
    ways = {links.short(url): url for url in said.links} | {links.trap_url(): "#"}
    holder = Holder(target.channel, target.address, brand.id)
    preferences = f"{base}/preferences/{holder_token(NOWHERE, 'preferences', holder)}"
    ways[preferences] = f"{base}{PLACE}/preferences"
    if said.unsubscribe_url:
        ways[said.unsubscribe_url] = f"{base}{PLACE}/unsubscribe"
    body, html = said.body, unseen(said.html or "")
    for link, way in ways.items():
        body, html = body.replace(link, way), html.replace(escape(link), escape(way))
    return replace(said, body=body, html=html if said.html is not None else None)
