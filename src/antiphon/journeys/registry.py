"""The versions that are at work, compiled once each."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.content.models import MessageContent
from antiphon.decisions.models import MessagePolicy
from antiphon.journeys import queries
from antiphon.journeys.compile import CompiledVersion, compile_version
from antiphon.journeys.models import Journey, Step
from antiphon.journeys.moving import Moving, compile_moving
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.journeys.steps.recover import RecoverStep
from antiphon.store.db import Database


@dataclass(frozen=True, slots=True)
class Live:
    """A version as the engine sees it now."""

    version: CompiledVersion
    entering: bool  # new people join this version
    moving: bool  # its runs may move: the journey is not paused, the version is not held
    held: bool = False  # its own SQL has failed


class Registry:
    """All versions whose journeys are not archived. A version never changes, so it is compiled once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._compiled: dict[int, CompiledVersion] = {}
        self.live: dict[int, Live] = {}
        self.archived: frozenset[int] = frozenset()
        self.movings: tuple[Moving, ...] = ()  # versions whose live runs go to another
        self._movings: dict[tuple[int, int, str], Moving] = {}
        self.standing = False  # there are versions whose runs may not move

    def refresh(self, connection: Connection) -> None:
        """Read which versions there are and in what state; cheap when nothing is new."""
        live, archived, movings = {}, set(), []
        self.standing = False
        for row in connection.execute(queries.VERSIONS):
            if row.state == "archived":
                archived.add(row.id)
                continue
            known = self._compiled.get(row.id) or self._compile(connection, row.id)
            runs = row.held_at is None and row.state != "paused"
            entering, held = row.entering and row.state == "active" and runs, row.held_at is not None
            live[row.id] = Live(known, entering=entering, moving=runs, held=held)
            self.standing |= not runs
            if row.moved_to is not None and row.state != "paused":  # a held one can be left
                movings.append(self._moving(connection, row))
        self.live, self.archived, self.movings = live, frozenset(archived), tuple(movings)

    def _moving(self, connection: Connection, row: Row[Any]) -> Moving:
        key = (row.id, row.moved_to, json.dumps(row.mapping))
        if key not in self._movings:
            old, new = (
                self._compiled.get(version) or self._compile(connection, version) for version in (row.id, row.moved_to)
            )
            self._movings[key] = compile_moving(row.id, old.journey, row.moved_to, new.journey, row.mapping)
        return self._movings[key]

    def _compile(self, connection: Connection, version: int) -> CompiledVersion:
        row = connection.execute(queries.DEFINITION, {"version": version}).first()
        if row is None:
            raise KeyError(version)
        compiled = compile_version(Journey.model_validate(row.definition), row.journey, version)
        self._compiled[version] = compiled
        return compiled

    def policies(self) -> dict[tuple[int, str], MessagePolicy]:
        """The policies of every message step at work."""
        return {
            (number, step): statements.policy
            for number, one in self.live.items()
            for step, statements in one.version.steps.items()
            if statements.policy is not None
        }

    def recovers(self, version: int, step: str) -> bool:
        """Whether a step of a version is a ``recover`` step."""
        return isinstance(self._step(version, step), RecoverStep)

    def content_of(self, version: int, step: str) -> MessageContent:
        """What a message step of a version says, archived ones too. Raises ``KeyError`` when there is no such step."""
        found = self._step(version, step)
        if not isinstance(found, MessagingStep):
            raise KeyError(step)
        return found.content

    def _step(self, version: int, step: str) -> Step:
        known = self._compiled.get(version)
        if known is None:
            with self._database.read() as connection:
                known = self._compile(connection, version)
        return known.journey.step(step)
