"""What a text that comes back means: the keywords of STOP, START and HELP, and the plainest other words for STOP.

Sources: 47 CFR 64.1200(a)(10) for the words that revoke by themselves; Twilio, Telnyx and AWS for the carriers' lists
(``reference`` table of keyword handling, 2026-11). The same rule of the CFR makes any reasonable wording count, so that
"stop please" must not be taken for conversation; what says it more freely is for a human until the wider grammar reads it.
"""

import re
import unicodedata
from typing import Literal

Meaning = Literal["stop", "start", "yes", "help"]

STOP = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "remove"}
    | {"arret", "td"}  # French, Canada
)
START = frozenset({"start", "unstop"})
#: Only means START when an opt-in waits for it, or the person is opted out; otherwise it answers a question.
YES = frozenset({"yes", "y"})
HELP = frozenset({"help", "info"})

#: Words that ask for an end wherever they stand in a text.
PHRASES = re.compile(
    r"\b(?:please stop|stop please|stop (?:it|this|that|these|them|now|texting|messaging|sending|contacting|the texts?)"
    r"|unsubscribe me|unsub|opt me out|take me off|remove me|leave me alone|no more (?:texts?|messages?)|wrong number)\b"
)

_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def normalise(body: str) -> str:
    """Lower case, without accents, punctuation, emoji and needless spaces."""
    plain = unicodedata.normalize("NFKD", body).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORDS.sub(" ", plain).strip()


def meaning_of(body: str) -> Meaning | None:
    """What a text asks for by keyword; ``None`` for a conversation."""
    words = normalise(body)
    if words in STOP or PHRASES.search(words):
        return "stop"
    if words in START:
        return "start"
    if words in YES:
        return "yes"
    return "help" if words in HELP else None
