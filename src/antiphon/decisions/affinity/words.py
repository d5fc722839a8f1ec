"""How sure it is which channel somebody answers more, in words."""

from dataclasses import dataclass

from antiphon.decisions.models import CHANNELS, EMAIL, SMS

#: From which probability on what is said.
_SURE = ((0.95, "almost certainly"), (0.8, "probably"), (0.65, "rather"))
_NOUNS = {EMAIL: "emails", SMS: "texts"}


@dataclass(frozen=True, slots=True)
class Leaning:
    """Towards which channel, how likely that is, and in words."""

    channel: str
    sure: float
    words: str


def leaning(text: float) -> Leaning:
    """Of somebody who answers texts more often than emails with the probability ``text``."""
    channel = SMS if text > 0.5 else EMAIL
    sure = max(text, 1 - text)
    for least, how in _SURE:
        if sure >= least:
            return Leaning(CHANNELS[channel], sure, f"{how} answers {_NOUNS[channel]} more often")
    return Leaning(CHANNELS[channel], sure, "cannot be told apart: answers emails and texts about as often")
