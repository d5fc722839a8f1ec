"""An import as it would come in: its first rows one by one, and the first thousand of each part in sum. Changes nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from sqlalchemy import Connection

from antiphon.intake.facts import UnreadableError
from antiphon.intake.files.models import Import, Incoming
from antiphon.intake.files.place import Place, place_of
from antiphon.intake.files.records import MAX_ROW, records
from antiphon.intake.files.rows import Reading, arrivals_of, read_row
from antiphon.intake.files.tally import Tally, of_row
from antiphon.intake.items import Posting

SHOWN = 8
LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A row: what comes in of it, or why nothing does."""

    line: int
    raw: str
    incoming: Incoming | None
    error: str = ""


@dataclass(slots=True)
class Preview:
    """``counts`` are those of the rows that were ``looked`` at; ``samples`` has the first values of each column."""

    rows: list[tuple[str, Seen]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    looked: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)
    whole: bool = True

    def note(self, seen: Seen) -> None:
        self.looked += 1
        if seen.incoming is None:
            self.counts["rejected"] += 1
            self.faults[seen.error] += 1
        else:
            self.counts.update(of_row(seen.incoming))
            self.faults.update(seen.incoming.problems)


def read_all(
    found: Import, text: IO[bytes], now: datetime, place: Place, limit: int | None = None
) -> Iterator[tuple[int, Seen]]:
    """Rows of every part, up to ``limit`` each, with the number of their part."""
    posting = Posting(found.mapping.source, now, place.region, max_item=MAX_ROW)
    for index, part in enumerate(found.parts):
        reading = Reading(found.mapping, part.name, part.header, place.region, place.zone, now)
        for number, record in enumerate(records(text, part.body, part.stop, part.line, part.delimiter)):
            if limit is not None and number >= limit:
                break
            try:
                incoming = read_row(record, reading)
                arrivals_of(incoming, posting, record)
            except (UnreadableError, TypeError, ValueError) as error:
                yield index, Seen(record.line, record.raw[:500], None, str(error))
            else:
                yield index, Seen(record.line, record.raw[:500], incoming)


def preview(connection: Connection, found: Import, text: IO[bytes], now: datetime) -> Preview:
    """What the page shows before somebody starts an import."""
    place, tally = place_of(connection), Tally(now)
    made = Preview(samples=_samples(found, text))
    shown: Counter[int] = Counter()
    most = max(2, SHOWN // max(len(found.parts), 1))
    looked: Counter[int] = Counter()
    for index, seen in read_all(found, text, now, place, LOOKED_AT + 1):
        looked[index] += 1
        if looked[index] > LOOKED_AT:
            made.whole = False
            continue
        made.note(seen)
        if seen.incoming is not None:
            tally.note(seen.incoming)
        if shown[index] < most:
            shown[index] += 1
            made.rows.append((found.parts[index].name if len(found.parts) > 1 else "", seen))
    made.counts.update(tally.outcome(connection))
    return made


def _samples(found: Import, text: IO[bytes]) -> dict[str, list[str]]:
    """Up to three different values of each column."""
    samples: dict[str, list[str]] = {}
    for part in found.parts:
        for number, record in enumerate(records(text, part.body, part.stop, part.line, part.delimiter)):
            if number >= 50:
                break
            for column, value in zip(part.header, record.fields or (), strict=False):
                known = samples.setdefault(column, [])
                if value.strip() and len(known) < 3 and value[:60] not in known:
                    known.append(value[:60])
    return samples
