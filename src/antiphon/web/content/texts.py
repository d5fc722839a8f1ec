"""Texts are tried here: any step's text or one's own, its segments, its cost, and the phone of somebody who would get it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection, Row
from starlette.responses import Response

from antiphon.content.check import Flaw, check_content
from antiphon.content.context import Brand
from antiphon.content.models import MessageContent, SmsContent
from antiphon.content.render import Renderer, Target
from antiphon.content.templates import TemplateError
from antiphon.delivery.facts import BrandFacts, read_brands
from antiphon.delivery.shell import public_page
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.rules.texts.data import fees_as_of
from antiphon.web.content import sending
from antiphon.web.content import text_queries as queries
from antiphon.web.content.samples import ANN, CHOICE, Codes, Sample, sample_codes, samples, what_they_did
from antiphon.web.content.seeing import NOWHERE, Made
from antiphon.web.content.trial import Trial, tried
from antiphon.web.context import context_of
from antiphon.web.definitions import versions
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import html, page

router = APIRouter(include_in_schema=False, prefix="/content")

_LONGEST = 1_600
_MOST_PEOPLE = 1_000_000_000
_EMPTY = "Hi {{ person.first_name | default: 'there' }}, "


@dataclass(frozen=True, slots=True)
class StepText:
    """The text of a journey's step; ``current`` where people enter its version now."""

    key: str
    journey: str
    number: int
    current: bool
    step: str
    text: str
    promotional: bool
    about: str
    address: str


@router.get("")
def content(viewer: SignedInViewer) -> Response:  # noqa: ARG001 - whoever may see it
    return RedirectResponse("/content/texts", status_code=303)


@router.get("/texts")
def texts(request: Request, viewer: SignedInViewer, step: str = "", version: str = "") -> Response:
    """The page with a step's text in it, or an empty one. ``version``: a number; else the one that people enter now."""
    now = context_of(request).clock()
    with page_read(request) as connection:
        of = connection.execute(queries.VERSIONS_OF, {"slug": step.partition("/")[0]}).all()
        asked = next((row for row in of if str(row.number) == version), None)
        steps = _steps(connection, step.partition("/")[0], asked)
        loaded = _loaded(steps, step, any_of_it=asked is not None)
        brands = read_brands(connection)
        about = loaded.about if loaded else ""
        people = samples(connection, about, now)
        did = what_they_did(connection, people)
        subscribed = connection.execute(queries.SUBSCRIBED).scalar_one()
        codes = sample_codes(connection, loaded.text if loaded else "", now)
    form = Posted(
        text=loaded.text if loaded else _EMPTY,
        purpose="marketing" if loaded is None or loaded.promotional else "transactional",
        about=about,
        brand=str(min(brands)),
        people=str(subscribed or 1_000),
    )
    return page(
        request, "content/texts.html", viewer, now=now, steps=steps, loaded=loaded, form=form, brands=brands, versions=of,
        choice=_choice(people), did=sorted({*did, about} - {""}),
        result=_result(request, form, people, brands, codes),
    )  # fmt: skip


def _loaded(steps: Sequence[StepText], key: str, *, any_of_it: bool) -> StepText | None:
    """The step that is asked for; of a version that has it not, the first one that speaks."""
    found = next((one for one in steps if one.key == key), None)
    if found is None and any_of_it:
        slug = key.partition("/")[0]
        found = next((one for one in steps if one.key.partition("/")[0] == slug), None)
    return found


@router.post("/texts/inspect")
def inspect(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:  # noqa: ARG001 - whoever may see it
    """The part of the page that follows what is typed."""
    with page_read(request) as connection:
        brands = read_brands(connection)
        now = context_of(request).clock()
        people, codes = samples(connection, form["about"], now), sample_codes(connection, form["text"], now)
    return HTMLResponse(_result(request, form, people, brands, codes))


@router.post("/texts/test")
def send_test(request: Request, viewer: SignedInViewer, form: OwnForm) -> HTMLResponse:
    """Send the text of the form to the number of the form."""
    context = context_of(request)
    with page_read(request) as connection:
        brands = read_brands(connection)
        people = samples(connection, form["about"], context.clock())
        codes = sample_codes(connection, form["text"], context.clock())
    one = _chosen(people, form["person"]).given(codes)
    try:
        address = sending.address_of("sms", form["to"])
        made = _made(request, form, one, _facts(brands, form["brand"]).brand)
        test = sending.Test("sms", address, made, sending.subject("a text", one))
        sent = sending.send(context.database, test, viewer.actor, context.clock)
    except AntiphonError as error:
        return HTMLResponse(html("content/texts_tested.html", error=error))
    return HTMLResponse(html("content/texts_tested.html", error=None, sent=sent, query=urlencode({"number": address})))


def _made(request: Request, form: Posted, one: Sample, brand: Brand) -> Made:
    """What the person would get; raises :class:`AntiphonError` where that is nothing."""
    text, context = form["text"].replace("\r\n", "\n"), context_of(request)
    if not 0 < len(text.strip()) <= len(text) <= _LONGEST:
        raise AntiphonError("There is no text to send.", "Write one of up to 1,600 characters.")
    target = Target(abucket_of(one.address), 0, "sms", one.address, form["purpose"] != "transactional")
    said = MessageContent(sms=SmsContent(text=text))
    renderer = Renderer(NOWHERE, context.base_url)
    found = renderer.render((0, text), said, target, one.recipient, one.occasion, brand)
    return Made(found, brand, target, (brand.base_url or context.base_url).rstrip("/"))


@router.get("/test/{way}")
def way_out_of_test(way: str) -> HTMLResponse:
    """What the ways out of a test lead to."""
    what = {"unsubscribe": "unsubscribe", "preferences": "say what they get"}.get(way)
    if what is None:
        raise NotFoundError("There is no such page", "The address may be mistyped.")
    said = f"<p>Customers {what} here. This link came with a test, so that nothing was changed.</p>"
    return public_page("This was a test", said)


def _facts(brands: dict[int, BrandFacts], typed: str) -> BrandFacts:
    number = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
    return brands.get(number) or brands[min(brands)]


def _chosen(people: Sequence[Sample], key: str) -> Sample:
    """Whom the choice names, else the first; where nobody gets texts, somebody made up."""
    found = next((one for one in people if f"{one.bucket}.{one.person}" == key), None)
    return found or (people[0] if people else ANN)


def _choice(people: Sequence[Sample]) -> list[tuple[str, str]]:
    return [(f"{one.bucket}.{one.person}", one.name) for one in people[:CHOICE]]


def _result(
    request: Request, form: Posted, people: Sequence[Sample], brands: dict[int, BrandFacts], codes: Codes
) -> str:
    """``codes``: what people see as their codes, by offer."""
    facts = _facts(brands, form["brand"])
    text = form["text"].replace("\r\n", "\n")
    one, everybody = _chosen(people, form["person"]).given(codes), [each.given(codes) for each in people]
    trial, flaws = _trial(request, text, facts, everybody, one, form["purpose"])
    return html(
        "content/texts_result.html", trial=trial, flaws=flaws, brand=facts.brand, settings=facts.settings,
        people=_number(form["people"]), sampled=len(people), as_of=fees_as_of(),
        from_=facts.brand.from_phone, empty=not text.strip(),
    )  # fmt: skip


def _trial(
    request: Request, text: str, facts: BrandFacts, people: Sequence[Sample], chosen: Sample, purpose: str
) -> tuple[Trial | None, list[Flaw]]:
    if not text.strip():
        return None, []
    if len(text) > _LONGEST:
        return None, [Flaw("sms.text", f"The text has {len(text):,} characters.", "A step takes up to 1,600.")]
    flaws = check_content(MessageContent(sms=SmsContent(text=text)))
    context = context_of(request)
    try:
        renderer = Renderer(context.signer, context.base_url)
        promotional = purpose != "transactional"
        trial = tried(renderer, text, facts.brand, facts.settings, people, chosen, promotional=promotional)
    except TemplateError as error:
        return None, flaws or [Flaw("sms.text", error.what, error.hint)]
    return trial, flaws


def _number(typed: str) -> int:
    digits = typed.replace(",", "").strip()
    return min(int(digits), _MOST_PEOPLE) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else 0


def _steps(connection: Connection, slug: str = "", asked: Row[Any] | None = None) -> list[StepText]:
    """Every text that a journey may send; of the journey ``slug``, of the version that was asked for."""
    rows = connection.execute(queries.VERSIONS_WITH_TEXTS).all()
    found = versions(connection, [row.id for row in rows] + ([asked.id] if asked else []))
    chosen = [(asked if asked and found[row.id].slug == slug else row) for row in rows]
    return [
        StepText(
            f"{version.slug}/{step.id}",
            version.name,
            version.number,
            current,
            version.shape.sentence(step.id),
            step.content.sms.text,
            step.policy().purpose != "transactional",
            version.shape.journey.trigger.events[0],
            f"/journeys/{version.slug}" + (f"#step-{step.id}" if current else ""),
        )
        for version, current in ((found[row.id], bool(row.current)) for row in chosen)
        for step in version.shape.journey.steps
        if isinstance(step, MessagingStep) and step.content.sms is not None
    ]
