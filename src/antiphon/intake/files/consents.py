"""The consents of a row. Nothing here widens one: what cannot be shown is a claim, what is unclear is left out and said. Pure.

A subscription needs its evidence, an instant and a way (design section 5, decision 0010); without both it is a claim,
recorded as such, which waits like any sign-up that was not confirmed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from antiphon.addresses.models import CLAIMED
from antiphon.intake.facts import PURPOSES
from antiphon.intake.files.models import IMPORTED, Incoming
from antiphon.intake.files.moments import Clock, moment
from antiphon.intake.files.words import state_of, suppression_of, yes
from antiphon.people.identifiers import EMAIL, PHONE

#: What an opt-out is called in the ledger and in the suppression that follows from it.
_REASONS = {"unsubscribed": "import", "bounced": "hard bounce", "complained": "complaint"}


#: Clocks differ, and times are written without their zone: as far ahead as this is still today.
_AHEAD = timedelta(days=1)


def consents_of(found: Incoming, cells: Mapping[str, str], clock: Clock) -> None:
    """Add to ``found`` what the cells say of each channel whose address the row has."""
    for channel, kind in (("email", EMAIL), ("sms", PHONE)):
        address = found.value(kind)
        said = {name.partition(".")[2]: value for name, value in cells.items() if name.startswith(f"{channel}.")}
        if not said:
            continue
        state = _state(channel, said, clock, found.problems)
        if address is None:
            if state in _REASONS and cells.get(kind):
                found.problems.append(f"the {channel} opt-out has no address that it could hold for")
        elif state in _REASONS:
            found.consents.append(_out(channel, address, state, said, clock, found.problems))
        elif state in {"subscribed", "pending"}:
            found.consents.append(_in(channel, address, state, said, clock, found.problems))
        elif said.get("state") and state_of(said["state"]) == "never":
            found.declined.append(channel)


def _state(channel: str, said: Mapping[str, str], clock: Clock, problems: list[str]) -> str:
    """The gravest of what the columns of a channel say."""
    if reason := suppression_of(said.get("suppressed", "")):
        return reason
    word = said.get("state", "")
    state = state_of(word)
    if state is None and moment(
        word, day_first=clock.day_first
    ):  # some write the instant of the opt-in where others write “subscribed”
        state = "subscribed"
    if state is None:
        problems.append(f"{channel}.state {word[:80]!r} is no word for a consent; the person comes in without one")
        return "never"
    return state


def _out(
    channel: str, address: str, state: str, said: Mapping[str, str], clock: Clock, problems: list[str]
) -> dict[str, Any]:
    # whoever left the texts of a shop left all of them; leaving its mailings keeps the mail about orders
    everything = channel == "sms" or state != "unsubscribed"
    at = _instant(f"{channel}.out_at", said.get("out_at"), clock, problems, latest=True)
    if at and clock.now and at > clock.now + _AHEAD:
        problems.append(f"{channel}.out_at {said['out_at'][:80]!r} lies in the future; the opt-out holds from now on")
        at = None
    return {
        "channel": channel,
        "address": address,
        "purposes": list(PURPOSES) if everything else ["marketing", "cart"],
        "state": "unsubscribed",
        "method": _REASONS[state],
        "brand": None,
        **({"effectiveAt": at.isoformat()} if at else {}),
    }


def _in(
    channel: str, address: str, state: str, said: Mapping[str, str], clock: Clock, problems: list[str]
) -> dict[str, Any]:
    stated = said.get("at") or (said.get("state") if state_of(said.get("state", "")) is None else None)
    at = _instant(f"{channel}.at", stated, clock, problems, latest=False)
    if at and clock.now and at > clock.now + _AHEAD:
        problems.append(f"{channel}.at {str(stated)[:80]!r} lies in the future, so nothing shows when they opted in")
        at = None
    method = said.get("method", "")
    proven = at is not None and bool(method)
    given = {
        "channel": channel,
        "address": address,
        "purposes": _purposes(channel, said.get("purposes", ""), problems),
        "state": state if proven else "pending",
        "method": (IMPORTED + method)[:64] if proven else CLAIMED,
        "doubleOptIn": proven and yes(said.get("double", "")),
        "wording": said.get("wording"),
        "ip": said.get("ip"),
        "importedFrom": said.get("source"),
        **({"effectiveAt": at.isoformat()} if at else {}),
    }
    return {name: value for name, value in given.items() if value is not None}


def _purposes(channel: str, said: str, problems: list[str]) -> list[str]:
    """Marketing, unless the row says which; reminders of carts by text only where it says so."""
    wanted = {part.strip().lower() for part in said.replace(";", ",").replace("|", ",").split(",") if part.strip()}
    if unknown := wanted - set(PURPOSES):
        problems.append(f"{channel}.purposes {', '.join(sorted(unknown))[:80]!r} is not known; left out")
    return [purpose for purpose in PURPOSES if purpose in wanted] or ["marketing"]


def _instant(name: str, raw: str | None, clock: Clock, problems: list[str], *, latest: bool) -> datetime | None:
    if not raw:
        return None
    found = moment(raw, day_first=clock.day_first, latest=latest, zone=clock.zone)
    if found is None:
        problems.append(f"{name} {raw[:80]!r} is no time")
    return found
