"""The editor's fields and the unit that they come to. A field is named after its place in the file: ``email_title``."""

import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ruamel.yaml import YAML

from antiphon.kit.durations import format_duration
from antiphon.kit.problems import Problem
from antiphon.signup.models import ConsentText, EmailStep, PhoneStep, PreferenceStep, Unit

_ASKING = ("email", "phone", "preference")
_LISTS = ("pages", "except_pages")
_COUNTRIES = ("countries", "except_countries")
#: In place of words: there is no such button.
NONE = "-"
#: Ticked or not: a box that is not ticked does not come with the form.
_TICKS = ("exit_intent",)


def fields_of(unit: Unit) -> dict[str, str]:
    """The form as it shows a unit."""
    found = {"unit": unit.unit, "name": unit.name, "kind": unit.kind, "language": unit.language}
    found["countries"] = ", ".join(unit.countries)
    for step in (*unit.steps, *([] if "done" in unit.names else [unit.done])):
        found[f"{step.step}_on"] = "yes"
        for name, value in step.model_dump(exclude={"step"}).items():
            found |= _field(f"{step.step}_{name}", value)
        if isinstance(step, PhoneStep):
            found["phone_carts"] = "yes" if "cart" in step.purposes else ""
    for group in ("confirm", "show", "theme", "abuse"):
        for name, value in getattr(unit, group):
            found |= _field(f"{group}_{name}", value)
    return found


def _field(name: str, value: Any) -> dict[str, str]:
    match value:
        case dict() if name.endswith("_consent"):
            consent = ConsentText.model_validate(value)
            return {name: consent.text, f"{name}_box": "yes" if consent.box else ""}
        case bool():
            return {name: "yes" if value else ""}
        case list():
            separator = ", " if "countries" in name else "\n"
            return {name: separator.join(map(str, value))}
        case timedelta():
            return {name: format_duration(value)}
    if name.endswith("_skip") and value == "":
        return {name: NONE}
    return {name: "" if value is None else str(value)}


def definition_of(form: Mapping[str, str], slug: str) -> dict[str, Any]:
    """The unit that a form says, as a file would. What is left empty takes its default."""
    found: dict[str, Any] = {"unit": slug}
    found |= {name: form[name].strip() for name in ("name", "kind", "language") if form[name].strip()}
    found["steps"] = [_step(form, name) for name in _ASKING if form[f"{name}_on"]] + [_step(form, "done")]
    if countries := _codes(form["countries"]):
        found["countries"] = countries
    for group in ("confirm", "show", "theme", "abuse"):
        if part := _group(form, group):
            found[group] = part
    return found


def _step(form: Mapping[str, str], name: str) -> dict[str, Any]:
    step: dict[str, Any] = {"step": name}
    for field in _FIELDS[name]:
        value = form[f"{name}_{field}"].replace("\r\n", "\n").strip()
        # a title that is missing is an error at its place, not a default; but for the thanks
        if value or (field == "title" and name != "done"):
            step[field] = "" if (field, value) == ("skip", NONE) else value
    if name in {"email", "phone"}:
        words = " ".join(form[f"{name}_consent"].split())
        step["consent"] = {"text": words, "box": form[f"{name}_consent_box"] == "yes"}
    if name == "phone" and form["phone_carts"]:
        step["purposes"] = ["marketing", "cart"]
    return step


_FIELDS = {
    "email": [name for name in EmailStep.model_fields if name not in {"step", "consent"}],
    "phone": [name for name in PhoneStep.model_fields if name not in {"step", "consent", "purposes"}],
    "preference": [name for name in PreferenceStep.model_fields if name != "step"],
    "done": ["title", "text", "coupon", "offer", "when", "button", "url"],
}


def _group(form: Mapping[str, str], group: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in type(Unit.model_fields[group].default).model_fields:
        value = form[f"{group}_{name}"].strip()
        if name in _TICKS:
            found[name] = value == "yes"
        elif name in _LISTS:
            found[name] = value.split()
        elif name in _COUNTRIES:
            found[name] = _codes(value)
        elif value:
            found[name] = int(value) if value.isdigit() and name in _NUMBERS else value
    return {name: value for name, value in found.items() if value not in ([], False)}


_NUMBERS = {"visits", "most", "radius", "per_network", "per_address", "work"}


def _codes(value: str) -> list[str]:
    return list(dict.fromkeys(value.upper().replace(",", " ").split()))


def as_file(definition: Mapping[str, Any]) -> str:
    """The definition as the YAML that stands in the version."""
    yaml = YAML()
    yaml.width = 110
    out = io.StringIO()
    yaml.dump(dict(definition), out)
    return out.getvalue()


def errors_of(problems: Sequence[Problem], definition: Mapping[str, Any]) -> dict[str, list[str]]:
    """Field → what is wrong there; '' for what belongs to none."""
    steps = [step["step"] for step in definition["steps"]]
    found: dict[str, list[str]] = {}
    for one in problems:
        parts = one.where.split(".")
        if parts[0] == "steps" and len(parts) > 2:
            field = f"{steps[int(parts[1])]}_{parts[2]}"
        elif parts[0] == "steps":
            field = f"{steps[int(parts[1])]}_on" if len(parts) > 1 else ""
        elif parts[0] in {"confirm", "show", "theme", "abuse"}:
            field = f"{parts[0]}_{parts[1]}" if len(parts) > 1 else f"{parts[0]}_pages"
        else:
            field = parts[0]
        found.setdefault(field, []).append(f"{one.what[:1].upper()}{one.what[1:]} {one.hint}".strip())
    return found
