"""Laws as people read them: whose they are, what they allow, and where that stands."""

from dataclasses import dataclass
from itertools import groupby

from antiphon.rules.hours import Hours
from antiphon.rules.laws.data import Law, laws
from antiphon.rules.places.data import regions

#: What stands in the place of a law where only the brand's own hours held a text.
BRAND = "brand"

_COUNTRIES = {"US": "United States, federal", "CA": "Canada", "FR": "France", "*": "Every other country"}
_SURE = {
    "law": "read in the law or at its authority",
    "reported": "as several firms report it",
    "unclear": "sources differ; the stricter one",
    "ours": "no law that we know of; our own default",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Named:
    """A law in words. ``sure``: how far it is certain; ``source``: where it stands."""

    id: str
    name: str
    hours: str
    source: str
    sure: str


def named(law_id: str) -> Named:
    """The law of an id that a decision or a message kept; one that is not among the rules any more keeps its id alone."""
    law = laws().get(law_id)
    if law is None:
        return Named(law_id, law_id.upper(), "", "not among the rules any more", "")
    return Named(law.id, _name(law), _hours(law), law.source, _SURE[law.sure])


def _name(law: Law) -> str:
    region = regions().get(law.place)
    return region.names[0] if region else _COUNTRIES.get(law.place, law.place)


def _hours(law: Law) -> str:
    """``Mon–Sat 08:00–20:00, Sun none, holidays none``."""
    told, start = [], 0
    for window, days in groupby(law.week):
        end = start + len(list(days)) - 1
        span = _DAYS[start] if start == end else f"{_DAYS[start]}–{_DAYS[end]}"
        told.append(_window(window) if (start, end) == (0, 6) else f"{span} {_window(window)}")
        start = end + 1
    if law.calendar and law.on_holidays != law.week:
        told.append("holidays none" if not any(law.on_holidays) else "fewer hours on holidays")
    return ", ".join(told)


def _window(window: Hours | None) -> str:
    return str(window).replace("-", "–") if window else "none"
