"""What a journey needs of a shop, and what it would send when: for those who think of switching it on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from antiphon.audiences.check import segments_of
from antiphon.catalogue.offers.naming import named_in
from antiphon.content.models import MessageContent
from antiphon.content.needs import needs_of
from antiphon.journeys.check import conditions
from antiphon.journeys.graph import edges
from antiphon.journeys.models import Journey, Step
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.journeys.steps.offer import OfferStep
from antiphon.journeys.steps.recover import RecoverStep
from antiphon.journeys.steps.wait import WaitStep

#: A choice that holds no other one, with the words of its other side.
_ELSE = re.compile(
    r"{%-?\s*(?:if|unless)\b[^%]*%}(?:(?!{%-?\s*(?:if|unless)\b).)*?{%-?\s*else\s*-?%}(.*?){%-?\s*endif\s*-?%}",
    re.DOTALL,
)
_TAG = re.compile(r"{%-?.*?-?%}", re.DOTALL)
_VALUE = re.compile(r"{{-?\s*(.*?)\s*-?}}", re.DOTALL)
_LINK = ("url", "link")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a journey may send. ``after``: the soonest after its start; ``words``: its subject or text, plain."""

    step: str
    channels: tuple[str, ...]
    purpose: str
    sentence: str
    words: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Needs:
    """``consents``: (channel, purpose) of its messages; names of what it refers to."""

    consents: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    segments: tuple[str, ...]
    offers: tuple[str, ...]
    emails: tuple[str, ...]
    products: bool
    #: Offers that it does without where there are none.
    optional: frozenset[str] = frozenset()

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(channel for channel, _ in self.consents))


def sends(journey: Journey) -> list[Sent]:
    """Its messages in the order of their time."""
    soonest = _soonest(journey)
    found = [
        Sent(step.id, channels_of(step), step.policy().purpose, step.describe(), _words(step.content), soonest[step.id])
        for step in journey.steps
        if isinstance(step, MessagingStep) and step.id in soonest
    ]
    return sorted(found, key=lambda one: one.after)


def needs(journey: Journey) -> Needs:
    messages = [step for step in journey.steps if isinstance(step, MessagingStep)]
    consents = dict.fromkeys(
        (channel, str(step.policy().purpose)) for step in messages for channel in channels_of(step)
    )
    segments = {name for _, condition in conditions(journey) for name in segments_of(condition)}
    if journey.trigger.segment is not None:
        segments.add(journey.trigger.segment)
    return Needs(
        tuple(consents),
        () if journey.trigger.segment or journey.trigger.date else tuple(journey.trigger.events),
        tuple(sorted(segments)),
        tuple(
            sorted({name for step in journey.steps for name in named_in(step.model_dump(mode="json", by_alias=True))})
        ),
        tuple(sorted({step.content.email.use for step in messages if step.content.email and step.content.email.use})),
        journey.trigger.product is not None or any(_lists(step) for step in messages),
        frozenset(step.offer for step in journey.steps if isinstance(step, OfferStep) and step.optional),
    )


def channels_of(step: MessagingStep) -> tuple[str, ...]:
    return tuple(step.policy().channels)


def _lists(step: MessagingStep) -> bool:
    found = [needs_of(step.content, channel) for channel in channels_of(step)]
    return any(one.lists or one.named for one in found)


def rest_on(step: Step, way: str) -> timedelta:
    """The least that a run rests at a step before it goes a way; of a wait for an event the timeout takes its time."""
    if isinstance(step, WaitStep):
        return step.timeout if way == "timeout" and step.timeout else step.duration or timedelta()
    return step.after if isinstance(step, RecoverStep) else timedelta()


def _soonest(journey: Journey) -> dict[str, timedelta]:
    """Step → the soonest that somebody can be there after the start; a text of recovery counts from its own rest."""
    ways, found = edges(journey), {journey.steps[0].id: timedelta()}
    changed = True
    while changed:
        changed = False
        for step in journey.steps:
            if step.id not in found:
                continue
            for name, to in ways[step.id].items():
                at = found[step.id] + rest_on(step, name)
                if to and found.get(to, timedelta.max) > at:
                    found[to], changed = at, True
    late = {step.id: step.after for step in journey.steps if isinstance(step, RecoverStep)}
    return {step: after + late.get(step, timedelta()) for step, after in found.items()}


def _words(content: MessageContent) -> str:
    """A text as somebody would read it of whom nothing is known."""
    source = content.email.subject if content.email and content.email.subject else ""
    if not source and content.sms is not None:
        source = content.sms.text
    return " ".join(_plain(source).split())


def _plain(source: str) -> str:
    before = ""
    while before != source:
        before, source = source, _ELSE.sub(r"\1", source)
    return "".join(_filled(_TAG.sub("", source)))


def _filled(source: str) -> Iterator[str]:
    at = 0
    for found in _VALUE.finditer(source):
        yield source[at : found.start()]
        name = found[1].split("|")[0].strip()
        last = name.rsplit(".", 1)[-1]
        yield (
            "Your shop" if name == "brand.name" else "…link…" if last.endswith(_LINK) else f"[{last.replace('_', ' ')}]"
        )
        at = found.end()
    yield source[at:]
