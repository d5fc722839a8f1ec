"""The patterns of ``phrases.toml``: compiled once, found by the word that they begin with, in linear time."""

import re
from collections.abc import Iterator
from functools import cache

from antiphon.rules.replies.data import table

#: Patterns are matched where a word begins; every word is followed by one space.
_ANY = r"(?:[^ ]+ ){0,4}?"

#: Stands for what was innocent; no pattern has it.
MASK = "_"


class Pattern:
    """One row: its id, and the words that it may begin with (none: anywhere, by ``^``)."""

    __slots__ = ("first", "id", "matcher")

    def __init__(self, rule: str, row: str) -> None:
        self.id = rule
        parts = row.split()
        if parts[0] == "^":
            self.first = frozenset({"^"})
            parts = parts[1:]
        elif parts[0] == ".." or parts[0].endswith("?"):
            raise ValueError(f"{rule}: {row!r} begins with what may be missing; write two rows")
        else:
            self.first = frozenset(words.split()[0] for words in _words(parts[0]))
        self.matcher = re.compile("".join(map(_compiled, parts)))


def _words(part: str) -> list[str]:
    """The alternatives of a part, each one or more words."""
    found: list[str] = []
    for each in part.rstrip("?").split("|"):
        found += table("phrases")["classes"][each[1:-1]] if each.startswith("{") else [each.replace("_", " ")]
    return found


def _compiled(part: str) -> str:
    if part == "..":
        return _ANY
    # longer ones first, so that "these texts" is not cut after "these"
    rows = sorted(_words(part), key=len, reverse=True)
    either = "|".join("$" if words == "$" else re.escape(words) + " " for words in rows)
    return f"(?:{either})" + ("?" if part.endswith("?") else "")


@cache
def _patterns(stage: str) -> dict[str, tuple[Pattern, ...]]:
    """The patterns of a stage by the words that they may begin with."""
    found: dict[str, list[Pattern]] = {}
    for phrase in table("phrases")["phrase"]:
        if phrase["stage"] == stage:
            for pattern in (Pattern(phrase["id"], row) for row in phrase["say"]):
                for word in pattern.first:
                    found.setdefault(word, []).append(pattern)
    return {word: tuple(patterns) for word, patterns in found.items()}


def _matches(stage: str, words: str) -> Iterator[tuple[str, int, int]]:
    """Id, start and end of what the patterns of a stage find in ``words`` (each followed by a space)."""
    by_word = _patterns(stage)
    candidates, at = by_word.get("^", ()), 0
    for word in words.split(" "):
        candidates += by_word.get(word, ())
        for pattern in candidates:
            if found := pattern.matcher.match(words, at):
                yield pattern.id, at, found.end()
        candidates = ()
        at += len(word) + 1


def find(stage: str, words: str) -> str | None:
    """The id of the first pattern of a stage that is found in a normalised text."""
    return next((rule for rule, _, _ in _matches(stage, f"{words} ")), None)


def without_innocent(words: str) -> str:
    """A normalised text with what is plainly conversation taken out."""
    spans = sorted((start, end) for _, start, end in _matches("innocent", f"{words} "))
    kept, at = [], 0
    for start, end in spans:
        if start > at:
            kept += [words[at:start].rstrip(), MASK]
        elif not kept:
            kept.append(MASK)
        at = max(at, end)
    return " ".join([*kept, words[at:]]).strip()
