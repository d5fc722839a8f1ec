"""Addresses as visitors type them: normalised, refused in words, or taken with a flag."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import phonenumbers
from babel import Locale
from disposable_email_domains import blocklist
from phonenumbers import PhoneNumberFormat

from antiphon.content.languages import Words, words_of
from antiphon.people.identifiers import email as normal_email
from antiphon.people.identifiers import phone as normal_phone
from antiphon.signup.models import Abuse, Handling

_LONGEST = 320
ENGLISH = words_of("en")


@dataclass(frozen=True, slots=True)
class Judged:
    """``address`` is normalised; empty with ``error``, which the visitor reads. ``flags`` are kept beside the consent."""

    address: str = ""
    error: str = ""
    flags: tuple[str, ...] = ()


def judge_email(typed: str, abuse: Abuse, words: Words = ENGLISH) -> Judged:
    """Look at an email address. Whether anybody knows it is not looked at: the answer must not tell."""
    found = normal_email(typed) if 0 < len(typed) <= _LONGEST else None
    if found is None:
        return Judged(error=words("error.email"))
    local, _, domain = found.rpartition("@")
    refused, flags = "", []
    for name, is_so, handling in (
        ("disposable", _is_disposable(domain), abuse.disposable),
        ("role", local.partition("+")[0] in _roles(), abuse.role),
    ):
        if is_so and _refuses(handling):
            refused = refused or words(f"error.{name}")
        elif is_so and handling == "flag":
            flags.append(name)
    return Judged(error=refused) if refused else Judged(found, flags=tuple(flags))


@cache
def _roles() -> frozenset[str]:
    lines = (files("antiphon.signup") / "roles.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _refuses(handling: Handling) -> bool:
    return handling == "refuse"


def _is_disposable(domain: str) -> bool:
    """By the list of the package disposable-email-domains, which is kept by its community; names below a listed one too."""
    parts = domain.split(".")
    return any(".".join(parts[at:]) in blocklist for at in range(len(parts) - 1))


def judge_phone(typed: str, country: str, countries: list[str], words: Words = ENGLISH) -> Judged:
    """Look at a phone number typed as people of ``country`` write it, or in international form."""
    region = country if country in countries else countries[0]
    found = normal_phone(typed, region) if 0 < len(typed) <= 40 else None
    if found is None:
        return Judged(error=words("error.phone", example=example(region).national))
    code = phonenumbers.parse(found, None).country_code
    if code not in {phonenumbers.country_code_for_region(one) for one in countries}:
        return Judged(error=words("error.country"))
    kind = phonenumbers.number_type(phonenumbers.parse(found, None))
    if kind in _NO_TEXTS:
        return Judged(error=words("error.kind"))
    return Judged(found)


_NO_TEXTS = {
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.UAN,
    phonenumbers.PhoneNumberType.VOICEMAIL,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A country of the phone field: ``dial`` is +1, ``national`` an example as its people write it."""

    code: str
    name: str
    dial: str
    national: str


@cache
def example(country: str, language: str = "en") -> Place:
    """A country by its ISO 3166 code; one that has no phone numbers keeps its code as its name."""
    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return Place(country, country, "+", "")
    # not from the names that phonenumbers has: they come with those of all its cities, half a second and 100 MB a process
    name = Locale(language).territories.get(country, country)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return Place(country, name, f"+{number.country_code}", national)
