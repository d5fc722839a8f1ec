"""Liquid with limits: one environment that escapes for HTML, one for subjects and texts."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from antiphon.kit.errors import AntiphonError

_SIGNS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "EUR": "€", "GBP": "£", "JPY": "¥"}


class TemplateError(AntiphonError):
    """A template that cannot be compiled, or fails on one person's values."""


class _Limited(Environment):
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000
    output_stream_limit = 1_000_000


def money(value: Any, currency: Any = "USD") -> str:
    """``{{ 12.5 | money: "USD" }}`` is $12.50; no currency is dollars, an unknown one stands behind the amount."""
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return str(value)
    currency = str(currency or "") or "USD"
    sign = _SIGNS.get(currency)
    return f"{sign}{amount:,}" if sign else f"{amount:,} {currency}"


def _environment(*, autoescape: bool) -> Environment:
    environment = _Limited(autoescape=autoescape)
    environment.add_filter("money", money)
    return environment


HTML = _environment(autoescape=True)
PLAIN = _environment(autoescape=False)


def parse(environment: Environment, source: str, what: str) -> BoundTemplate:
    """Compile ``source``; ``what`` names it in the error."""
    try:
        template = environment.from_string(source)
    except LiquidError as error:
        raise TemplateError(f"The {what} is not valid Liquid: {error}.", "Check the tags and their ends.") from error
    unknown = sorted(set(template.analyze().filters) - set(environment.filters))
    if unknown:
        raise TemplateError(f"The {what} uses a filter that there is not: {', '.join(unknown)}.", "Check its spelling.")
    return template


def fill(template: BoundTemplate, values: Mapping[str, Any], what: str) -> str:
    """Render for one person; raises :class:`TemplateError` where the template fails on these values."""
    try:
        return template.render(**values)
    except (LiquidError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        # filters call straight into Python, so a person's odd value surfaces as any of these
        raise TemplateError(f"The {what} failed on this person: {type(error).__name__}: {error}.") from error
