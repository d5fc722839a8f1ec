"""What points at a person, in the one form in which it is compared."""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

Key = tuple[str, str]
"""Kind and normalised value."""

CUSTOMER = "customer_id"
EMAIL = "email"
PHONE = "phone"
DEVICE = "device"

MAX_VALUE = 255
_PLAIN = (str, int)

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
#: Addresses that need no closer look; the same strings as email-validator accepts, without its 40 µs.
_PLAIN_EMAIL = re.compile(rf"(?=.{{3,254}}$)[a-z0-9_%+-]{{1,64}}(?:\.[a-z0-9_%+-]+)*@(?:{_LABEL}\.)+[a-z]{{2,24}}")
_PLAIN_US_PHONE = re.compile(r"\+1[2-9]\d{9}")

#: What programs send when they know nobody. Such a value would pull strangers together.
_NOBODY = frozenset(
    {
        "",
        "-1",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "[object object]",
        "anonymous",
        "false",
        "guest",
        "nan",
        "nil",
        "none",
        "null",
        "true",
        "undefined",
        "unknown",
    }
)


def is_nobody(value: str) -> bool:
    """Whether a customer or device id is a program's word for nobody."""
    return value.strip().strip("()").lower() in _NOBODY


def plain_id(value: object) -> str | None:
    """A customer, device or third-party id as sent, trimmed; ``None`` when it says nothing."""
    if value is None or isinstance(value, bool) or not isinstance(value, _PLAIN):
        return None
    cleaned = str(value).strip()
    return None if len(cleaned) > MAX_VALUE or is_nobody(cleaned) else cleaned


@lru_cache(maxsize=50_000)
def email(raw: str) -> str | None:
    """Trimmed, lower case, the domain in IDNA's ASCII; ``None`` when the syntax is not an address's.

    No DNS: an address that cannot be reached shows by its bounce.
    """
    cleaned = raw.strip().lower()
    if _PLAIN_EMAIL.fullmatch(cleaned) and cleaned.index("@") <= 64 and not _special(cleaned):
        return cleaned
    try:
        found = validate_email(cleaned, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return (found.ascii_email or f"{found.local_part}@{found.ascii_domain}").lower()


def _special(address: str) -> bool:
    """Names that end in a reserved domain, or in punycode that has to be checked."""
    return "--" in address or address.rsplit(".", 1)[1] in {"arpa", "invalid", "local", "localhost", "onion"}


@lru_cache(maxsize=50_000)
def phone(raw: str, region: str = "US") -> str | None:
    """E.164 of a *possible* number; a validity check would refuse area codes that are newer than its table."""
    cleaned = raw.strip()
    if _PLAIN_US_PHONE.fullmatch(cleaned):
        return cleaned
    try:
        found = phonenumbers.parse(cleaned, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(found) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def address(channel: str, raw: str, region: str = "US") -> str | None:
    """The normalised address of a channel, ``email`` or ``sms``."""
    return email(raw) if channel == "email" else phone(raw, region)


def channel_of(kind: str) -> str | None:
    """The channel that an identifier of this kind is an address of."""
    return {EMAIL: "email", PHONE: "sms"}.get(kind)


def as_kept(kind: str, raw: str) -> str:
    """A value of an identifier as it is kept; empty when it is none of its kind."""
    return {EMAIL: email, PHONE: phone}.get(kind, plain_id)(raw) or ""
