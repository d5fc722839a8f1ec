"""Looks for messages that should never have left, straight from what was written down.

Independent on purpose: it shares no line with the gate and the rules. Consent is read from the ledger as of the time of
sending, local time comes from ``zoneinfo`` and the phone library's own map of prefixes, and what a text is about from
the event that it goes back to rather than from what the message says of itself.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as number_zones

from antiphon.demo.evidence import Evidence, Fact, Message, read_evidence
from antiphon.store.db import Database

ABANDONMENTS = {"Browse Abandoned", "Cart Abandoned", "Checkout Abandoned"}
#: Carriers: a text about an abandonment leaves within this of it.
TEXT_WINDOW = timedelta(hours=48)
#: Without any hint of where a phone is: the ends of the United States.
ANYWHERE = ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu")
STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}

RULES = (
    "text_without_consent",
    "email_without_consent",
    "text_outside_hours",
    "second_text_for_cart",
    "text_after_48h",
    "duplicate_message",
    "message_after_opt_out",
    "service_without_cause",
)


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    message: int
    address: str
    at: datetime
    detail: str


def audit(database: Database) -> list[Violation]:
    """Every violation among all messages that ever left; none in a run without faults."""
    with database.read() as connection:
        evidence = read_evidence(connection)
    return violations(evidence)


def count(found: Iterable[Violation]) -> dict[str, int]:
    """Violations by rule, with a 0 for each rule that none broke."""
    counted = Counter(violation.rule for violation in found)
    return {rule: counted[rule] for rule in RULES}


def violations(evidence: Evidence) -> list[Violation]:
    found: list[Violation] = []
    for message in evidence.sent:
        if message.purpose == "service":
            found += _answers(evidence, message)
            continue
        found += _consent(evidence, message)
        found += _hours(evidence, message)
        found += _late(evidence, message)
        found += _opted_out(evidence, message)
    return [*found, *_second_texts(evidence), *_duplicates(evidence)]


def _blame(rule: str, message: Message, detail: str) -> Violation:
    return Violation(rule, message.id, message.address, message.at, detail)


def _answers(evidence: Evidence, message: Message) -> Iterator[Violation]:
    """A message about consent itself answers a text of a moment ago, or a sign-up of the last day."""
    kind = message.step.split("+")[0]
    if kind in {"stop", "help"}:
        patience = timedelta(minutes=5) if kind == "stop" else timedelta(hours=1)
        causes = [at for at, _ in evidence.said.get(message.address, [])]
    else:
        patience = timedelta(days=1)
        facts = evidence.consents.get((message.channel, message.address), [])
        causes = [fact.effective_at for fact in facts if fact.state in {"pending", "subscribed"}]
        yield from _opted_out(evidence, message) if message.channel == "sms" else ()
    if not any(at <= message.at <= at + patience for at in causes):
        yield _blame("service_without_cause", message, kind)


# -- consent ---------------------------------------------------------------------------------------------------------


def fact_at(facts: Iterable[Fact], purpose: str, at: datetime) -> Fact | None:
    """The fact in force at ``at``, of those known by then.

    The latest opt-in after the latest opt-out; a sign-up that is not confirmed yet takes nothing away, and of the
    opt-ins that count one with double opt-in serves as well as the latest.
    """
    known = [f for f in facts if f.purpose == purpose and f.effective_at <= at and f.recorded_at <= at]
    given_up = max((f for f in known if f.state == "unsubscribed"), key=lambda f: f.effective_at, default=None)
    later = [f for f in known if given_up is None or f.effective_at > given_up.effective_at]
    given = [f for f in later if f.state == "subscribed"]
    return max(given or later, key=lambda f: (f.double_opt_in, f.effective_at), default=given_up)


def _consent(evidence: Evidence, message: Message) -> Iterator[Violation]:
    if evidence.is_service(message):
        return
    facts = evidence.consents.get((message.channel, message.address), [])
    rule = "text_without_consent" if message.channel == "sms" else "email_without_consent"
    needed = ["marketing"] + (["cart"] if message.channel == "sms" and evidence.about(message) in ABANDONMENTS else [])
    for purpose in needed:
        fact = fact_at(facts, purpose, message.at)
        if fact is None or fact.state != "subscribed":
            yield _blame(rule, message, f"{purpose} consent was {fact.state if fact else 'never'} given")
        elif fact.expires_at is not None and fact.expires_at <= message.at:
            yield _blame(rule, message, f"{purpose} consent had expired")
        elif purpose == "cart" and not fact.double_opt_in:
            yield _blame(rule, message, "consent to cart reminders without double opt-in")


def _opted_out(evidence: Evidence, message: Message) -> Iterator[Violation]:
    """After STOP, an unsubscription or a block: nothing on that channel, until a later opt-in of one's own."""
    service = evidence.is_service(message)
    place = (message.channel, message.address)
    for gone in evidence.suppressions.get(place, []):
        hard = gone.reason in {"hard bounce", "complaint"}
        back = gone.lifted_at if gone.lifted_at is not None and gone.lifted_at >= gone.at else None
        barred = gone.at < message.at and (back is None or message.at < back)
        if barred and (message.channel == "sms" or not service or hard):
            yield _blame("message_after_opt_out", message, f"{gone.reason} at {gone.at.isoformat()}")
            return
    if message.channel == "sms":
        yield from _after_stop(evidence, message)


def wants_out(words: str) -> bool:
    """Whether a text asks for an end: a keyword alone, or "stop" with "please" or what is to stop."""
    said = re.findall(r"[a-z]+", words.lower())
    return "".join(said) in STOP_WORDS or ("stop" in said and bool({"please", "texting", "messaging"} & set(said)))


def _after_stop(evidence: Evidence, message: Message) -> Iterator[Violation]:
    """The same from the texts that came in, whatever became of them."""
    for said_at, words in evidence.said.get(message.address, []):
        if said_at < message.at and wants_out(words):
            facts = evidence.consents.get(("sms", message.address), [])
            if not any(f.state == "subscribed" and said_at < f.effective_at <= message.at for f in facts):
                yield _blame("message_after_opt_out", message, f"{words!r} at {said_at.isoformat()}")
                return


# -- time ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def zones_of_number(phone: str) -> tuple[str, ...]:
    """Every zone that the number's prefix points at, by the phone library."""
    found = number_zones.time_zones_for_number(phonenumbers.parse(phone))
    return tuple(zone for zone in found if zone != "Etc/Unknown")


def _hours(evidence: Evidence, message: Message) -> Iterator[Violation]:
    """Texts: 10 to 20, on Sundays 12 to 20, in every zone; about an order that was placed: 8 to 21."""
    if message.channel != "sms":
        return
    service = evidence.is_service(message)
    zones = {*zones_of_number(message.address), *evidence.zones.get(message.person, ())}
    for zone in sorted(zones) or ANYWHERE:
        wall = message.at.astimezone(ZoneInfo(zone))
        first, last = (8, 21) if service else (12, 20) if wall.isoweekday() == 7 else (10, 20)
        if not first <= wall.hour < last:
            yield _blame("text_outside_hours", message, f"{wall:%A %H:%M} in {zone}")
            return


def _late(evidence: Evidence, message: Message) -> Iterator[Violation]:
    occasion = evidence.occasions.get(message.occasion_event)
    if message.channel == "sms" and occasion and occasion.name in ABANDONMENTS:
        age = message.at - occasion.at
        if age > TEXT_WINDOW:
            yield _blame("text_after_48h", message, f"{age} after {occasion.name}")


# -- twice -----------------------------------------------------------------------------------------------------------


def _second_texts(evidence: Evidence) -> Iterator[Violation]:
    """More than one text to a phone about one abandonment, or about one cart however often it was abandoned."""
    by_event: defaultdict[tuple[str, int], list[Message]] = defaultdict(list)
    by_cart: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
    for message in sorted(evidence.sent, key=lambda m: m.at):
        occasion = evidence.occasions.get(message.occasion_event)
        if message.channel != "sms" or occasion is None or occasion.name not in ABANDONMENTS:
            continue
        by_event[message.address, message.occasion_event].append(message)
        if occasion.cart:
            by_cart[message.address, occasion.cart].append(message)
    blamed: set[int] = set()
    for about, texts in [*by_event.items(), *by_cart.items()]:
        for extra in texts[1:]:
            if extra.id not in blamed:
                blamed.add(extra.id)
                yield _blame("second_text_for_cart", extra, f"the first about {about[1]} was {texts[0].id}")


def _duplicates(evidence: Evidence) -> Iterator[Violation]:
    """One message handed over twice, or two messages of one step of one run to one address."""
    known = {message.id: message for message in evidence.sent}
    for number, times in evidence.wire.items():
        if len(times) > 1:
            address = known[number].address if number in known else "?"
            yield Violation("duplicate_message", number, address, times[1], f"handed over {len(times)} times")
    seen: dict[tuple[object, ...], Message] = {}
    for message in sorted(evidence.sent, key=lambda m: m.at):
        if message.purpose == "service":  # each answers its own cause
            continue
        key = (message.address, message.channel, message.run, message.step, evidence.visits.get(message.id, 0))
        if key in seen:
            yield _blame("duplicate_message", message, f"the same step wrote {seen[key].id}")
        seen[key] = message
