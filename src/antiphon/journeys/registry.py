"""The versions that are at work, compiled once each."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row

from antiphon.content.models import MessageContent
from antiphon.decisions.models import MessagePolicy
from antiphon.journeys import queries
from antiphon.journeys.compile import CompiledVersion, compile_version
from antiphon.journeys.models import Journey, Step
from antiphon.journeys.moving import Moving, compile_moving
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.journeys.steps.recover import RecoverStep
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database


class UnreadableVersionError(AntiphonError):
    """A stored version that this program cannot read: of another release, or written past it."""

    def __init__(self, version: int, where: str) -> None:
        super().__init__(f"It cannot be read: {where} is not possible.", "Publish the journey anew, and move its runs.")
        self.version = version


@dataclass(frozen=True, slots=True)
class Live:
    """A version as the engine sees it now."""

    version: CompiledVersion
    entering: bool  # new people join this version
    moving: bool  # its runs may move: the journey is not paused, the version is not held
    held: bool = False  # its own SQL has failed


class Registry:
    """All versions whose journeys are not archived. A version never changes, so it is compiled once, or twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._compiled: dict[int, CompiledVersion] = {}
        self._mixed: set[int] = set()  # those that are compiled for runs which were moved
        self.live: dict[int, Live] = {}
        self.archived: frozenset[int] = frozenset()
        self.movings: tuple[Moving, ...] = ()  # versions whose live runs go to another
        self._movings: dict[tuple[int, int, str], Moving] = {}
        self.members = False  # there are members of a segment to let in
        self.standing = False  # there are versions whose runs may not move

    def refresh(self, connection: Connection) -> None:
        """Read which versions there are and in what state; cheap when nothing is new.

        Raises ``UnreadableVersionError``: that version is to be held, and is passed over then.
        """
        live, archived, moved = {}, set(), []
        self.standing = False
        self.members = False
        for row in connection.execute(queries.VERSIONS, {"all": len(BUCKETS)}):
            if row.state == "archived":
                archived.add(row.id)
                continue
            held = row.held_at is not None
            try:
                known = self._known(connection, row)
            except UnreadableVersionError:
                if not held:
                    raise
                self.standing = True
                continue
            runs = not held and row.state != "paused"
            entering = row.entering and row.state == "active" and runs
            live[row.id] = Live(known, entering=entering, moving=runs, held=held)
            self.standing |= not runs
            self.members |= entering and row.members
            if row.moved_to is not None and row.state != "paused":  # a held one can be left
                moved.append(row)
        self.live, self.archived = live, frozenset(archived)
        # nobody is brought to a version that fails
        self.movings = tuple(self._moving(row) for row in moved if row.moved_to in live and not live[row.moved_to].held)

    def _moving(self, row: Row[Any]) -> Moving:
        key = (row.id, row.moved_to, json.dumps(row.mapping))
        if key not in self._movings:
            old, new = self._compiled[row.id].journey, self._compiled[row.moved_to].journey
            self._movings[key] = compile_moving(row.id, old, row.moved_to, new, row.mapping)
        return self._movings[key]

    def _known(self, connection: Connection, row: Row[Any]) -> CompiledVersion:
        known = self._compiled.get(row.id)
        if known is None or (row.mixed and row.id not in self._mixed):
            known = self._compile(connection, row.id, mixed=row.mixed)
            self._mixed |= {row.id} if row.mixed else set()
        return known

    def _compile(self, connection: Connection, version: int, *, mixed: bool = False) -> CompiledVersion:
        row = connection.execute(queries.DEFINITION, {"version": version}).first()
        if row is None:
            raise KeyError(version)
        try:
            journey = Journey.model_validate(row.definition)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise UnreadableVersionError(version, f"`{place}`" if place else "its definition") from None
        compiled = compile_version(journey, row.journey, version, mixed=mixed)
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
        """Whether a step of a version is a ``recover`` step; of what cannot be read, nothing is sent anyhow."""
        try:
            return isinstance(self._step(version, step), RecoverStep)
        except (UnreadableVersionError, KeyError):
            return False

    def content_of(self, version: int, step: str) -> MessageContent:
        """What a message step of a version says, archived ones too.

        Raises ``KeyError`` when there is no such step, ``UnreadableVersionError`` when nobody can tell.
        """
        found = self._step(version, step)
        if not isinstance(found, MessagingStep):
            raise KeyError(step)
        return found.content

    def _step(self, version: int, step: str) -> Step:
        known = self._compiled.get(version)
        if known is None:
            with self._database.read() as connection:
                known = self._compile(connection, version)
        found = next((one for one in known.journey.steps if one.id == step), None)
        if found is None:
            raise KeyError(step)
        return found
