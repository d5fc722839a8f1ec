"""Quiet hours against an oracle that asks zoneinfo, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from antiphon.kit.zones import zone_id, zone_names
from antiphon.rules.hours import Hours
from antiphon.rules.laws.data import laws, timetable
from antiphon.rules.quiet import LAW_ALONE, QuietSettings, allowed, local_hours, next_allowed, open_mask, places
from antiphon.rules.united_states import united_states_zones


def zone(name: str) -> int:
    found = zone_id(name)
    assert found is not None
    return found


NEW_YORK, LOS_ANGELES, LONDON = zone("America/New_York"), zone("America/Los_Angeles"), zone("Europe/London")
LAW = QuietSettings()
#: Windows whose edges lie in the hours that clocks skip and repeat.
NIGHT_OWL = QuietSettings(email=Hours(start=90, end=150), transactional_email=Hours(start=0, end=121))

ZONES = st.lists(st.sampled_from([*range(0, len(zone_names()), 7), NEW_YORK, LOS_ANGELES, LONDON]), max_size=4)
KINDS = st.sampled_from(
    [(channel, purpose) for channel in ("email", "sms") for purpose in ("marketing", "cart", "transactional")]
)
SETTINGS = st.sampled_from([LAW, LAW_ALONE, NIGHT_OWL, QuietSettings(sms=Hours(start=660, end=1095))])
LAWS = st.lists(st.sampled_from(sorted(laws())), unique=True, max_size=3).map(tuple)
INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
#: Within hours of clocks that change: New York, London, Lord Howe, Casablanca.
CHANGES = st.builds(
    lambda at, minutes: at + timedelta(minutes=minutes),
    st.sampled_from(
        [
            datetime(2026, 3, 8, 7, tzinfo=UTC),
            datetime(2026, 11, 1, 6, tzinfo=UTC),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            datetime(2026, 10, 25, 1, tzinfo=UTC),
            datetime(2026, 4, 4, 15, tzinfo=UTC),
        ]
    ),
    st.integers(-300, 300),
)

#: Around Thanksgiving, a Christmas on a Sunday, Independence Day on a Saturday.
HOLIDAYS = st.builds(
    lambda at, minutes: at + timedelta(minutes=minutes),
    st.sampled_from(
        [
            datetime(2026, 11, 26, 17, tzinfo=UTC),
            datetime(2033, 12, 25, 17, tzinfo=UTC),
            datetime(2026, 7, 4, 17, tzinfo=UTC),
        ]
    ),
    st.integers(-4000, 4000),
)


def oracle(
    channel: str, purpose: str, zones: list[int], at: datetime, settings: QuietSettings, laws: tuple[str, ...] = ()
) -> bool:
    """The rule as one would say it, by zoneinfo."""
    for each in zones or united_states_zones():
        clock = at.astimezone(ZoneInfo(zone_names()[each]))
        if purpose == "transactional":
            hours = settings.transactional_sms if channel == "sms" else settings.transactional_email
        elif channel == "email":
            hours = settings.email
        else:
            hours = settings.sms_sunday if clock.strftime("%A") == "Sunday" else settings.sms
        minute = clock.hour * 60 + clock.minute
        windows = [hours]
        if channel == "sms" and purpose != "transactional":
            for law in laws:
                found = timetable((law,)).on(clock.date())
                if found is None:
                    return False
                windows.append(found)
        if any(minute < window.start or minute >= window.end for window in windows):
            return False
    return True


@given(KINDS, ZONES, st.one_of(INSTANTS, CHANGES, HOLIDAYS), SETTINGS, LAWS)
def test_allowed_is_what_zoneinfo_says(
    kind: tuple[str, str], zones: list[int], at: datetime, settings: QuietSettings, laws: tuple[str, ...]
) -> None:
    assert allowed(*kind, zones, at, settings, laws) is oracle(*kind, zones, at, settings, laws)


@given(KINDS, ZONES, st.one_of(INSTANTS, CHANGES, HOLIDAYS), SETTINGS, LAWS)
def test_columns_answer_as_single_questions_do(
    kind: tuple[str, str], zones: list[int], at: datetime, settings: QuietSettings, laws: tuple[str, ...]
) -> None:
    instants = [at + timedelta(minutes=17 * number) for number in range(100)]
    columns = np.array([int(instant.timestamp()) for instant in instants], dtype=np.int64)
    expected = [allowed(*kind, zones, instant, settings, laws) for instant in instants]
    assert open_mask(*kind, zones, columns, settings, laws).tolist() == expected


@given(KINDS, ZONES, st.one_of(INSTANTS, CHANGES, HOLIDAYS), SETTINGS, LAWS)
def test_next_allowed_is_the_first_open_minute(
    kind: tuple[str, str], zones: list[int], at: datetime, settings: QuietSettings, laws: tuple[str, ...]
) -> None:
    at = at.replace(second=0, microsecond=0)
    minutes = int(at.timestamp()) + 60 * np.arange(8 * 24 * 60, dtype=np.int64)
    open_minutes = np.flatnonzero(open_mask(*kind, zones, minutes, settings, laws))
    expected = at + timedelta(minutes=int(open_minutes[0])) if len(open_minutes) else None
    assert next_allowed(*kind, zones, at, settings, laws) == expected


@given(KINDS, ZONES, st.one_of(INSTANTS, HOLIDAYS), SETTINGS, LAWS)
def test_what_is_allowed_now_need_not_wait(
    kind: tuple[str, str], zones: list[int], at: datetime, settings: QuietSettings, laws: tuple[str, ...]
) -> None:
    later = next_allowed(*kind, zones, at, settings, laws)
    assert (later == at) is allowed(*kind, zones, at, settings, laws)
    if later is not None:
        assert oracle(*kind, zones, later, settings, laws)


@given(st.sampled_from(range(len(zone_names()))), st.dates(date(2015, 1, 1), date(2035, 1, 1)))
def test_the_federal_window_is_exact_in_every_zone(each: int, day: date) -> None:
    place = ZoneInfo(zone_names()[each])
    for clock, answer in ((time(7, 59, 59), False), (time(8), True), (time(20, 59, 59), True), (time(21), False)):
        at = datetime.combine(day, clock, place)
        # a zone may skip or repeat this very hour: then only what the clock really shows counts
        if at.astimezone(UTC).astimezone(place).time() == clock:
            assert allowed("sms", "marketing", [each], at, LAW_ALONE, ("us",)) is answer


@given(ZONES, st.one_of(INSTANTS, CHANGES, HOLIDAYS), SETTINGS, LAWS, LAWS)
def test_more_zones_laws_and_settings_never_allow_more(
    zones: list[int], at: datetime, settings: QuietSettings, some: tuple[str, ...], more: tuple[str, ...]
) -> None:
    zones = zones or [NEW_YORK]
    if allowed("sms", "cart", [*zones, LONDON], at, settings, some + more):
        assert allowed("sms", "cart", zones, at, settings, some + more)
        assert allowed("sms", "cart", [*zones, LONDON], at, settings, some)
        assert allowed("sms", "cart", [*zones, LONDON], at, LAW_ALONE, some + more)


@pytest.mark.parametrize(
    ("clock", "answer"),
    [
        ("2026-03-03 09:59:59.999999", False),
        ("2026-03-03 10:00", True),
        ("2026-03-03 19:59:59.999999", True),
        ("2026-03-03 20:00", False),
        ("2026-03-07 10:00", True),  # Saturday
        ("2026-03-08 11:59:59", False),  # Sunday, and the clocks went forward in the night
        ("2026-03-08 12:00", True),
        ("2026-11-01 11:59", False),  # Sunday, and the clocks went back
        ("2026-11-01 12:00", True),
        ("2026-11-01 20:00", False),
    ],
)
def test_edges_of_a_text(clock: str, answer: bool) -> None:
    at = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo("America/New_York"))
    assert allowed("sms", "marketing", [NEW_YORK], at, LAW) is answer
    assert allowed("sms", "cart", [NEW_YORK], at, LAW) is answer
    assert allowed("email", "marketing", [NEW_YORK], at, LAW)


def test_every_zone_the_person_may_be_in_has_to_be_awake() -> None:
    noon = datetime(2026, 3, 3, 12, tzinfo=ZoneInfo("America/New_York"))
    assert allowed("sms", "marketing", [NEW_YORK], noon, LAW)
    assert not allowed("sms", "marketing", [NEW_YORK, LOS_ANGELES], noon, LAW)
    assert next_allowed("sms", "marketing", [NEW_YORK, LOS_ANGELES], noon, LAW) == noon + timedelta(hours=1)


def test_an_unknown_place_is_all_of_the_united_states() -> None:
    assert places([]) == united_states_zones()
    assert len(united_states_zones()) == 29
    # 10:00 in Adak and Honolulu is 15:00 in New York in winter; there it ends at 20:00 in New York
    day = datetime(2026, 1, 13, tzinfo=ZoneInfo("America/New_York"))
    hours = [h for h in range(24) if allowed("sms", "marketing", [], day + timedelta(hours=h), LAW)]
    assert hours == [
        15,
        16,
        17,
        18,
        19,
    ]


def test_transactional_has_its_own_hours() -> None:
    at = datetime(2026, 3, 8, 8, tzinfo=ZoneInfo("America/New_York"))  # Sunday
    assert allowed("sms", "transactional", [NEW_YORK], at, LAW)
    assert not allowed("sms", "transactional", [NEW_YORK], at - timedelta(seconds=1), LAW)
    assert not allowed("sms", "transactional", [NEW_YORK], at + timedelta(hours=13), LAW)
    assert allowed("email", "transactional", [NEW_YORK], at + timedelta(hours=15), LAW)


def test_where_no_moment_suits_every_zone_there_is_none() -> None:
    at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert next_allowed("sms", "marketing", [LONDON, zone("Pacific/Guam")], at, LAW) is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sms": {"start": "07:59", "end": "20:00"}}, "sms 07:59-20:00 reaches outside of 08:00-21:00"),
        ({"sms": {"start": "10:00", "end": "21:01"}}, "sms 10:00-21:01 reaches outside"),
        ({"sms_sunday": {"start": "07:00", "end": "20:00"}}, "sms_sunday"),
        ({"transactional_sms": {"start": "07:00", "end": "21:00"}}, "transactional_sms"),
        ({"email": {"start": "22:00", "end": "07:00"}}, "a window starts before it ends"),
        ({"email": {"start": "ten", "end": "20:00"}}, "'ten' is not a time of day"),
        ({"emails": {"start": "10:00", "end": "20:00"}}, "emails"),
    ],
)
def test_looser_or_broken_settings_cannot_be_made(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        QuietSettings.model_validate(settings)


def test_settings_survive_the_way_through_json() -> None:
    settings = QuietSettings(sms=Hours(start=11 * 60, end=18 * 60 + 30), email=Hours(start=0, end=24 * 60))
    assert settings.model_dump(mode="json")["sms"] == {"start": "11:00", "end": "18:30"}
    assert settings.model_dump(mode="json")["email"]["end"] == "24:00"
    assert QuietSettings.model_validate_json(settings.model_dump_json()) == settings


@given(st.sampled_from([NEW_YORK, LONDON, zone("Asia/Kathmandu")]), st.one_of(INSTANTS, CHANGES))
def test_local_hours_are_those_of_zoneinfo(each: int, at: datetime) -> None:
    columns = np.array([int(at.timestamp())], dtype=np.int64)
    assert local_hours(each, columns).tolist() == [at.astimezone(ZoneInfo(zone_names()[each])).hour]
