"""Texts are tried here: any step's text or one's own, its segments, its cost, and the phone of somebody who would get it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.content.check import Flaw, check_content
from antiphon.content.models import MessageContent, SmsContent
from antiphon.content.render import Renderer
from antiphon.content.templates import TemplateError
from antiphon.delivery.facts import BrandFacts, read_brands
from antiphon.journeys.steps.message import MessageStep
from antiphon.rules.texts.data import fees_as_of
from antiphon.web.content import text_queries as queries
from antiphon.web.content.samples import ANN, CHOICE, Sample, samples, what_they_did
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
    """The text of a journey's step, as the version that people enter now has it."""

    key: str
    journey: str
    step: str
    text: str
    promotional: bool
    about: str
    address: str


@router.get("")
def content(viewer: SignedInViewer) -> Response:  # noqa: ARG001 - whoever may see it
    return RedirectResponse("/content/texts", status_code=303)


@router.get("/texts")
def texts(request: Request, viewer: SignedInViewer, step: str = "") -> Response:
    """The page with a step's text in it, or an empty one."""
    now = context_of(request).clock()
    with page_read(request) as connection:
        steps = _steps(connection)
        loaded = next((one for one in steps if one.key == step), None)
        brands = read_brands(connection)
        about = loaded.about if loaded else ""
        people = samples(connection, about, now)
        did = what_they_did(connection, people)
        subscribed = connection.execute(queries.SUBSCRIBED).scalar_one()
    form = Posted(
        text=loaded.text if loaded else _EMPTY,
        purpose="marketing" if loaded is None or loaded.promotional else "transactional",
        about=about,
        brand=str(min(brands)),
        people=str(subscribed or 1_000),
    )
    return page(
        request, "content/texts.html", viewer, now=now, steps=steps, loaded=loaded, form=form, brands=brands,
        choice=_choice(people), did=sorted({*did, about} - {""}), result=_result(request, form, people, brands),
    )  # fmt: skip


@router.post("/texts/inspect")
def inspect(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:  # noqa: ARG001 - whoever may see it
    """The part of the page that follows what is typed."""
    with page_read(request) as connection:
        brands = read_brands(connection)
        people = samples(connection, form["about"], context_of(request).clock())
    return HTMLResponse(_result(request, form, people, brands))


def _choice(people: Sequence[Sample]) -> list[tuple[str, str]]:
    return [(f"{one.bucket}.{one.person}", one.name) for one in people[:CHOICE]]


def _result(request: Request, form: Posted, people: Sequence[Sample], brands: dict[int, BrandFacts]) -> str:
    number = int(form["brand"]) if form["brand"].isdecimal() and len(form["brand"]) < 6 else 0
    facts = brands.get(number) or brands[min(brands)]
    text = form["text"].replace("\r\n", "\n")
    chosen = next((one for one in people if f"{one.bucket}.{one.person}" == form["person"]), None)
    trial, flaws = _trial(request, text, facts, people, chosen or (people[0] if people else ANN), form["purpose"])
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


def _steps(connection: Connection) -> list[StepText]:
    """Every text that a journey may send to who enters it now."""
    ids = [row.id for row in connection.execute(queries.CURRENT_VERSIONS)]
    found = versions(connection, ids)
    return [
        StepText(
            f"{version.slug}/{step.id}",
            version.name,
            version.shape.sentence(step.id),
            step.content.sms.text,
            step.purpose != "transactional",
            version.shape.journey.trigger.events[0],
            f"/journeys/{version.slug}#step-{step.id}",
        )
        for version in (found[number] for number in ids)
        for step in version.shape.journey.steps
        if isinstance(step, MessageStep) and step.content.sms is not None
    ]
