"""A campaign's form and its file: what a file says as fields, and a file with what was typed, the rest of it as it stood."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ruamel.yaml.comments import CommentedMap

from antiphon.campaigns.models import CHANNELS
from antiphon.kit.documents import dump, load, plain
from antiphon.kit.problems import Problem
from antiphon.kit.zones import local
from antiphon.web.campaigns.words import said

FIELDS = (
    "name", "campaign", "about", "who", "audience", "earlier", "on", "after", "email", "sms", "ways", "unengaged",
    "back_email", "back_sms", "opens", "closes", "exclude", "throttle", "value", "priority",
)  # fmt: skip

#: In a select: what the file says in its own words, which no field can show.
OWN = "="
_NEW = {"who": "people", "on": "other", "after": "24h", "ways": "both", "unengaged": "out", "priority": "normal"}
#: Paths in a file → the field that says it; the longest that fits.
_PLACES = {
    "content.email": "email",
    "content.sms": "sms",
    "content": "email",
    "unengaged.email": "back_email",
    "unengaged.sms": "back_sms",
    "channels": "ways",
    "window.from": "opens",
    "window": "closes",
    "retarget.campaign": "earlier",
    "retarget.on": "on",
    "retarget": "after",
}
#: How the first words of a campaign's file say what is wrong with the whole of it.
_WHOLE = {
    "the window": "closes",
    "it says nothing": "email",
    "it is for nobody": "audience",
    "it cannot retarget": "earlier",
}


def blank(earlier: str = "") -> dict[str, str]:
    """Of a new campaign; one that follows ``earlier``, if that is said."""
    given = dict.fromkeys(FIELDS, "") | _NEW
    return given | ({"who": "followed", "earlier": earlier} if earlier else {})


def typed(source: str, zone: int) -> dict[str, str]:
    """A good file as its form shows it; instants by the clock of the brand."""
    document = plain(load(source, "campaign", ""))
    values = dict.fromkeys(FIELDS, "") | _NEW
    values |= {name: str(document.get(name, "")) for name in ("name", "campaign", "about", "throttle", "value")}
    values["audience"], values["exclude"] = _segment(document.get("audience")), _segment(document.get("exclude"))
    content, back, again = (document.get(name) or {} for name in ("content", "unengaged", "retarget"))
    values["email"], values["sms"] = _email(content), str((content.get("sms") or {}).get("text", ""))
    values["back_email"], values["back_sms"] = _email(back), str((back.get("sms") or {}).get("text", ""))
    values["unengaged"] = "offer" if back else "out"
    ways = document.get("channels") or []
    values["ways"] = ways[0] if len(ways) == 1 else "both"
    values["priority"] = str(document.get("priority", "normal"))
    window = document.get("window") or {}
    values["opens"], values["closes"] = _clock(window.get("from"), zone), _clock(window.get("to"), zone)
    if again:
        values |= {"who": "followed", "earlier": str(again["campaign"])}
        values |= {"on": str(again.get("on", "other")), "after": str(again.get("after", "24h"))}
    return values


def _segment(written: Any) -> str:
    if isinstance(written, dict):
        return str(written["segment"]) if set(written) == {"kind", "segment"} else OWN
    return str(written or "")


def _email(content: Mapping[str, Any]) -> str:
    email = content.get("email") or {}
    return str(email.get("use") or "") or (OWN if email else "")


def _clock(written: Any, zone: int) -> str:
    if not written:
        return ""
    at = datetime.fromisoformat(str(written))
    return (local(zone, at.astimezone(UTC)) if at.tzinfo else at).strftime("%Y-%m-%dT%H:%M")


def file_of(values: Mapping[str, str], base: str, zone: int) -> str:
    """The file ``base`` with what was changed in its form."""
    if base:
        document, before = load(base, "campaign", ""), typed(base, zone)
    else:
        document, before = CommentedMap(), dict.fromkeys(FIELDS, "")
    changed = {name for name in FIELDS if values.get(name, "") != before[name]}
    for name in ("campaign", "name", "about"):
        _put(document, name, values[name], changed)
    _put_people(document, values, changed)
    _put_content(document, "content", ("email", "sms"), values, changed)
    if values["unengaged"] == "offer":
        _put_content(document, "unengaged", ("back_email", "back_sms"), values, changed | {"unengaged"})
    else:
        document.pop("unengaged", None)
    if "ways" in changed or "channels" in document:
        _keep(document, "channels", [values["ways"]] if values["ways"] in CHANNELS else None)
    if changed & {"opens", "closes"}:
        window = {"from": values["opens"].replace("T", " "), "to": values["closes"].replace("T", " ")}
        _keep(document, "window", {name: at for name, at in window.items() if at})
    for name in ("throttle", "value"):
        _put(document, name, _number(values[name]), changed)
    _put(document, "priority", "" if values["priority"] == "normal" else values["priority"], changed)
    return dump(document)


def _put(document: CommentedMap, name: str, value: Any, changed: set[str]) -> None:
    if name in changed:
        _keep(document, name, value)


def _keep(document: CommentedMap, name: str, value: Any) -> None:
    """A value; nothing where it is empty."""
    if value in ("", None, {}, []):
        document.pop(name, None)
    else:
        document[name] = value


def _put_people(document: CommentedMap, values: Mapping[str, str], changed: set[str]) -> None:
    for name in ("audience", "exclude"):
        if values[name] != OWN:
            _put(document, name, values[name], changed)
    if values["who"] != "followed":
        document.pop("retarget", None)
    elif changed & {"who", "earlier", "on", "after"}:
        document["retarget"] = {
            name: values[of] for name, of in (("campaign", "earlier"), ("on", "on"), ("after", "after"))
        }


def _put_content(
    document: CommentedMap, place: str, fields: tuple[str, str], values: Mapping[str, str], changed: set[str]
) -> None:
    if not changed & {*fields, "unengaged"} and place in document:
        return
    found = document.get(place) or CommentedMap()
    email, sms = fields
    if values[email] != OWN and email in changed:
        _keep(found, "email", {"use": values[email]} if values[email] else None)
    if sms in changed:
        _keep(found, "sms", {"text": values[sms]} if values[sms] else None)
    document[place] = found


def _number(written: str) -> Any:
    """A number as files hold it; what is none stays as it was typed, and is refused as such."""
    bare = written.replace(",", "").replace(" ", "")
    for kind in (int, float):
        try:
            return kind(bare)
        except ValueError:
            continue
    return written


def missing(values: Mapping[str, str]) -> dict[str, str]:
    """What has to be filled in, by field."""
    found = {name: "Fill this in." for name in ("name", "campaign") if not values[name].strip()}
    if values["who"] == "followed" and not values["earlier"]:
        found["earlier"] = "Choose the campaign that it follows."
    if values["who"] != "followed" and not values["audience"]:
        found["audience"] = "Choose who gets it."
    if values["ways"] == "email" and not values["email"]:
        found["email"] = "Choose the email: it goes out by email alone."
    if values["ways"] == "sms" and not values["sms"].strip():
        found["sms"] = "Write the text: it goes out by text alone."
    if not values["email"] and not values["sms"].strip():
        found["email"] = "Choose an email, write a text, or both."
    if values["unengaged"] == "offer" and not values["back_email"] and not values["back_sms"].strip():
        found["unengaged"] = "Choose an email or write a text with an offer for them."
    return found


def at_fields(problems: list[Problem]) -> dict[str, str]:
    """Field → what is wrong with it; '' has what belongs to none."""
    found: dict[str, str] = {}
    for problem in problems:
        if not problem.warning:
            field = _field(problem)
            found.setdefault(field, said(problem))
    return found


def _field(problem: Problem) -> str:
    if problem.where in FIELDS:
        return problem.where
    for place, field in _PLACES.items():
        if f"{problem.where}.".startswith(f"{place}."):
            return field
    what = problem.what.removeprefix("the file: ")
    return next((field for words, field in _WHOLE.items() if what.startswith(words)), problem.where.partition(".")[0])
