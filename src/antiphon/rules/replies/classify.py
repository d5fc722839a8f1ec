"""What a text that comes back means: STOP in any wording, START, HELP, YES, or a conversation.

47 CFR 64.1200(a)(10) lists words that revoke consent by themselves and makes every other reasonable wording count. So a
text that can be read as an opt-out is one; where that is not plain, it is listed for a human, who can undo it with the
person. The lists are data (``keywords.toml``, ``phrases.toml``) with a source for every row; docs/rules.md explains them.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from antiphon.rules.replies import keywords, phrases, quoted
from antiphon.rules.replies.data import table
from antiphon.rules.replies.fold import latin, normalise, spelt_out
from antiphon.rules.replies.models import Reply
from antiphon.rules.replies.typos import meant, parted

#: Misspellings are only looked for in texts of so many words, and alone decide in texts of so few.
_SHORT, _VERY_SHORT = 8, 3
#: Digits and signs are only read as letters in texts of so many characters.
_SHORT_TEXT = 200

_CONVERSATION = Reply("none", sure=True, rule="conversation")


def classify(text: str) -> Reply:
    """What ``text`` asks for. Any string has an answer; time grows linearly with its length."""
    own = quoted.own_words(text)
    readings = list(_readings(own))
    # a bare keyword in any reading comes before what the first looks like
    exact = map(keywords.whole, map(normalise, readings))
    found = next(filter(None, chain(exact, map(_read, readings))), None)
    return found or _disguised(own) or _quotation(text, own) or _CONVERSATION


def _readings(text: str) -> Iterator[str]:
    """The text as it stands, and with letters of other scripts that look like Latin ones."""
    yield text
    if not text.isascii() and (other := latin(text)) != text:
        yield other


def _read(raw: str) -> Reply | None:
    words = normalise(raw)
    if not words:
        return _sign(raw)
    found = _insisted(words) or _sentence(raw) or _phrase(phrases.without_innocent(words)) or _misspelt(words)
    if found is not None and found.sure and phrases.find("delight", words):
        return replace(found, sure=False)
    return found


def _insisted(words: str) -> Reply | None:
    rule = phrases.find("insist", words)
    return Reply("stop", sure=False, rule=f"phrase.{rule}") if rule else None


def _sentence(raw: str) -> Reply | None:
    pieces = quoted.sentences(raw)
    return next(filter(None, map(keywords.sentence, map(normalise, pieces))), None) if len(pieces) > 1 else None


def _phrase(words: str) -> Reply | None:
    for stage in ("stop", "doubt"):
        if rule := phrases.find(stage, words):
            return Reply("stop", sure=stage == "stop", rule=f"phrase.{rule}")
    if rule := phrases.find("start", words):
        return Reply("start", sure=False, rule=f"phrase.{rule}")
    if rule := phrases.find("help", words):
        return Reply("help", sure=False, rule=f"phrase.{rule}")
    return None


def _misspelt(words: str) -> Reply | None:
    """A short text that opts out once its misspellings are put right."""
    tokens = words.split()
    if len(tokens) > _SHORT:
        return None
    found = Reply("stop", sure=False, rule="misspelt")
    polite = keywords.fillers() if len(tokens) > 1 else frozenset[str]()
    right = [token if token in polite else parted(token) or meant(token) or token for token in tokens]
    if right != tokens:
        mended = " ".join(right)
        left = phrases.without_innocent(mended)
        short = len(tokens) <= _VERY_SHORT and phrases.find("doubt", left)
        if keywords.whole(mended) or phrases.find("stop", left) or short:
            return found
    apart = 1 < len(tokens) <= _VERY_SHORT and not any(len(token) > 2 and meant(token) is None for token in tokens)
    return found if apart and meant("".join(tokens)) else None


def _disguised(raw: str) -> Reply | None:
    """A keyword written with digits and signs for letters."""
    read = spelt_out(raw.strip(" .!?,;:\n\t"))
    if read == raw or len(read) > _SHORT_TEXT or not any(map(str.isalpha, raw)):
        return None
    words = normalise(read)
    found = keywords.whole(words)
    if found is not None and found.intent == "stop":
        return replace(found, sure=False)
    return Reply("stop", sure=False, rule="misspelt") if meant(words.replace(" ", "")) else None


def _sign(raw: str) -> Reply | None:
    """A text of signs only, one of which says stop."""
    if any(sign in raw for sign in table("keywords")["signs"]["stop"]):
        return Reply("stop", sure=False, rule="sign")
    return None


def _quotation(text: str, own: str) -> Reply | None:
    """A text that is all quotation: only a bare keyword in it counts."""
    if any(map(str.isalnum, own)):
        return None
    found = keywords.whole(normalise(text))
    return replace(found, sure=False) if found is not None else None
