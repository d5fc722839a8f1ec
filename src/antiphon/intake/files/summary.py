"""What an import came to, in sentences. Pure."""

from collections import Counter
from collections.abc import Iterator

_CHANNELS = {"email": "by email", "sms": "by text"}
#: In the plural and in the singular.
_KINDS = {
    "subscribed": ("may be written to {how}", "may be written to {how}"),
    "timed": (
        "are said to have agreed {how} at a known time, in an unknown way: they wait until they confirm it",
        "is said to have agreed {how} at a known time, in an unknown way: they wait until they confirm it",
    ),
    "claimed": (
        "are said to have agreed {how}, without evidence: they wait until they confirm it",
        "is said to have agreed {how}, without evidence: they wait until they confirm it",
    ),
    "pending": ("have not confirmed yet {how}", "has not confirmed yet {how}"),
    "never": (
        "have not agreed {how}: neither a consent nor an opt-out is recorded",
        "has not agreed {how}: neither a consent nor an opt-out is recorded",
    ),
    "barred": (
        "opted out here already {how}; the opt-in does not count",
        "opted out here already {how}; the opt-in does not count",
    ),
    "dead": (
        "are suppressed here already {how}, for a bounce or a complaint; the opt-in does not count",
        "is suppressed here already {how}, for a bounce or a complaint; the opt-in does not count",
    ),
    "erased": (
        "were erased here and stay barred {how}; the opt-in does not count",
        "was erased here and stays barred {how}; the opt-in does not count",
    ),
    "unsubscribed": ("have opted out {how}", "has opted out {how}"),
    "returned": (
        "opted in here again {how} after the opt-out in the file, which does not count",
        "opted in here again {how} after the opt-out in the file, which does not count",
    ),
    "suppressed": (
        "are suppressed {how}: their addresses bounced or they complained",
        "is suppressed {how}: their address bounced or they complained",
    ),
}


def sentences(counts: Counter[str], *, over: bool = False) -> Iterator[str]:
    """One for each kind of outcome that there is, the most important first. ``over``: they came in already.

    People and addresses are counted once however many rows they have; of a file too large for that, rows are.
    """
    rows, n = counts["people"], counts["persons"]
    if n:
        several = "" if n == rows else f", in {rows:,} rows"
        yield f"{n:,} {'person' if n == 1 else 'people'} {_come(n, over=over)}{several}"
    else:
        yield f"{rows:,} {'row' if rows == 1 else 'rows'} {_come(rows, over=over)}"
    for channel, how in _CHANNELS.items():
        for kind, words in _KINDS.items():
            if n := counts[f"{channel} {kind}"]:
                yield f"{n:,} {words[n == 1].format(how=how)}"
    if n := counts["partly"]:
        yield f"{n:,} {'row' if n == 1 else 'rows'} {_come(n, over=over)} without a part that cannot be used"
    if n := counts["rejected"]:
        verb = ("was" if n == 1 else "were") if over else ("is" if n == 1 else "are")
        yield f"{n:,} {'row' if n == 1 else 'rows'} {verb} refused"


def _come(n: int, *, over: bool) -> str:
    return "came in" if over else "comes in" if n == 1 else "come in"
