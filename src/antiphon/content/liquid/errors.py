"""What templates fail with."""

from liquid.exceptions import LiquidError

from antiphon.kit.errors import AntiphonError


class TemplateError(AntiphonError):
    """A template that cannot be compiled, or fails on one person's values."""


class UnsupportedError(Exception):
    """A template holds what the compiler does not cover; python-liquid renders it."""


class AbortError(Exception):
    """Compiled code came near a limit, or upon values it does not cover; python-liquid renders for this person."""


#: What a person's odd value surfaces as: filters call straight into Python.
FAILURES = (LiquidError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError)
