"""Forms: an error stands at its field, and what was typed stays."""

from pydantic import ValidationError

from antiphon.kit.faults import fault, own_words

_PLAIN = {
    "string_too_short": "Fill this in.",
    "missing": "Fill this in.",
}


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
