"""The spans of zones against the conversion of Python, zone by zone."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from antiphon.kit.zones import FIRST_YEAR, LAST_YEAR, local, spans, zone_id, zone_names

BEGIN, LAST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def seconds(zone: int, at: datetime) -> int:
    delta = at.astimezone(ZoneInfo(zone_names()[zone])).utcoffset()
    assert delta is not None
    return int(delta.total_seconds())


def test_spans_follow_each_other_and_hold_from_end_to_end() -> None:
    chance = Random(5)
    for zone in range(len(zone_names())):
        table = spans(zone)
        assert (table[0].start, table[-1].end) == (BEGIN, LAST)
        for one, other in pairwise(table):
            assert one.end == other.start
            assert one.utc_offset != other.utc_offset
        for span in (table[0], chance.choice(table), table[-1]):
            within = span.start + (span.end - span.start) * chance.random()
            assert {seconds(zone, at) for at in (span.start, within, span.end - MOMENT)} == {span.utc_offset}


def test_the_zones_are_those_of_this_release_not_of_the_machine() -> None:
    vancouver = zone_id("America/Vancouver")
    assert vancouver is not None
    assert spans(vancouver)[-1].start == datetime(2026, 3, 8, 10, tzinfo=UTC)  # clocks there stand still since


def test_every_zone_of_the_release_has_an_id_that_stays() -> None:
    known = resources.files("tzdata").joinpath("zones").read_text().split()
    missing = [name for name in known if "/" in name and not name.startswith("Etc/") and zone_id(name) is None]
    assert not missing, "append these to src/antiphon/kit/zones.txt, at its end"
    assert len(set(zone_names())) == len(zone_names())
    kept = {
        "UTC": 0,
        "America/New_York": 171,
        "Europe/Paris": 422,
        zone_names()[518]: 518,
    }  # as installations hold them
    assert {name: zone_id(name) for name in kept} == kept


def test_the_wall_clock_is_that_of_the_instant_whatever_clock_tells_it() -> None:
    atka = zone_id("America/Atka")
    assert atka is not None
    at = datetime(2015, 11, 1, 8, tzinfo=ZoneInfo("America/Atka"))  # the clock went back six hours before
    assert local(atka, at) == local(atka, at.astimezone(UTC)) == datetime(2015, 11, 1, 8)  # noqa: DTZ001  # a wall clock
