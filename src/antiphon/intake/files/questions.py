"""What only the shop knows, and an import would be read better for: each with what to say, here and on the command line. Pure."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from antiphon.intake.files import fields
from antiphon.intake.files.models import Mapping

_LIKE_CONSENT = re.compile(r"consent|opt(ed)?(in|out)|subscri|newsletter|gdpr|permission|agreed|unsub|suppress|donot")
_GENERIC = re.compile(r"(?!.*(mail|sms|text|phone))")
_OUT = re.compile(r"(opt(ed)?out|unsub|suppress|donot)")
_TIMED = re.compile(r"(at|date|time|timestamp|on|when)$")


@dataclass(frozen=True, slots=True)
class Question:
    """``option``: what the command line is told; ``where``: the place on the page."""

    what: str
    option: str
    where: str


def questions(mapping: Mapping, counts: Counter[str]) -> Iterator[Question]:
    """Those that a file leaves open, the gravest first."""
    taken = set(mapping.columns.values()) | set(mapping.defaults)
    for column, field in mapping.columns.items():
        name = fields.plain(column)
        likely = _likely(name, taken)
        if fields.trait(field) and _LIKE_CONSENT.search(name) and likely not in taken:
            yield Question(
                f"“{column}” is kept as a trait and says nothing of consent. Does it say who agreed, or left?",
                f"--map {shlex.quote(f'{column}={likely}')}",
                "Choose what it is under Columns.",
            )
        elif field == "email.state" and "phone" in taken and "sms.state" not in taken and _GENERIC.match(name):
            yield Question(
                f"“{column}” is taken for consent by email only. Is it meant for texts instead?",
                f"--map {shlex.quote(f'{column}=sms.state')}",
                "Choose what it is under Columns.",
            )
    for channel, how in (("email", "by email"), ("sms", "by text")):
        if counts[f"{channel} timed"]:
            yield Question(
                f"When they agreed {how} is known, and how is not. Was it one way for all of them?",
                f"--set {channel}.method=checkout",
                "Say it under “Evidence that holds for every row”.",
            )
        elif counts[f"{channel} claimed"]:
            yield Question(
                f"When or how they agreed {how} is not known. Do you know it of all of them?",
                f"--set {channel}.at=2024-05-01 --set {channel}.method=checkout",
                "Say it under “Evidence that holds for every row”.",
            )
    if n := counts["unclear"]:
        yield Question(
            f"Dates like 03/04/2025 can be read in two ways in {n:,} {'row' if n == 1 else 'rows'}. They are taken as the "
            "earlier day, and of opt-outs the later one. Which comes first, day or month?",
            "--dates day, or --dates month",
            "Say it beside “Dates like 03/04/2025”.",
        )


def _likely(name: str, taken: set[str]) -> str:
    channel = "sms" if re.search("sms|text|phone|mobile", name) or not taken & {"email"} else "email"
    if _TIMED.search(name):
        return f"{channel}.out_at" if _OUT.search(name) else f"{channel}.at"
    return f"{channel}.suppressed" if _OUT.search(name) else f"{channel}.state"
