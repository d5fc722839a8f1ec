"""The files of this package: area codes, states and provinces, each with a version and sources."""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_FILES = resources.files("antiphon.rules.places")


@dataclass(frozen=True, slots=True)
class Region:
    """A state, territory or province by its code of ISO 3166-2, with the names of its zones."""

    code: str
    names: tuple[str, ...]
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaCode:
    """The places (ISO 3166) and the names of the zones in which people of an area code may be."""

    code: str
    places: tuple[str, ...]
    zones: tuple[str, ...]


@cache
def table(name: str) -> dict[str, Any]:
    """The contents of ``name``.toml."""
    return tomllib.loads(_FILES.joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def regions() -> dict[str, Region]:
    """States, territories and provinces by their code of ISO 3166-2."""
    rows = table("regions")
    return {
        f"{country}-{code}": Region(f"{country}-{code}", tuple(names.split("|")), tuple(zones))
        for country in ("US", "CA")
        for code, (names, *zones) in rows[country].items()
    }


@cache
def area_codes() -> dict[str, AreaCode]:
    """Every geographic area code of the North American plan."""
    lines = _FILES.joinpath("area_codes.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        row["code"]: AreaCode(row["code"], tuple(row["places"].split()), tuple(row["zones"].split())) for row in rows
    }


@cache
def version() -> str:
    """The version of the area codes."""
    first = _FILES.joinpath("area_codes.csv").read_text(encoding="utf-8").partition("\n")[0]
    return first.partition(",")[2]
