"""The form of an offer, and what it says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from antiphon.catalogue.offers.models import Offer
from antiphon.kit.errors import AntiphonError
from antiphon.kit.zones import instant_of, local

FIELDS = (
    "name", "title", "kind", "code", "steps", "starts_at", "ends_at", "valid_days", "remind_days", "min_order", "currency",
    "low_at",
)  # fmt: skip


def typed(one: Offer | None, zone: int) -> dict[str, str]:
    """An offer as its form shows it; instants by the clock of the brand."""
    if one is None:
        return dict.fromkeys(FIELDS, "") | {"kind": "pool", "low_at": "100"}
    values: dict[str, Any] = {name: getattr(one, name) for name in FIELDS}
    return {name: _shown(value, zone) for name, value in values.items()}


def _shown(value: Any, zone: int) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return local(zone, value).strftime("%Y-%m-%dT%H:%M")
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def draft_of(form: Mapping[str, str], zone: int) -> dict[str, Any]:
    """The values of a form, for ``managing.checked``; what its kind has no use for is left out."""
    given: dict[str, Any] = {name: (form.get(name) or "").strip() for name in FIELDS}
    given["steps"] = [part for part in given["steps"].replace(",", " ").split() if given["kind"] == "steps"]
    if given["kind"] != "static":
        given["code"] = ""
    given["currency"] = given["currency"].upper()
    for name in ("starts_at", "ends_at"):
        given[name] = _instant(given[name], zone) if given[name] else None
    return {name: value for name, value in given.items() if value not in ("", None)}


def _instant(words: str, zone: int) -> datetime:
    try:
        return instant_of(zone, datetime.fromisoformat(words).replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise AntiphonError(f"{words[:40]!r} is no date.", "Write it as 2026-11-30T09:00.") from None
