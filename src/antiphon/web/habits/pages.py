"""When and where people answer: of the brand as a week of hours, of one person as curves and both channels' rates."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.decisions.affinity import queries as affinity_queries
from antiphon.decisions.affinity import standing as affinity
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.decisions.timing import person as hours
from antiphon.decisions.timing.heat import SHOWN, week
from antiphon.decisions.timing.standing import standing
from antiphon.rules.area import laws_of
from antiphon.web.context import context_of
from antiphon.web.guard import SignedInViewer
from antiphon.web.habits import gains
from antiphon.web.habits.curves import HEIGHT, WIDTH, charts
from antiphon.web.habits.week import MEANINGS, MEASURES
from antiphon.web.habits.week import week as drawn_week
from antiphon.web.people import masking
from antiphon.web.people.models import Profile
from antiphon.web.people.read import alias_of, profile
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False)

_HIGHEST = 2**63 - 1


@router.get("/send-times")
def send_times(request: Request, viewer: SignedInViewer, channel: str = "email", show: str = "rate") -> Response:
    channel = channel if channel in {"email", "sms"} else "email"
    show = show if show in MEASURES else "rate"
    now = context_of(request).clock()
    with page_read(request) as connection:
        counted = week(connection, channel, now)
        timing, model = standing(connection), affinity.standing(connection)
        settings = settings_of(connection)

    def link(**changed: str) -> str:
        return f"/send-times?{urlencode({'channel': channel, 'show': show} | changed)}"

    return page(
        request, "habits/send_times.html", viewer, now=now, channel=channel, show=show, measures=MEASURES,
        meaning=MEANINGS[show], week=drawn_week(counted, show), days=SHOWN.days, link=link, timing=timing,
        own=gains.own_hours(timing), answers=gains.own_hours(timing.get("answers") or {}), model=model,
        by_model=gains.by_model(model), best_hour=settings.best_hour,
    )  # fmt: skip


@router.get("/people/{person}/habits")
def habits(request: Request, viewer: SignedInViewer, person: int) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        person = person if -_HIGHEST <= person <= _HIGHEST else 0
        now_known_as = alias_of(connection, person)
        if now_known_as is not None:
            return RedirectResponse(f"/people/{now_known_as}/habits", status_code=303)
        found = profile(connection, person, viewer.place)
        settings = settings_of(connection)
        # the clock by which what they did is counted
        clock = viewer.place if found.row.zone is None else found.place
        known = hours.of_person(connection, person, now, clock.zone, settings, _laws(found))
        likes = affinity.of_person(connection, person, now)
    if viewer.masked:
        found = masking.profile(found)
    return page(
        request, "habits/person.html", viewer, now=now, clock=clock, person=found, row=found.row, hours=known,
        charts=charts(known), width=WIDTH, height=HEIGHT, likes=likes, best_hour=settings.best_hour,
        scale=max(likes.email.high, likes.sms.high, likes.email.everybody, likes.sms.everybody),
    )  # fmt: skip


def settings_of(connection: Connection) -> BrandSettings:
    return brand_settings(connection.execute(affinity_queries.SETTINGS).scalar_one_or_none() or {})


def _laws(found: Profile) -> tuple[str, ...]:
    """The laws that hold for a text to them, by their number."""
    reach = found.row.reach("sms")
    return laws_of(reach.address) if reach is not None else ()
