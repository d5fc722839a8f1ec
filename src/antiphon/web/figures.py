"""Figures as people read them."""

from decimal import Decimal

Number = int | float | Decimal

_SHORT = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))


def whole(value: Number) -> str:
    """With separators: ``12,480``."""
    return f"{value:,.0f}"


def number(value: Number) -> str:
    """Up to 10,000 in full, beyond that shortened to three digits: ``12.5k``."""
    if abs(float(value)) < 10_000:
        return whole(value)
    for size, unit in _SHORT:
        if abs(float(value)) >= size:
            scaled = float(value) / size
            return f"{scaled:.{0 if abs(scaled) >= 100 else 1}f}{unit}"
    raise AssertionError(value)  # unreachable: the last size is below 10,000


def money(value: Number, currency: str = "USD") -> str:
    """With cents, whatever the amount, shortened where other numbers are: ``$46.50``, ``$1,240.00``, ``$12.5k``."""
    sign = {"USD": "$", "EUR": "€", "GBP": "£"}.get(currency, f"{currency} ")
    size = abs(float(value))
    amount = number(size) if size >= 10_000 else f"{size:,.2f}"
    return f"{'−' if value < 0 else ''}{sign}{amount}"


def percent(part: float, of: float) -> str:
    """A share in words; a dash where there is nothing to share."""
    if not of:
        return "–"
    share = 100 * part / of
    return f"{share:.1f}%" if 0 < share < 10 else f"{share:.0f}%"


def change(now: float, before: float) -> str:
    """Against the previous period: ``+12%`` or ``as before``; nothing where there was nothing."""
    if not before:
        return ""
    share = round(100 * (now - before) / before)
    return f"{share:+}%".replace("-", "−") if share else "as before"


def spark(values: list[float], top: float, width: int = 96, height: int = 24) -> str:
    """The points of a line in a box, zero at the bottom and ``top`` at the top."""
    step = width / max(1, len(values) - 1)
    return " ".join(
        f"{i * step:.1f},{height - 1 - (height - 2) * value / (top or 1):.1f}" for i, value in enumerate(values)
    )


def mask(value: str) -> str:
    """An address of which only its kind can be told: the first letter and the domain, or the last two digits."""
    name, at, domain = value.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{value[-2:]}"
