"""Holds every statement that a test runs through the product against the rules and against docs/architecture.md."""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import antiphon
from antiphon.store import db
from antiphon.store.schema import metadata
from antiphon.store.statements import check_statement, writes_of

_ARCHITECTURE = Path(__file__).parent.parent / "docs" / "architecture.md"

#: Stages whose statements are not held against the rules: tests' own, and the schema's.
_FREE = {"test", "migrate", "install"}

#: Savepoints say nothing to tables.
_CONTROL = re.compile(r"(RELEASE |ROLLBACK TO )?SAVEPOINT ")


def import_tables() -> None:
    """Import every ``tables`` module, so that the metadata knows all tables and their keys."""
    for module in pkgutil.walk_packages(antiphon.__path__, "antiphon."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


@cache
def stages() -> Mapping[str, frozenset[str] | None]:
    """Which tables each stage may write, as docs/architecture.md says; None: every one."""
    text = _ARCHITECTURE.read_text()
    table = text[text.index("| stage | may write |") :].split("\n\n")[0]
    found: dict[str, frozenset[str] | None] = {}
    for line in table.splitlines()[2:]:
        stage, words = (cell.strip() for cell in line.strip("|").split("|"))
        known = frozenset(re.findall(r"\w+", words)) & frozenset(metadata.tables)
        found[stage] = None if words == "every table" else known
    return found


class Watch:
    """Collects what is wrong with the statements that run while it looks; each is reported once."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}

    def start(self) -> None:
        """Look at all statements of all engines, and at every COPY."""
        import_tables()
        event.listen(Engine, "before_cursor_execute", self._executed)
        db.copy_observers.append(self.look)

    def stop(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._executed)
        db.copy_observers.remove(self.look)

    def _executed(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        self.look(statement)

    def look(self, statement: str) -> None:
        """Hold one statement of the stage under way against the rules."""
        stage = db.current_stage.get()
        if stage in _FREE or _CONTROL.match(statement):
            return
        writes = writes_of(statement)
        if stage is None:
            wrong = [f"writes {', '.join(sorted(writes))} outside of any stage"] if writes else []
        else:
            allowed = stages().get(stage, frozenset())
            if stage not in stages():
                wrong = [f"stage {stage!r} is not in docs/architecture.md"]
            else:
                wrong = [
                    f"stage {stage!r} writes {name}"
                    for name in sorted(writes - (writes if allowed is None else allowed))
                ]
        for each in [*wrong, *check_statement(statement)]:
            self.found.setdefault(f"{each}: {' '.join(statement.split())[:300]}")

    def take(self) -> list[str]:
        """What was found since the last time."""
        found = list(self.found)
        self.found.clear()
        return found
