"""What the law says of one marketing text to one number at one instant: the rules by themselves, no brand's settings."""

from dataclasses import dataclass
from datetime import datetime

from antiphon.rules.area import laws_of, zones_in, zones_of
from antiphon.rules.quiet import LAW_ALONE, VERSION, allowed, barring, next_allowed

_KIND = ("sms", "marketing")


@dataclass(frozen=True, slots=True)
class TextHours:
    """The answer, with what it was made from.

    Attributes:
        allowed: whether a text may leave at the instant.
        next: the first instant at or after it at which one may; ``None`` when there is none within 8 days.
        zones: ids of ``kit.zones``: the number's, and those of the places that are known besides.
        laws: ids of ``laws.data`` that hold.
        barred_by: those of them that bar the instant.
        version: of the laws.

    """

    allowed: bool
    next: datetime | None
    zones: tuple[int, ...]
    laws: tuple[str, ...]
    barred_by: tuple[str, ...]
    version: str


def text_hours(phone: str, at: datetime, places: tuple[str, ...] = ()) -> TextHours:
    """Whether a marketing text may go to ``phone`` (E.164) at ``at`` (aware).

    ``places`` (ISO 3166-2) are where the person may be besides: a shipping or billing state. A text is allowed only if
    it is in every zone of the number and of the places, under every law of them.
    """
    zones = tuple(dict.fromkeys((*zones_of(phone), *zones_in(places))))
    laws = laws_of(phone, places)
    return TextHours(
        allowed=allowed(*_KIND, zones, at, LAW_ALONE, laws),
        next=next_allowed(*_KIND, zones, at, LAW_ALONE, laws),
        zones=zones,
        laws=laws,
        barred_by=barring(*_KIND, zones, at, laws),
        version=VERSION,
    )
