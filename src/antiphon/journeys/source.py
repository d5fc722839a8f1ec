"""Journey files: YAML in, a checked journey or problems with line numbers out."""

from antiphon.journeys.check import check, check_parts
from antiphon.journeys.models import Journey
from antiphon.kit.definitions import DocumentError, Kind


class JourneyError(DocumentError):
    """A journey that cannot be used, with everything that is wrong with it."""


_KIND = Kind(
    "journey",
    "Start with `journey: its-name`, `name:`, `trigger:` and `steps:`.",
    Journey,
    check,
    JourneyError,
    check_parts,
)

examine, read_journey, placed = _KIND.examine, _KIND.read, _KIND.placed
