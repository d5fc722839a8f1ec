"""The form in which somebody says what each column is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from antiphon.intake.files import fields
from antiphon.intake.files.models import Import
from antiphon.intake.files.models import Mapping as Read
from antiphon.intake.files.shapes.registry import mapping_for, shape_named

#: What may hold for every row, with what stands beside it.
DEFAULTS = (
    ("state", "Everybody", "subscribed, or unsubscribed"),
    ("at", "Opted in at", "2024-05-01"),
    ("method", "How", "checkout, web form, paper form"),
    ("wording", "What they agreed to", "Yes, write to me about offers"),
)
DAYS = {"": None, "day": True, "month": False}
_TYPE_WORDS = {
    "text": "text",
    "number": "number",
    "date": "date",
    "boolean": "yes or no",
    "list": "list",
    "json": "JSON",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that a column may be, and whether it is."""

    value: str
    words: str
    chosen: bool


def choices(column: str, field: str) -> Iterator[tuple[str, list[Choice]]]:
    """The groups of a column's select."""
    own = fields.trait(field) or fields.trait(fields.guess(column))
    name = own[0] if own else " ".join(column.replace(":", " ").split())[:64]
    traits = {f"trait:{name}" + (f":{kind}" if kind != "text" else ""): words for kind, words in _TYPE_WORDS.items()}
    known = {value: f"Trait “{name}”, {words}" for value, words in traits.items()}
    ids = dict(fields.IDENTIFIERS)
    if field.startswith("external_id:"):
        ids[field] = fields.words(field)
    others = {f"external_id:{fields.plain(column)[:64] or 'other'}": f"Id at another service: {column}"}
    yield "", [Choice("ignore", "Leave out", field == "ignore")]
    yield "Who it is", _group(ids | {k: v for k, v in others.items() if k not in ids}, field)
    yield "What is known of them", _group(known | {fields.SEEN: fields.PLAIN[fields.SEEN]}, field)
    for channel, title in (("email", "Consent by email"), ("sms", "Consent by text")):
        yield title, _group({f: words for f, words in fields.PLAIN.items() if f.startswith(f"{channel}.")}, field)


def _group(options: Mapping[str, str], field: str) -> list[Choice]:
    return [Choice(value, words, value == field) for value, words in options.items()]


def mapping_of(form: Mapping[str, str], found: Import) -> Read:
    """What a form says; another shape than before starts anew with what is known of it."""
    shape = form.get("shape") or found.mapping.shape
    if shape != found.mapping.shape:
        return mapping_for([part.header for part in found.parts], shape_named(shape))
    columns = {
        column: form.get(f"field-{number}") or field
        for number, (column, field) in enumerate(found.mapping.columns.items())
    }
    defaults = {
        name: value
        for channel in fields.CHANNELS
        for field, _, _ in DEFAULTS
        if (value := (form.get(name := f"{channel}.{field}") or "").strip())
    }
    source = (form.get("source") or "").strip()[:64] or found.mapping.source
    return found.mapping.model_copy(
        update={
            "columns": columns,
            "defaults": defaults,
            "source": source,
            "day_first": DAYS.get(form.get("days") or ""),
        }
    )
