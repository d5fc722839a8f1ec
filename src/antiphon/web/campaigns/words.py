"""What campaigns are and say, in words."""

import re

from antiphon.campaigns.tally import WORTH
from antiphon.kit.problems import Problem
from antiphon.web.words import CHANNELS, Look, rule_words

STATES: dict[str, Look] = {
    "draft": Look("Draft", "circle-dot", "quiet"),
    "failed": Look("Cannot be launched", "circle-alert", "bad"),
    "reviewed": Look("Reviewed", "check", "plain"),
    "waiting": Look("Scheduled", "calendar", "plain"),
    "planning": Look("Being planned", "hourglass", "plain"),
    "sending": Look("Sending", "send", "good"),
    "held": Look("Held", "circle-alert", "bad"),
    "paused": Look("Paused", "circle-pause", "wait"),
    "done": Look("Done", "circle-check", "good"),
    "cancelled": Look("Cancelled", "x", "quiet"),
}

#: Why nothing is written, beside the rules that messages know as well.
_BARS = {
    WORTH: "not worth what it costs",
    "hours_and_spacing": "no moment is left between quiet hours and other messages",
    "unengaged": "do not answer any more",
    "excluded": "left out by the campaign",
    "address_taken": "somebody at the same address gets it, or they were erased since",
}

_NAMED = re.compile(r"^`[^`]+`:? ")


def barred(key: str) -> str:
    """What bars somebody, as the review and the progress count it: ``email: consent.missing; sms: address.missing``."""
    parts = [part.partition(": ") for part in key.split("; ")]
    told = [
        (CHANNELS[channel].words if channel in CHANNELS else "", _bar(rule or channel)) for channel, _, rule in parts
    ]
    if len({words for _, words in told}) == 1:
        return told[0][1][:1].upper() + told[0][1][1:]
    return "; ".join(f"{channel}: {words}" for channel, words in told)


def _bar(rule: str) -> str:
    return _BARS.get(rule) or rule_words(rule)


def said(problem: Problem) -> str:
    """A problem of a file as it is said at its field: without the name that stands above it."""
    what = problem.what.removeprefix("the file: ")
    if (named := _NAMED.match(what)) is not None:
        rest = what[named.end() :]
        what = rest if named[0].endswith(": ") else f"this {rest}"
    return f"{what[:1].upper()}{what[1:]} {problem.hint}".strip()
