"""How send-time learning stands on an installation: what is learned, what came of each arm, and what own hours gain."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from antiphon.decisions.models import CHANNELS
from antiphon.decisions.timing import queries
from antiphon.decisions.timing.gain import Gain
from antiphon.decisions.timing.loading import gains
from antiphon.decisions.timing.models import Arm


def standing(connection: Connection) -> dict[str, Any]:
    """The newest model (None before the first), the arms' counts and the gains by channel, as JSON has them.

    ``answers``: the second level, by when people answer; None before there is one.
    """
    model = connection.execute(queries.MODEL).one_or_none()
    arms: dict[str, dict[str, dict[str, int]]] = {name: {} for name in CHANNELS}
    for row in connection.execute(queries.ARMS):
        arms[row.channel][Arm(row.arm).name.lower()] = {"messages": row.messages, "answered": row.answered}
    return {
        "model": model
        and {
            "version": model.version,
            "at": model.at.isoformat(),
            "kappa": round(model.kappa, 1),
            "hours": [round(share, 4) for share in model.hours],
            **model.told,
        },
        "arms": arms,
        "gains": _gains(gains(connection)),
        "answers": _answers(connection),
    }


def _gains(found: Mapping[str, Gain | None]) -> dict[str, Any]:
    return {
        name: gain and {"share": gain.share, "interval": [gain.low, gain.high], "used": gain.shown}
        for name, gain in found.items()
    }


def _answers(connection: Connection) -> dict[str, Any] | None:
    row = connection.execute(queries.ANSWERS_MODEL).one_or_none()
    if row is None:
        return None
    version = {"version": row.version, "at": row.at.isoformat(), "fingerprint": row.fingerprint}
    return {**version, **row.model, **row.told, "gains": _gains(gains(connection, Arm.ANSWERS))}
