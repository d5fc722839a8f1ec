"""Reading a whole file without keeping it: what ``--dry-run`` says."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from antiphon.intake.files.dates import day_comes_first
from antiphon.intake.files.keeping import parts_of, plain_text
from antiphon.intake.files.managing import checked
from antiphon.intake.files.models import Import, Mapping
from antiphon.intake.files.place import place_of
from antiphon.intake.files.preview import read_all
from antiphon.intake.files.shapes.registry import mapping_for, shape_named
from antiphon.intake.files.tally import WHOLE, Tally, of_row, told
from antiphon.store.db import Database

MAX_TOLD = 1_000


@dataclass(slots=True)
class Checked:
    """``told``: line, whether the rest of it comes in, and why; the first thousand."""

    mapping: Mapping
    rows: int = 0
    notes: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    told: list[tuple[int, bool, str]] = field(default_factory=list)


def check_file(
    database: Database,
    file: IO[bytes],
    name: str,
    now: datetime,
    shape: str | None,
    change: Callable[[Mapping], Mapping],
) -> Checked:
    """What would come in of a file; ``change`` says what of the guessed mapping is otherwise. Raises ``AntiphonError``."""
    with database.read() as connection:
        place = place_of(connection)
    with TemporaryFile() as text:
        tables = plain_text(file, name, text.write)
        parts = tuple(parts_of(tables, text))
        guessed = mapping_for([part.header for part in parts], shape_named(shape) if shape else None)
        mapping = checked(change(guessed.model_copy(update={"day_first": day_comes_first(parts, text)})))
        size = parts[-1].stop if parts else 0
        found = Import(0, name, "uploaded", size, 0, 0, 0, mapping, parts, Counter(), None, now, "", None, None)
        made = Checked(mapping, notes=[note for part in parts for note in part.notes])
        tally, portions = Tally(now), list[Counter[str]]()
        for _, seen in read_all(found, text, now, place):
            made.rows += 1
            if seen.incoming is None:
                made.counts["rejected"] += 1
                problems = [seen.error]
            else:
                made.counts.update(of_row(seen.incoming))
                tally.note(seen.incoming)
                problems = seen.incoming.problems
            if tally.rows == WHOLE:
                portions.append(_counted(database, tally))
                tally = Tally(now)
            if len(made.told) < MAX_TOLD:
                made.told += [(seen.line, seen.incoming is not None, problem) for problem in problems]
        if tally.rows or not portions:
            portions.append(_counted(database, tally))
        made.counts.update(told(portions))
        return made


def _counted(database: Database, tally: Tally) -> Counter[str]:
    with database.read() as connection:
        return tally.outcome(connection)
