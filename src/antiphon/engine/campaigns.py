"""Campaigns as commands: saved, reviewed, launched, paused, resumed, cancelled."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.campaigns import states

Handler = Callable[[Connection, dict[str, Any], str, datetime], dict[str, Any]]


def _save(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    lenient = bool(payload.get("lenient"))
    return states.save(connection, payload["source"], by, now, base=payload.get("base"), lenient=lenient)


def _review(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    return states.keep_review(connection, payload["campaign"], payload["sha256"], payload["review"], now)


def _review_failed(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    return states.keep_failure(connection, payload["campaign"], payload["sha256"], payload["error"])


def _launch(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    return states.launch(connection, payload["campaign"], by, now, payload.get("sha256"))


def _switch(act: Callable[[Connection, str, datetime], dict[str, Any]]) -> Handler:
    def change(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
        return act(connection, payload["campaign"], now)

    return change


HANDLERS: dict[str, Handler] = {
    "campaign.save": _save,
    "campaign.review": _review,
    "campaign.review_failed": _review_failed,
    "campaign.launch": _launch,
    "campaign.pause": _switch(states.pause),
    "campaign.resume": _switch(states.resume),
    "campaign.cancel": _switch(states.cancel),
}

TOLD = {
    "campaign.save": "campaign saved",
    "campaign.review": "campaign reviewed",
    "campaign.review_failed": "campaign's review failed",
    "campaign.launch": "campaign launched",
    "campaign.pause": "campaign paused",
    "campaign.resume": "campaign resumed",
    "campaign.cancel": "campaign cancelled",
}
