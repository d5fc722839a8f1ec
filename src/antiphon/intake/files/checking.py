"""Reading a whole file without keeping it: what ``--dry-run`` says."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from antiphon.intake.files.keeping import parts_of, plain_text
from antiphon.intake.files.managing import checked
from antiphon.intake.files.models import Import, Mapping
from antiphon.intake.files.preview import read_all
from antiphon.intake.files.running import kinds_of
from antiphon.intake.files.shapes.registry import mapping_for, shape_named
from antiphon.intake.queries import SETTING
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.store.db import Database

MAX_TOLD = 1_000


@dataclass(slots=True)
class Checked:
    """``told``: line, whether the rest of it comes in, and why; the first thousand."""

    mapping: Mapping
    rows: int = 0
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
        region = connection.execute(SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
    with TemporaryFile() as text:
        tables = plain_text(file, name, text.write)
        parts = tuple(parts_of(tables, text))
        guessed = mapping_for([part.header for part in parts], shape_named(shape) if shape else None)
        mapping = checked(change(guessed))
        size = parts[-1].stop if parts else 0
        found = Import(0, name, "uploaded", size, 0, 0, 0, mapping, parts, Counter(), None, now, "", None, None)
        made = Checked(mapping)
        for _, seen in read_all(found, text, now, region):
            made.rows += 1
            if seen.incoming is None:
                made.counts["rejected"] += 1
                problems = [seen.error]
            else:
                made.counts["people"] += 1
                made.counts["partly"] += bool(seen.incoming.problems)
                made.counts.update(kinds_of(seen.incoming))
                problems = seen.incoming.problems
            if len(made.told) < MAX_TOLD:
                made.told += [(seen.line, seen.incoming is not None, problem) for problem in problems]
        return made
