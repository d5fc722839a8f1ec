"""The country that a browser's time zone lies in. No network address is looked up anywhere, and none leaves the house."""

from functools import cache
from importlib.resources import files


@cache
def _countries() -> dict[str, str]:
    """From zone.tab of the IANA time zone database: each zone with the country that it is named for."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}


def country_of(zone: str) -> str:
    """ISO 3166 of an IANA zone; '' where it is none of a country's. A guess: it chooses what shows, never what counts."""
    return _countries().get(zone, "")
