"""What a model refuses, in words: the library's own speak of inputs and schemas."""

from typing import Any

from pydantic_core import ErrorDetails

_SHAPES = {
    "string": "text",
    "list": "a list",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "model": "a mapping of names to values",
    "dict": "a mapping of names to values",
}
_LIMITS = {
    "missing": "is missing",
    "extra_forbidden": "is unknown here",
    "literal_error": "must be {expected}",
    "string_too_short": "is shorter than {min_length} characters",
    "string_too_long": "is longer than {max_length:,} characters",
    "too_short": "holds fewer than {min_length}",
    "too_long": "holds more than {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a number",
}


def shape(error: ErrorDetails) -> str | None:
    """What a value must be, such as ``a whole number``; ``None`` where the fault is another than its shape."""
    base, _, fault = error["type"].partition("_")
    return _SHAPES.get(base) if fault in {"type", "parsing", "from_float", "attributes_type"} else None


def fault(error: ErrorDetails) -> str:
    """What is wrong, to be said behind the name of the thing: ``must be a whole number``."""
    if must_be := shape(error):
        return f"must be {must_be}"
    limits: dict[str, Any] = error.get("ctx", {})
    if limits.get("min_length") == 1:
        return "is empty"
    return _LIMITS.get(error["type"], "is not written as it must be").format(**limits)


def own_words(error: ErrorDetails) -> str:
    """The sentence of a check of our own; empty where the fault is another."""
    return error["msg"].removeprefix("Value error, ") if error["type"] == "value_error" else ""
