"""What a message says: as it went out where that is kept, else made again from its version's content."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row

from antiphon.campaigns.contents import Contents
from antiphon.content.context import Brand
from antiphon.content.models import MessageContent
from antiphon.content.needs import NOTHING
from antiphon.content.render import Renderer, Target
from antiphon.content.service import ServiceRenderer, kind_of
from antiphon.content.templates import TemplateError
from antiphon.delivery.extras import read_extras
from antiphon.delivery.facts import read_brands
from antiphon.delivery.models import SERVICE, Message
from antiphon.delivery.people import offers_named, read_people
from antiphon.delivery.service import read_service_texts
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.web.context import WebContext
from antiphon.web.definitions import Version
from antiphon.web.messages import queries


@dataclass(frozen=True, slots=True)
class Preview:
    """``kept``: these are the very words that went out. ``error`` says why there are none."""

    subject: str = ""
    preheader: str = ""
    html: str | None = None
    body: str = ""
    segments: int | None = None
    kept: bool = False
    error: str = ""
    sender: str = ""


def preview(context: WebContext, row: Row[Any], version: Version | None) -> Preview:
    with context.database.read() as connection:
        key = {"abucket": row.abucket, "address": row.address, "id": row.id}
        stored = connection.execute(queries.STORED, key).one_or_none()
        brand = read_brands(connection)[row.brand].brand
    sender = f"{brand.from_name} <{brand.from_email}>" if row.channel == "email" else brand.from_phone
    if stored is not None:
        return Preview(
            stored.subject or "", "", stored.html, stored.body, stored.segments, kept=True,
            sender=stored.sender or sender,
        )  # fmt: skip
    if row.purpose == SERVICE:
        return _service(context, row, brand, sender)
    content = _content(context, row, version)
    if isinstance(content, str):
        return Preview(error=content)
    message = _message(row)
    named = {row.id: offers_named(content, row.channel).all}
    people = read_people(context.database, [message], context.clock(), named)
    target = Target(row.abucket, row.id, row.channel, row.address, message.promotional)
    now = context.clock()
    extras = read_extras(context.database, [message], people, lambda _version, _step: content, now).get(row.id, NOTHING)
    try:
        if isinstance(extras, TemplateError):
            raise extras
        rendered = _renderer(context.signer, context.base_url).render(
            (row.version, row.step), content, target, people.recipients[row.id], people.occasions[row.id], brand, extras
        )
    except TemplateError as error:
        return Preview(error=str(error))
    return Preview(rendered.subject, rendered.preheader, rendered.html, rendered.body, rendered.segments, sender=sender)


def _content(context: WebContext, row: Row[Any], version: Version | None) -> MessageContent | str:
    """What its step says, of a journey's version or of a campaign; or why nobody can tell."""
    if row.version < 0:
        try:
            return Contents(context.database).content_of(row.version, row.step)
        except (AntiphonError, KeyError):
            return "The campaign that it belongs to is gone."
    if version is None:
        return "The journey that it belongs to is gone."
    step = next((step for step in version.shape.journey.steps if step.id == row.step), None)
    if not isinstance(step, MessagingStep):
        return f"Version {version.number} has no message step {row.step}."
    return step.content


def _service(context: WebContext, row: Row[Any], brand: Brand, sender: str) -> Preview:
    with context.database.read() as connection:
        words = read_service_texts(connection).get((row.brand, kind_of(row.step)[0], row.channel))
    target = Target(row.abucket, row.id, row.channel, row.address, promotional=False)
    try:
        rendered = ServiceRenderer(context.signer, context.base_url).render(row.step, words, target, brand)
    except TemplateError as error:
        return Preview(error=str(error))
    return Preview(rendered.subject, "", rendered.html, rendered.body, rendered.segments, sender=sender)


@cache
def _renderer(signer: Signer, base_url: str) -> Renderer:
    return Renderer(signer, base_url)


def _message(row: Row[Any]) -> Message:
    return Message(
        row.abucket, row.id, row.key, row.address, row.channel, row.brand, row.purpose, row.bucket, row.person, row.run,
        row.journey, row.version, row.step, row.occasion_key, row.occasion_at, row.occasion_event, tuple(row.zones),
        row.due_at, row.expires_at, row.state, row.attempts,
    )  # fmt: skip
