"""What cells say of consent, and of values that have a type. Pure."""

import re
from collections.abc import Callable
from typing import Any

import orjson

from antiphon.intake.files.moments import day, moment

#: What a word of a state column comes to. What is not here is no consent, and is reported.
_STATES = {
    "subscribed": "subscribed opted_in optin opted-in opt-in opt_in yes y true 1 active enabled on confirmed explicit accepts "
    "accepted agreed granted given optedin",
    "pending": "pending unconfirmed pending_confirmation awaiting",
    "unsubscribed": "unsubscribed unsubscribe optedout "
    "opted_out optout opted-out opt-out opt_out unsub suppressed blocklisted blacklisted "
    "stopped stop user_suppressed manual_suppression globally_unsubscribed revoked withdrawn",
    "bounced": "bounced cleaned hard_bounce hard-bounce hardbounce invalid invalid_email undeliverable",
    "complained": "complained complaint spam spam_complaint marked_as_spam",
    "never": "never never_subscribed not_subscribed nonsubscribed non-subscribed transactional no n false 0 none null off "
    "not_set unknown disabled inactive archived declined refused denied not_given not_opted_in",
}
_STATE_OF = {word: state for state, words in _STATES.items() for word in words.split()}


def state_of(said: str) -> str | None:
    """subscribed, pending, unsubscribed, bounced, complained or never; ``None`` for a word that is not known."""
    word = "_".join(said.replace("\0", "").strip().lower().split())
    return _STATE_OF.get(word, None if word else "never")


_WORST = ("never", "unsubscribed", "bounced", "complained")


def suppression_of(said: str) -> str | None:
    """What a column of suppressions says: nothing, or the gravest of its reasons."""
    plain = said.replace("\0", "").strip().lower()
    if plain in {"", "[]", "{}", "none", "null", "no", "false", "0", "never"}:
        return None
    found = "unsubscribed"  # whatever stands there, it suppresses
    for word in plain.replace("[", " ").replace("]", " ").replace('"', " ").replace("'", " ").replace(",", " ").split():
        state = _STATE_OF.get(word, "")
        if state in _WORST and _WORST.index(state) > _WORST.index(found):
            found = state
    return found


def yes(said: str) -> bool:
    return said.strip().lower() in {"yes", "y", "true", "1", "double", "double_opt_in", "confirmed"}


def typed(said: str, kind: str, day_first: bool | None = None) -> Any:
    """A cell as a value of ``kind``. Raises ``ValueError`` for one that is none."""
    return _date(said, day_first) if kind == "date" else _READ[kind](said.strip())


def _number(said: str) -> float:
    number = float(said.replace(",", "").replace("$", "").replace("€", "").replace("£", ""))
    if not -1e300 < number < 1e300:
        raise ValueError(said)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


#: What spreadsheets and databases put behind a day that has no time.
_MIDNIGHT = re.compile(r"[T ]0?0:00(:00(\.0+)?)?( ?(Z|UTC|[+-]00:?00))?$")


def _date(said: str, day_first: bool | None) -> str:
    """A day stays a day: a birthday is one wherever somebody is."""
    if found := day(_MIDNIGHT.sub("", said.strip()), day_first=day_first):
        return found.isoformat()
    at = moment(said, day_first=day_first)
    if at is None:
        raise ValueError(said)
    return at.isoformat()


def _boolean(said: str) -> bool:
    state = state_of(said)
    if state not in {"subscribed", "never"}:
        raise ValueError(said)
    return state == "subscribed"


def _list(said: str) -> list[Any]:
    if said.startswith("["):
        found = orjson.loads(said)
        if isinstance(found, list):
            return found
    return [each for part in said.split(",") if (each := part.strip(' "'))]


_READ: dict[str, Callable[[str], Any]] = {
    "text": str,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
    "json": orjson.loads,
}
#: What a trait may be taken for.
TYPES = ("text", "number", "date", "boolean", "list", "json")
