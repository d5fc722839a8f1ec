"""Lines of a timeline, each from one row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from antiphon.web import figures
from antiphon.web.definitions import Origin, Version
from antiphon.web.people.models import Entry
from antiphon.web.times import FAR, Place
from antiphon.web.why import read_reasons
from antiphon.web.words import (
    CHANNELS,
    CONSENTS,
    EVENT_ICONS,
    MESSAGE_STATES,
    OUTCOMES,
    PURPOSES,
    look,
    rule_words,
    step_words,
)

#: What was done with a message names what had asked for it by numbers.
_OF_MESSAGES = frozenset({"Email Clicked", "Email Opened", "SMS Clicked", "SMS Replied"})
_NUMBERS = frozenset({"journey", "version", "step"})


def asked_in(row: Row[Any]) -> int:
    """The version that an event about a message names; 0 where it names none."""
    version = row.props.get("version") if row.name in _OF_MESSAGES else None
    return version if isinstance(version, int) and abs(version) < 2**31 else 0


def of_event(row: Row[Any], origin: Origin | None = None) -> Entry:
    hidden = _NUMBERS if origin else frozenset()
    props = {name: value for name, value in row.props.items() if name not in hidden}
    facts = [(name, value) for name, value in props.items() if not isinstance(value, list | dict)]
    facts += _asked_by(origin, str(row.props.get("step", "")))
    facts += [("received", row.received_at), ("source", row.source or "–")]
    if row.via:
        facts.append(("known by", row.via.replace(":", " ", 1)))
    if row.backfill:
        facts.append(("backfilled", "starts no journeys"))
    icon = EVENT_ICONS.get(row.name, "circle-dot")
    tone = "email" if row.name.startswith("Email ") else "sms" if row.name.startswith("SMS ") else "plain"
    return Entry(row.at, "event", row.id, icon, tone, row.name, summary(row.props), tuple(facts))


def summary(props: Mapping[str, Any]) -> str:
    """What an event was about: products and worth, or a page."""
    products = props.get("products")
    names = (
        [str(p.get("name") or p.get("product_id")) for p in products if isinstance(p, dict)]
        if isinstance(products, list)
        else []
    )
    if not names and props.get("name"):
        names = [str(props["name"])]
    shown = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
    worth = next((props[key] for key in ("revenue", "total", "value", "price") if _is_number(props.get(key))), None)
    amount = figures.money(worth, str(props.get("currency") or "USD")) if worth is not None else ""
    place = str(props.get("title") or props.get("url") or props.get("text") or "") if not shown else ""
    return " · ".join(filter(None, (shown, amount, place)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def of_consent(row: Row[Any]) -> Entry:
    state = look(CONSENTS, row.state)
    to = "texts" if row.channel == "sms" else "email"
    words = {"subscribed": f"Subscribed to {to}", "unsubscribed": f"Unsubscribed from {to}"}
    title = words.get(row.state, f"{state.words}: {to}")
    facts = [
        ("address", row.address),
        ("purpose", PURPOSES.get(row.purpose, row.purpose)),
        ("how", row.method),
        ("double opt-in", "yes" if row.double_opt_in else "no"),
        ("wording", row.wording),
        ("version of the wording", row.wording_version),
        ("source", row.source),
        ("IP address", row.ip),
        ("recorded", row.recorded_at),
    ]
    about = f"{PURPOSES.get(row.purpose, row.purpose)} · {row.method}"
    kept = tuple((name, value) for name, value in facts if value)
    return Entry(row.effective_at, "consent", row.id, state.icon, row.channel, title, about, kept)


_GONE = "a journey that is gone"


def _journey_page(version: Version | None) -> str:
    return f"/journeys/{version.slug}?version={version.number}" if version else ""


def of_start(row: Row[Any], version: Version | None) -> Entry:
    title = f"Entered {version.name if version else _GONE}"
    number = row.id % (1 << 44)  # before the run's moves of the same instant
    facts = (("run key", row.run_key),)
    return Entry(
        row.started_at, "move", number, "workflow", "plain", title, "", facts, _journey_page(version), "Journey"
    )


def of_move(row: Row[Any], version: Version | None, place: Place) -> Entry:
    journey = version.name if version else _GONE
    shape = version.shape if version else None
    if row.outcome or not row.to_step:
        end = look(OUTCOMES, row.outcome or "finished")
        title, icon, tone = f"{end.words}: {journey}", end.icon, "plain"
    else:
        title, icon, tone = (shape.sentence(row.to_step) if shape else row.to_step), "corner-down-right", "plain"
    facts: list[tuple[str, Any]] = [("from", row.from_step or "–"), ("to", row.to_step or "the end")]
    if row.to_step and row.wake_at < FAR and row.wake_at > row.at:
        facts.append(("rests until", f"{place.full(row.wake_at)}"))
    facts += reason_facts(row.why)
    about = journey if row.from_step and not row.outcome else ""
    address = _journey_page(version)
    number = (row.seq << 44) + row.run % (1 << 44)  # moves of one instant in their order
    return Entry(row.at, "move", number, icon, tone, title, about, tuple(facts), address, "Journey")


def reason_facts(why: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """A move's reason as pairs; nested parts by their path."""
    if not isinstance(why, Mapping):
        return [] if why is None else [(prefix or "because", why)]
    found: list[tuple[str, Any]] = []
    for name, value in why.items():
        label = f"{prefix} {name}".strip().replace("_", " ")
        found += reason_facts(value, label) if isinstance(value, Mapping) else [(label, value)]
    return found


def of_decision(row: Row[Any], origin: Origin | None, place: Place) -> Entry:
    channel = CHANNELS.get(row.channel or "")
    why = read_reasons(row.reasons, place)
    if channel is None:
        title, icon, tone = "Decided not to write", "ban", "quiet"
    else:
        title = f"Chose {channel.words.lower()} for {place.short(row.due_at, row.decided_at)}"
        icon, tone = channel.icon, channel.tone
    about = why.sentence or (origin.name if origin else "")
    return Entry(
        row.decided_at, "decision", row.id, icon, tone, title, about, _asked_by(origin, row.step), why=why
    )  # fmt: skip


def _asked_by(origin: Origin | None, step: str) -> tuple[tuple[str, str], ...]:
    return ((origin.kind, origin.name), ("step", origin.sentence(step))) if origin else ()


def of_message(row: Row[Any], message: Row[Any], origin: Origin | None, place: Place) -> Entry:
    channel, state = look(CHANNELS, message.channel), look(MESSAGE_STATES, row.to_state)
    title = f"{channel.words} {state.words[0].lower()}{state.words[1:]}"
    if row.to_state == "planned":
        title = f"{channel.words} put off"
    if row.rule:
        title += f": {rule_words(row.rule)}"
    asked = _asked_by(origin, message.step) or (("step", step_words(message.step)),)
    facts = [("to", message.address), *asked, *reason_facts(_plain(row.detail, place))]
    tone = channel.tone if row.to_state in {"accepted", "delivered"} else state.tone
    icon = channel.icon if row.to_state == "accepted" else state.icon
    address = f"/messages/{row.abucket}.{row.message}"
    number = (row.abucket << 40) + row.seq
    return Entry(row.at, "message", number, icon, tone, title, message.subject or "", tuple(facts), address, "Message")


def _plain(detail: Any, place: Place) -> dict[str, Any]:
    """A log entry's detail for readers: no link tables, instants in the person's time."""
    if not isinstance(detail, Mapping):
        return {}
    kept = {name: value for name, value in detail.items() if name not in {"links", "zones"}}
    for name, value in kept.items():
        if isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and "T" in value:
            try:
                kept[name] = place.full(datetime.fromisoformat(value))
            except ValueError:
                continue
    return kept
