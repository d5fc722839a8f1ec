"""The words of ``keywords.toml``, however they are typed: with politeness around them, apart, together, doubled."""

from dataclasses import dataclass
from functools import cache

from antiphon.rules.replies.data import table
from antiphon.rules.replies.models import Intent, Reply

#: The longest text, in words, that is looked at as keywords and politeness.
_WORDS = 12


@dataclass(frozen=True, slots=True)
class Keyword:
    """A row's word: what it asks for, and whether it counts as one sentence among others."""

    intent: Intent
    sure: bool
    sentence: bool
    rule: str


@cache
def _keywords() -> dict[str, Keyword]:
    found: dict[str, Keyword] = {}
    for row in table("keywords")["keyword"]:
        for word in row["words"]:
            rule = f"keyword.{row['lang']}.{word.replace(' ', '_')}"
            found.setdefault(word, Keyword(row["intent"], row["sure"], row.get("sentence", False), rule))
    return found


@cache
def _together() -> dict[str, Keyword]:
    """Keywords without the spaces in them, of three letters and more."""
    found: dict[str, Keyword] = {}
    for word, keyword in _keywords().items():
        found.setdefault(word.replace(" ", ""), keyword)
    return {word: keyword for word, keyword in found.items() if len(word) >= 3}


@cache
def _single() -> dict[str, Keyword]:
    """Keywords that may be typed with doubled letters, by what is left when every letter stands once."""
    words = [*table("keywords")["typos"]["of"], "start", "unstop", "help", "yes"]
    return {_once(word): _keywords()[word] for word in words if word in _keywords()}


@cache
def fillers() -> frozenset[str]:
    """Words of politeness."""
    return frozenset(table("keywords")["fillers"]["words"])


def _once(word: str) -> str:
    return "".join(letter for letter, before in zip(word, f" {word}", strict=False) if letter != before)


def whole(words: str) -> Reply | None:
    """What a normalised text means that is a keyword and nothing else but politeness."""
    tokens = words.split()
    if not tokens or len(tokens) > _WORDS:
        return None
    if found := _keywords().get(words):
        return Reply(found.intent, found.sure, found.rule)
    core = [token for token in tokens if token not in fillers()]
    if found := _keywords().get(" ".join(core)):
        return Reply(found.intent, found.sure and found.intent != "yes", found.rule)
    named = [_keywords().get(token) for token in core]
    if core and all(one is not None and one.intent == "stop" and one.sure for one in named):
        return Reply("stop", True, named[0].rule if named[0] else "")
    return _joined(tokens) or _joined([token for token in tokens if len(token) == 1 or token not in fillers()])


def _joined(tokens: list[str]) -> Reply | None:
    """A keyword whose letters stand apart or whose words stand together, or that has a letter doubled."""
    together = "".join(tokens)
    if found := _together().get(together):
        apart = all(len(token) == 1 for token in tokens)
        return Reply(found.intent, found.sure and (found.intent == "stop" or apart), found.rule)
    found = _single().get(_once(together)) if len(tokens) == 1 or all(len(token) <= 2 for token in tokens) else None
    return Reply(found.intent, False, found.rule) if found else None


def sentence(words: str) -> Reply | None:
    """What one sentence of a longer text means; only words that opt out in any company count."""
    tokens = [token for token in words.split() if token not in fillers()]
    found = _keywords().get(words) or _keywords().get(" ".join(tokens))
    if found is not None and found.intent == "stop" and found.sentence:
        return Reply("stop", found.sure, found.rule)
    return None
