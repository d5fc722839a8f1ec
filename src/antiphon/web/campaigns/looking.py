"""What a campaign's form comes to while it is filled in: how many people, what a text costs, when it would go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from antiphon.audiences.check import ConditionError
from antiphon.audiences.models import Condition
from antiphon.audiences.segments.count import Counted, TooSlowError, count
from antiphon.campaigns.check import completed
from antiphon.campaigns.kept import find
from antiphon.campaigns.models import Campaign
from antiphon.campaigns.source import examine, placed
from antiphon.campaigns.windows import Times, times
from antiphon.content.bound import upper_bound
from antiphon.decisions.settings import brand_settings
from antiphon.kit.definitions import errors_of
from antiphon.kit.documents import UnreadableError, load, plain
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.problems import Problem
from antiphon.web.campaigns import forms, queries

_CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)


@dataclass(frozen=True, slots=True)
class Look:
    """``people``: meant as of now, without those whom the campaign leaves out. ``segments`` of the text, ``back`` of that to
    those who do not answer any more, at ``price`` each. ``errors`` of fields that are filled, by field."""

    people: Counted | None
    window: Times | None
    segments: int
    back: int
    price: float
    errors: Mapping[str, str]


def look(connection: Connection, values: Mapping[str, str], base: str, zone: int, now: datetime) -> Look:
    """``base``: the file that the form began from, empty where there was none."""
    source = forms.file_of(values, base, zone)
    campaign, problems = examine(source)
    window = None
    if campaign is not None:
        problems = [*problems, *lacking(connection, campaign, source, now)]
        try:
            window = times_of(connection, campaign, now)
        except AntiphonError:
            window = None  # said at its field
    told = forms.at_fields(errors_of(problems))
    return Look(
        _people(connection, values, base, now),
        window,
        _segments(values["sms"]),
        _segments(values["back_sms"]),
        brand_settings(connection.execute(queries.BRAND).one().settings).segment_price(None),
        {field: said for field, said in told.items() if values.get(field, "").strip()},
    )


def _segments(text: str) -> int:
    return upper_bound(text) if text.strip() else 0


def lacking(connection: Connection, campaign: Campaign, source: str, now: datetime) -> list[Problem]:
    """What this installation lacks for it, and a window that is past."""
    found = placed(source, completed(connection, campaign)[1])
    try:
        times_of(connection, campaign, now)
    except AntiphonError as error:
        found.append(Problem("window", error.what, error.hint))
    return found


def times_of(connection: Connection, campaign: Campaign, now: datetime) -> Times:
    """When it would go out, launched now. That the one it follows was never launched is said at the review."""
    closes = None
    if campaign.retarget is not None:
        try:
            closes = find(connection, campaign.retarget.campaign).row.closes_at
        except NotFoundError:
            closes = None
    return times(campaign, connection.execute(queries.BRAND).one().zone, now, closes)


def _people(connection: Connection, values: Mapping[str, str], base: str, now: datetime) -> Counted | None:
    """``None`` where it is not said yet who is meant, or where it cannot be counted in time."""
    meant = _condition(values["audience"], base, "audience")
    if values["who"] == "followed" or meant is None:
        return None
    excluded = _condition(values["exclude"], base, "exclude")
    parts = [meant, {"kind": "not", "of": excluded}] if excluded else [meant]
    try:
        return count(connection, _CONDITION.validate_python({"kind": "all", "of": parts}), now, monotonic, budget=1.0)
    except (TooSlowError, ConditionError, ValidationError):
        return None


def _condition(written: str, base: str, name: str) -> Any:
    if written != forms.OWN:
        return {"kind": "segment", "segment": written} if written else None
    try:
        return plain(load(base, "campaign", "")).get(name)
    except UnreadableError:
        return None
