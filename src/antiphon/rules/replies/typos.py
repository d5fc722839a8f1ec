"""Misspellings of the words that opt out, and words that were run together."""

import re
from functools import cache, lru_cache

from antiphon.rules.replies.data import table

_LONGEST, _LONGEST_RUN = 16, 40


@cache
def _never() -> frozenset[str]:
    return frozenset(table("keywords")["typos"]["never"])


@lru_cache(maxsize=4096)
def meant(word: str) -> str | None:
    """The keyword that ``word`` (normalised) may be a misspelling of; None for a word of its own.

    One slip (a letter wrong, missing, doubled, or two swapped) in up to seven letters, two in longer words; digits at
    the end do not count.
    """
    letters = word.rstrip("0123456789")
    if not 3 <= len(letters) <= _LONGEST or letters in _never() or not letters.isalpha():
        return None
    for keyword in table("keywords")["typos"]["of"]:
        if slips(letters, keyword) <= (1 if len(keyword) < 8 else 2):
            return str(keyword)
    return None


def slips(one: str, other: str) -> int:
    """The edit distance in which swapping two neighbours counts once (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


@cache
def _vocabulary() -> frozenset[str]:
    """The words that people run together: those of keywords, politeness and the classes of phrases."""
    keywords, classes = table("keywords"), table("phrases")["classes"]
    rows = [
        word
        for row in keywords["keyword"]
        if row["intent"] == "stop" and row["lang"] != "other"
        for word in row["words"]
    ]
    rows += keywords["fillers"]["words"] + [
        words for name in ("me", "texts", "these", "sending") for words in classes[name]
    ]
    return frozenset(word for row in rows for word in row.split() if len(word) > 1)


@lru_cache(maxsize=4096)
def parted(word: str) -> str | None:
    """The words that ``word`` (normalised) is made of, one of them a keyword; None where it is not."""
    if not 6 <= len(word) <= _LONGEST_RUN or word in _vocabulary() or not _PART.search(word):
        return None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            head = best[start]
            if (
                head is not None
                and word[start:end] in _vocabulary()
                and (not best[end] or len(head) < len(best[end] or ()))
            ):
                best[end] = (*head, word[start:end])
    found = best[-1]
    return " ".join(found) if found else None


_PART = re.compile(
    r"stop|quit|cancel|subscri|unsub|optout|remove|delete|leave|wrong|text|messag|arret|baja|parar|desabo|mas"
)
