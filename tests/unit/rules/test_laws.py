"""The laws as data: what each row comes to, holidays, caps; and the answer for one number."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.decisions.settings import BrandSettings, Caps
from antiphon.kit.zones import zone_id, zone_names
from antiphon.rules.hours import ANY_TIME, Hours, common
from antiphon.rules.laws.data import cap, laws, laws_at, strictest_cap, table, timetable
from antiphon.rules.laws.holidays import day_of, easter, holidays, kept
from antiphon.rules.laws.holidays import table as holiday_table
from antiphon.rules.laws.naming import named
from antiphon.rules.places.data import area_codes, regions
from antiphon.rules.quiet import VERSION
from antiphon.rules.texting import text_hours

#: reference: 2.2 of the rules; Monday to Friday, Saturday, Sunday. Every other state has the federal hours.
FEDERAL = "08:00-21:00"
HOURS = {
    "AL": ("08:00-20:00", "08:00-20:00", None),
    "CT": ("09:00-20:00",) * 3,
    "FL": ("08:00-20:00",) * 3,
    "KY": ("10:00-21:00",) * 3,
    "LA": ("08:00-20:00", "08:00-20:00", None),
    "MA": ("08:00-20:00",) * 3,
    "MD": ("08:00-20:00",) * 3,
    "MI": ("09:00-21:00",) * 3,
    "MN": ("09:00-21:00",) * 3,
    "MS": ("08:00-20:00", "08:00-20:00", None),
    "NM": ("09:00-21:00",) * 3,
    "NV": ("09:00-20:00",) * 3,
    "OK": ("08:00-20:00",) * 3,
    "RI": ("09:00-18:00", "10:00-17:00", None),
    "TX": ("09:00-21:00", "09:00-21:00", "12:00-21:00"),
    "UT": (FEDERAL, FEDERAL, None),
    "WA": ("08:00-20:00",) * 3,
}
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize("state", sorted(code[3:] for code in regions() if code.startswith("US")))
def test_the_hours_of_every_state(state: str) -> None:
    table = timetable(laws_at((f"US-{state}",)))
    told = tuple(window and str(window) for window in (table.week[0], table.week[5], table.week[6]))
    assert told == HOURS.get(state, (FEDERAL,) * 3)
    assert set(table.week[:5]) == {table.week[0]}


def test_only_these_states_cap_texts() -> None:
    assert {law.place: law.cap for law in laws().values() if law.cap} == {"US-FL": 3, "US-MD": 3, "US-OK": 3}
    assert (cap(("us", "us-fl")), cap(("us",)), cap(())) == (3, None, None)
    assert strictest_cap() == Caps().sms == 3


@pytest.mark.parametrize(
    ("places", "ids"), [(("GB",), ("other",)), (("FR",), ("fr",)), (("CA-QC", "CA-ON"), ("ca",)), (("US-PR",), ("us",))]
)
def test_other_countries(places: tuple[str, ...], ids: tuple[str, ...]) -> None:
    assert laws_at(places) == ids


def test_every_row_has_its_source_and_date() -> None:
    assert table()["version"] == VERSION
    for row in table()["law"]:
        assert row["source"] in table()["sources"]
        assert row["sure"] in {"law", "reported", "unclear", "ours"}
        assert row["read"] <= date.fromisoformat(VERSION)
        assert (row.get("holidays") is None) is (row.get("keeps") is None)
        assert row["place"] in {"US", "CA", "FR", "*"} or row["place"] in regions()
    assert len({law.id for law in laws().values()}) == len(table()["law"])
    for row in table()["channel"]:
        assert row["source"] in table()["sources"]


def test_no_state_is_looser_than_its_country() -> None:
    for law in laws().values():
        country = laws().get(law.place[:2].lower())
        for window, limit in zip(law.week, country.week if country else law.week, strict=True):
            assert window is None or (limit is not None and window.within(limit))


def test_what_holds_where_nothing_is_set_needs_no_guess_about_the_state() -> None:
    """Bans of whole days and Rhode Island apart."""
    quiet = BrandSettings().quiet
    for law in laws().values():
        if law.id not in {"us-ri", "ca"}:
            for weekday, window in enumerate(law.week):
                own = quiet.hours("sms", "marketing", sunday=weekday == 6)
                assert window is None or own.within(window), law.id


# --- holidays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("07-04", "2026-07-04"),
        ("monday 3 01", "2026-01-19"),
        ("monday -1 05", "2026-05-25"),
        ("monday -1 04", "2026-04-27"),
        ("monday 4 04", "2026-04-27"),
        ("monday 1 06", "2026-06-01"),
        ("thursday 4 11", "2026-11-26"),
        ("friday after thursday 4 11", "2026-11-27"),
        ("tuesday after monday 1 11", "2026-11-03"),
        ("easter -2", "2026-04-03"),
        ("easter -47", "2026-02-17"),
    ],
)
def test_days_of_rules(rule: str, day: str) -> None:
    assert day_of(rule, 2026) == date.fromisoformat(day)


@pytest.mark.parametrize("day", ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2030-04-21", "2038-04-25"])
def test_easter(day: str) -> None:
    assert easter(int(day[:4])) == date.fromisoformat(day)


@given(st.integers(2009, 2041))
def test_nth_weekdays_are_where_a_calendar_has_them(year: int) -> None:
    last = day_of("monday -1 05", year)
    assert (last.weekday(), last.month, (last + timedelta(days=7)).month) == (0, 5, 6)
    third = day_of("monday 3 01", year)
    assert third.weekday() == 0
    assert 15 <= third.day <= 21
    election = day_of("tuesday after monday 1 11", year)
    assert election.weekday() == 1
    assert 2 <= election.day <= 8


def test_a_holiday_on_a_weekend_is_kept_around_it_too() -> None:
    assert kept(date(2026, 7, 4)) == {date(2026, 7, 3), date(2026, 7, 4), date(2026, 7, 6)}  # a Saturday
    assert kept(date(2027, 7, 4)) == {date(2027, 7, 4), date(2027, 7, 5)}
    assert kept(date(2025, 7, 4)) == {date(2025, 7, 4)}


def test_calendars_are_those_that_laws_keep() -> None:
    kept_by = {state for row in holiday_table()["holiday"] for state in row["kept"]}
    assert kept_by == {law.calendar for law in laws().values() if law.calendar}
    assert date(2026, 7, 24) in holidays("UT", 2026, 2026)
    assert date(2026, 7, 24) not in holidays("PA", 2026, 2026)


# --- windows ----------------------------------------------------------------------------------------------------------

WINDOWS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda w: w[0] < w[1])


@given(st.lists(st.one_of(st.none(), WINDOWS.map(lambda w: Hours(start=w[0], end=w[1]))), max_size=4))
def test_what_windows_have_in_common(windows: list[Hours | None]) -> None:
    found = common(*windows)
    for minute in (0, 479, 480, 720, 1199, 1200, 1439):
        inside = all(window is not None and window.start <= minute < window.end for window in windows)
        assert (found is not None and found.start <= minute < found.end) is inside


def test_no_windows_leave_the_whole_day() -> None:
    assert common() == ANY_TIME


# --- the answer for one number ----------------------------------------------------------------------------------------


def at(clock: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("phone", "places", "clock", "zone", "allowed", "later"),
    [
        ("+12125550100", (), "2026-03-03 07:59:59", "America/New_York", False, "2026-03-03 08:00"),
        ("+12125550100", (), "2026-03-03 20:59:59", "America/New_York", True, "2026-03-03 20:59:59"),
        ("+12125550100", (), "2026-03-03 21:00", "America/New_York", False, "2026-03-04 08:00"),
        ("+13055550100", (), "2026-03-03 20:00", "America/New_York", False, "2026-03-04 08:00"),  # Florida
        ("+12065550100", (), "2026-03-03 19:59:59", "America/Los_Angeles", True, "2026-03-03 19:59:59"),
        ("+12065550100", (), "2026-03-03 20:00", "America/Los_Angeles", False, "2026-03-04 08:00"),  # Washington
        ("+15125550100", (), "2026-03-08 11:59", "America/Chicago", False, "2026-03-08 12:00"),  # Texas, a Sunday
        ("+15125550100", (), "2026-03-07 09:00", "America/Chicago", True, "2026-03-07 09:00"),
        ("+12055550100", (), "2026-03-07 20:00", "America/Chicago", False, "2026-03-09 08:00"),  # Alabama: no Sundays
        ("+12055550100", (), "2026-11-25 20:00", "America/Chicago", False, "2026-11-27 08:00"),  # nor Thanksgiving
        ("+14015550100", (), "2026-03-07 17:00", "America/New_York", False, "2026-03-09 09:00"),  # Rhode Island
        ("+12125550100", ("US-CA",), "2026-03-03 08:00", "America/New_York", False, "2026-03-03 11:00"),
        ("+12125550100", ("US-FL",), "2026-03-03 20:30", "America/New_York", False, "2026-03-04 09:00"),  # two zones
        ("+18505550100", (), "2026-03-03 08:30", "America/New_York", False, "2026-03-03 09:00"),  # Pensacola sleeps
        # the night in which the clocks of New York go forward, and the one in which they go back
        ("+12125550100", (), "2026-03-08 00:00", "America/New_York", False, "2026-03-08 08:00"),
        ("+12125550100", (), "2026-11-01 00:00", "America/New_York", False, "2026-11-01 08:00"),
    ],
)
def test_one_number(phone: str, places: tuple[str, ...], clock: str, zone: str, allowed: bool, later: str) -> None:
    found = text_hours(phone, at(clock, zone), places)
    assert found.allowed is allowed
    assert found.next == at(later, zone)
    assert found.version == VERSION
    assert bool(found.barred_by) is not allowed


PHONES = st.builds(
    lambda code, line: f"+1{code}{line}",
    st.sampled_from([*sorted(area_codes()), "800", "555"]),
    st.integers(2_000_000, 9_999_999),
)
STATES = st.lists(st.sampled_from(sorted(regions())), max_size=2, unique=True).map(tuple)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(PHONES, STATES, INSTANTS)
def test_the_next_instant_is_allowed_and_none_before_it_is(phone: str, places: tuple[str, ...], at: datetime) -> None:
    found = text_hours(phone, at, places)
    assert found.allowed is (found.next == at)
    if found.next is not None:
        assert text_hours(phone, found.next, places).allowed
        for before in (timedelta(seconds=1), timedelta(minutes=1), (found.next - at) / 2):
            if found.next - before > at:
                assert not text_hours(phone, found.next - before, places).allowed


@given(PHONES, STATES, INSTANTS)
def test_every_zone_is_inside_the_federal_hours_or_the_countrys_own(
    phone: str, places: tuple[str, ...], at: datetime
) -> None:
    found = text_hours(phone, at, places)
    for zone in found.zones if found.allowed else ():
        clock = at.astimezone(ZoneInfo(zone_names()[zone]))
        assert 8 <= clock.hour < 22
        assert "us" not in found.laws or clock.hour < 21


@given(PHONES, INSTANTS, st.sampled_from(sorted(regions())))
def test_a_further_state_never_allows_more(phone: str, at: datetime, state: str) -> None:
    with_state, without = text_hours(phone, at, (state,)), text_hours(phone, at)
    assert without.allowed or not with_state.allowed
    assert set(with_state.zones) >= set(without.zones)
    assert set(with_state.laws) >= set(without.laws)


def test_zones_of_the_answer_are_known() -> None:
    assert text_hours("+12125550100", at("2026-03-03 12:00")).zones == (zone_id("America/New_York"),)


def test_every_law_has_a_name_hours_and_a_source_for_people() -> None:
    told = [named(law) for law in laws()]
    assert all(each.name and each.hours and each.source and each.sure for each in told)
    assert len({each.name for each in told}) == len(told)
    of = {each.id: each for each in told}
    assert of["us"].hours == "08:00–21:00"
    assert of["us-ri"].name == "Rhode Island"
    assert of["us-tx"].hours == "Mon–Sat 09:00–21:00, Sun 12:00–21:00"
    assert named("us-zz").name == "US-ZZ"
