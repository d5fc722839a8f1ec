"""What Antiphon itself says to visitors and holders of addresses, by language: one file per language, beside this one.

To add a language, copy ``en.toml`` under its code (ISO 639-1) and translate each line; a test holds the files to the same keys
and placeholders. What a brand writes itself, consents above all, is never translated.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

#: What is spoken where nothing else is known.
DEFAULT = "en"
#: In place of a language: the visitor's own, where their browser says which.
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, by keys such as ``unit.email``."""

    language: str
    own_name: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """A text with its placeholders filled in."""
        return self.texts[key].format(**values)

    def raw(self, key: str) -> str:
        """A text as it is written: a template, or one whose places others fill in."""
        return self.texts[key]

    def date(self, at: datetime) -> str:
        """A day, written out."""
        return self("page.date", day=at.day, month=self("page.months").split()[at.month - 1], year=at.year)

    def part(self, name: str) -> dict[str, str]:
        """All texts of a part as they are written: ``unit`` → ``{"email": …}``."""
        return {key.partition(".")[2]: text for key, text in self.texts.items() if key.startswith(f"{name}.")}


@cache
def languages() -> Mapping[str, Words]:
    """All languages that are spoken, by their codes, English first."""
    found = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in files(__name__).iterdir()
        if file.name.endswith(".toml")
    }
    ordered = sorted(found, key=lambda code: (code != DEFAULT, code))
    return {code: Words(code, found[code].pop("language"), dict(_flat(found[code]))) for code in ordered}


def _flat(parts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for name, texts in parts.items():
        for key, text in texts.items():
            yield f"{name}.{key}", text


def words_of(tag: str) -> Words:
    """The words for a language tag (BCP 47): ``es-MX`` is Spanish, what is not spoken here is English."""
    return languages().get(tag.partition("-")[0].lower(), languages()[DEFAULT])


#: Traits under which shops and other services keep what somebody speaks, as a language tag or the way POSIX writes one.
_TRAITS = ("language", "locale", "preferred_language", "preferredLanguage")


def spoken_by(traits: Mapping[str, Any], otherwise: str = DEFAULT) -> str:
    """The first language spoken here that a person's traits tell of: ``es_MX`` is Spanish."""
    for name in _TRAITS:
        said = traits.get(name)
        code = re.split("[-_]", said.strip(), maxsplit=1)[0].lower() if isinstance(said, str) else ""
        if code in languages():
            return code
    return otherwise


def asked_for(accept: str, otherwise: str = DEFAULT) -> str:
    """The first language spoken here that ``Accept-Language`` (RFC 9110, 12.5.4) asks for; its order is by weight."""
    wanted: list[tuple[float, str]] = []
    for part in accept[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        wanted.append((-weight, tag.strip().partition("-")[0].lower()))
    for weight, code in sorted(wanted, key=lambda one: one[0]):
        if weight < 0 and code in languages():
            return code
    return otherwise


def settled(language: str, accept: str) -> Words:
    """The words for a setting: its own language, or with ``auto`` what the browser asks for."""
    return words_of(asked_for(accept) if language == AUTO else language)
