"""Messages rendered, beside python-liquid on the same templates and people in the same run; a second is one of a core."""

from collections.abc import Callable, Mapping
from time import thread_time
from typing import Any

from antiphon.bench.letters import BRAND, EMAIL, TEXT, occasion, recipient, target
from antiphon.bench.models import Measured
from antiphon.bench.world import World
from antiphon.content.context import template_values
from antiphon.content.links import Links
from antiphon.content.mail import CompiledEmail, compile_email
from antiphon.content.models import MessageContent
from antiphon.content.plaintext import squeeze
from antiphon.content.render import Renderer
from antiphon.content.templates import PLAIN, parse
from antiphon.kit.signing import Signer

_SIGNER = Signer(b"a secret that lives for one run!")
_URL = BRAND.base_url
#: How many messages in a row, and how many of ours for one of python-liquid's.
_TURN, _SHARE = 200, 8


def templates(world: World) -> Measured:
    """The HTML of the email alone, from values that are ready: no links, no other part, on either side."""
    html = _compiled().html
    number = world.sizes.renders
    people = [_values(each) for each in range(min(number, 500))]
    return _measured(
        lambda each: html.render(people[each % len(people)]),
        lambda each: html.bound.render(**people[each % len(people)]),
        number,
        "HTML parts",
        "the same by python-liquid",
    )


def render(world: World) -> Measured:
    """Whole emails: values gathered, ways out signed, subject, preheader, HTML and text filled, links signed and put in place.

    Beside it python-liquid on the same four templates, the links found by searching what came out; ways out are not signed.
    """
    renderer, compiled = Renderer(_SIGNER, _URL), _compiled()
    number = world.sizes.renders
    return _measured(
        _message(renderer, EMAIL, "email"),
        lambda each: _by_python_liquid(compiled, each),
        number,
        "emails",
        "the same templates by python-liquid",
    )


def texts(world: World) -> Measured:
    """Texts: values gathered, the way to preferences signed, filled, link shortened, opt-out words added, segments counted.

    Beside it python-liquid on the template alone, from values that are ready.
    """
    assert TEXT.sms is not None
    alone = parse(PLAIN, TEXT.sms.text, "text").bound
    number = world.sizes.renders * 4
    people = [_values(each) for each in range(min(number, 500))]
    return _measured(
        _message(Renderer(_SIGNER, _URL), TEXT, "sms"),
        lambda each: alone.render(**people[each % len(people)]),
        number,
        "texts",
        "the template alone by python-liquid",
    )


def _measured(
    ours: Callable[[int], object], other: Callable[[int], object], number: int, unit: str, what: str
) -> Measured:
    """Both sides in turns, by the processor time of this thread: what else the machine does falls on both alike."""
    spent, done = [0.0, 0.0], [0, 0]
    for side in (ours, other):
        side(0)  # what is compiled once is no part of a rate
    for start in range(0, number, _TURN):
        for which, (side, share) in enumerate(((ours, 1), (other, _SHARE))):
            count = max(1, min(_TURN, number - start) // share)
            began = thread_time()
            for each in range(start, start + count):
                side(each)
            spent[which] += thread_time() - began
            done[which] += count
    return Measured(done[0] / spent[0], done[1] / spent[1], unit, what)


def _message(renderer: Renderer, content: MessageContent, channel: str) -> Callable[[int], object]:
    # one person in 500 is met again: what differs between them differs here as well
    people = [(target(each, channel), recipient(each), occasion(each)) for each in range(500)]

    def one(each: int) -> object:
        where, who, what = people[each % len(people)]
        return renderer.render((1, "s"), content, where, who, what, BRAND)

    return one


def _compiled() -> CompiledEmail:
    assert EMAIL.email is not None
    return compile_email(EMAIL.email)


def _values(number: int) -> Mapping[str, Any]:
    values = template_values(recipient(number), occasion(number), BRAND, f"{_URL}/u/token", f"{_URL}/preferences/token")
    return {**values, "subject": f"Order o-{number}", "preheader": "On its way"}


def _by_python_liquid(compiled: CompiledEmail, number: int) -> tuple[str, str, str]:
    """Subject, HTML and text as they were made before there was a compiler."""
    values = {**_values(number), "subject": "", "preheader": ""}
    values["subject"] = " ".join(compiled.subject.bound.render(**values).split())
    values["preheader"] = compiled.preheader.bound.render(**values)
    links = Links(_SIGNER, _URL, 1, number, untouched=frozenset({f"{_URL}/u/token", f"{_URL}/preferences/token"}))
    html = links.in_html(compiled.html.bound.render(**values))
    return values["subject"], html, links.in_text(squeeze(compiled.text.bound.render(**values)))
