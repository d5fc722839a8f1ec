"""What an import came to, in sentences. Pure."""

from collections import Counter
from collections.abc import Iterator

_CHANNELS = {"email": "by email", "sms": "by text"}
#: In the plural and in the singular.
_KINDS = {
    "subscribed": ("may be written to {how}", "may be written to {how}"),
    "claimed": (
        "are said to have agreed {how}, without evidence: they wait until they confirm it",
        "is said to have agreed {how}, without evidence: they wait until they confirm it",
    ),
    "pending": ("have not confirmed yet {how}", "has not confirmed yet {how}"),
    "unsubscribed": ("have opted out {how}", "has opted out {how}"),
    "suppressed": (
        "are suppressed {how}: their addresses bounced or they complained",
        "is suppressed {how}: their address bounced or they complained",
    ),
}


def sentences(counts: Counter[str], *, over: bool = False) -> Iterator[str]:
    """One for each kind of row that there is, the most important first. ``over``: they came in already."""
    n = counts["people"]
    if over:
        yield f"{n:,} {'person' if n == 1 else 'people'} came in"
    else:
        yield "1 person comes in" if n == 1 else f"{n:,} people come in"
    for channel, how in _CHANNELS.items():
        for kind, words in _KINDS.items():
            if n := counts[f"{channel} {kind}"]:
                yield f"{n:,} {words[n == 1].format(how=how)}"
    if n := counts["partly"]:
        yield f"{n:,} of them not as they stand: a part of the row cannot be used"
    if n := counts["rejected"]:
        verb = ("was" if n == 1 else "were") if over else ("is" if n == 1 else "are")
        yield f"{n:,} {'row' if n == 1 else 'rows'} {verb} refused"
