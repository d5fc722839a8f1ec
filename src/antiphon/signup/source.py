"""Unit files: YAML in, a checked unit or problems with line numbers out."""

from antiphon.kit.definitions import DocumentError, Kind
from antiphon.signup.check import check
from antiphon.signup.models import Unit


class UnitError(DocumentError):
    """A unit that cannot be used, with everything that is wrong with it."""


_KIND = Kind("unit", "Start with `unit: its-name`, `name:`, `kind:` and `steps:`.", Unit, check, UnitError)

examine, read_unit = _KIND.examine, _KIND.read
