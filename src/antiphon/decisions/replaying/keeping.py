"""Writes and reads what decisions were made from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.decisions.models import Batch
from antiphon.decisions.replaying import queries
from antiphon.decisions.replaying.inputs import Part, UnreadableInputsError, kept, named
from antiphon.decisions.replaying.replay import Replayed, Stored, replay
from antiphon.decisions.settings import BrandSettings
from antiphon.store.keys import Ids


def keep(connection: Connection, batch: Batch, settings: BrandSettings, tick: int) -> Sequence[str]:
    """The inputs of a batch that was decided, row by row; the parts that they name are written where they are new."""
    found = kept(batch, settings)
    known = set(connection.execute(queries.KNOWN_BASES, {"ids": Ids(found.parts)}).scalars())
    if new := [one for one in found.parts if one not in known]:
        values = [found.parts[one].decode() for one in new]
        connection.execute(queries.KEEP_BASES, {"tick": tick, "ids": Ids(new), "values": values})
    return found.rows


def replay_row(connection: Connection, row: Row[Any]) -> Replayed:
    """Decide a row of ``queries.DECISION`` once more."""
    stored = Stored(
        row.at, row.decided_at, row.version, row.step, row.channel, row.due_at, row.reasons, row.inputs
    )  # fmt: skip
    return replay(stored, {} if row.inputs is None else parts_of(connection, row.inputs))


def parts_of(connection: Connection, inputs: str) -> dict[int, Part]:
    """The parts that a row's inputs name, those that are kept."""
    try:
        wanted: Sequence[int] = named(inputs)
    except UnreadableInputsError:
        return {}
    found = _read(connection, wanted)
    settings = found.get(wanted[0], {}).get("settings")
    return found if settings is None else found | _read(connection, [settings])


def _read(connection: Connection, wanted: Sequence[int]) -> dict[int, Part]:
    return {row.id: row.value for row in connection.execute(queries.BASES, {"ids": Ids(wanted)})}
