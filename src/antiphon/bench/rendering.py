"""Messages rendered, beside python-liquid on the same templates and the same people in the same run; one thread."""

from collections.abc import Callable, Mapping
from typing import Any

from antiphon.bench.letters import BRAND, EMAIL, TEXT, occasion, recipient, target
from antiphon.bench.models import Measured
from antiphon.bench.world import World, timer
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
#: How often ours is measured for once python-liquid is.
_SHARE = 8


def templates(world: World) -> Measured:
    """The HTML of the email alone, from values that are ready: no links, no other part, on either side."""
    html = _compiled().html
    number = world.sizes.renders
    people = [_values(each) for each in range(min(number, 500))]
    return Measured(
        _rate(lambda each: html.render(people[each % len(people)]), number),
        _rate(lambda each: html.bound.render(**people[each % len(people)]), number // _SHARE),
        "HTML parts",
        "the same by python-liquid",
    )


def render(world: World) -> Measured:
    """Whole emails: values gathered, ways out signed, subject, preheader, HTML and text filled, links signed and put in place.

    Beside it python-liquid on the same four templates, the links found by searching what came out; ways out are not signed.
    """
    renderer, compiled = Renderer(_SIGNER, _URL), _compiled()
    number = world.sizes.renders
    return Measured(
        _rate(_message(renderer, EMAIL, "email"), number),
        _rate(lambda each: _by_python_liquid(compiled, each), number // _SHARE),
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
    return Measured(
        _rate(_message(Renderer(_SIGNER, _URL), TEXT, "sms"), number),
        _rate(lambda each: alone.render(**people[each % len(people)]), number // _SHARE),
        "texts",
        "the template alone by python-liquid",
    )


def _rate(work: Callable[[int], object], number: int) -> float:
    work(0)  # what is compiled once is no part of a rate
    with timer() as took:
        for each in range(number):
            work(each)
    return took.rate(number)


def _message(renderer: Renderer, content: MessageContent, channel: str) -> Callable[[int], object]:
    # one person in 500 is met again: what differs between them differs here as well
    people = [(recipient(each), occasion(each)) for each in range(500)]

    def one(each: int) -> object:
        who, what = people[each % len(people)]
        return renderer.render((1, "s"), content, target(each, channel), who, what, BRAND)

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
