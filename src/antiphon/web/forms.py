"""Forms: an error stands at its field, and what was typed stays."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from antiphon.kit.faults import fault, own_words
from antiphon.web.guard import Posted

_PLAIN = {
    "string_too_short": "Fill this in.",
    "missing": "Fill this in.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A form as a page shows it: its fields, and by field what is wrong with what was typed."""

    fields: Posted = field(default_factory=Posted)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Of the page's answer."""
        return 422 if self.errors else 200


def errors_of(error: ValidationError) -> dict[str, str]:
    """Field → what is wrong with it, in plain words."""
    found: dict[str, str] = {}
    for item in error.errors():
        field = str(item["loc"][0]) if item["loc"] else ""
        shortest = item.get("ctx", {}).get("min_length", 1)
        if item["type"] == "string_too_short" and shortest > 1:
            words = f"At least {shortest} characters."
        else:
            words = _PLAIN.get(item["type"]) or own_words(item) or f"This {fault(item)}."
        found.setdefault(field, words)
    return found
