"""What texts are made of and cost, as data: the alphabet, what stands for signs outside of it, fees, shared shorteners."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The contents of ``name``.toml."""
    file = resources.files("antiphon.rules.texts").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def instead() -> Mapping[int, str]:
    """Smart encoding as ``str.translate`` takes it: code points outside of GSM-7 → what stands for them."""
    return {ord(char): to for to, chars in table("smart")["instead"].items() for char in chars}


@dataclass(frozen=True, slots=True)
class Fee:
    """What a carrier takes per segment, in ``currency``; what it takes of answers is 0 where it takes nothing."""

    country: str
    carrier: str
    sent: float
    received: float


@cache
def fees(country: str) -> tuple[Fee, ...]:
    """The carriers' fees of a country (ISO 3166-1 alpha-2); none where none are known."""
    return tuple(
        Fee(row["country"], row["name"], row["sent"], row.get("received", 0.0))
        for row in table("fees")["carrier"]
        if row["country"] == country
    )


def fees_as_of() -> str:
    """The month of the fees, such as 2026-05."""
    return str(table("fees")["version"])


#: Why, and the way out.
SHORTENED = (
    "Carriers filter texts with shorteners that anybody can use (CTIA, Messaging Principles and Best Practices, 5.3.2). "
    "Write the address itself: it goes out short, on the brand's own domain."
)

_LABEL = re.compile(r"[\w-]+\Z")
_LONGEST_LABEL = 63


@cache
def _tops() -> re.Pattern[str]:
    """The last label of a shortener's domain with something behind it; texts are searched from there, for most hold none."""
    ends = sorted({name.rpartition(".")[2] for name in _shorteners()})
    return re.compile(rf"\.(?:{'|'.join(ends)})(?=[/?])", re.IGNORECASE)


@cache
def _shorteners() -> frozenset[str]:
    return frozenset(table("shorteners")["domains"])


def shared_shortener(text: str) -> str:
    """The first shared shortener that a link in ``text`` goes through, with a scheme or without; empty when there is none.

    Carriers filter what goes through one: CTIA, Messaging Principles and Best Practices, 5.3.2.
    """
    for top in _tops().finditer(text):
        label = _LABEL.search(text[max(0, top.start() - _LONGEST_LABEL) : top.start()])
        if label and (name := f"{label[0]}{top[0]}".lower()) in _shorteners():
            return name
    return ""
