"""Which comes first in dates like 03/04/2025, as far as the file itself shows it. Reads its beginning, changes nothing."""

from collections.abc import Iterable
from itertools import islice
from typing import IO

from antiphon.intake.files.models import Part
from antiphon.intake.files.moments import SLASHED
from antiphon.intake.files.records import records

#: Rows of each part that are looked at.
_ROWS = 20_000


def day_comes_first(parts: Iterable[Part], text: IO[bytes]) -> bool | None:
    """What one date that can be read in one way only says of all; ``None`` where none does, or two disagree."""
    found = set()
    for part in parts:
        for record in islice(records(text, part.body, part.stop, part.line, part.delimiter), _ROWS):
            for cell in record.fields or ():
                if cell[:1].isdigit() and (said := SLASHED.fullmatch(cell.strip())):
                    one, two = int(said[1]), int(said[2])
                    if max(one, two) <= 31 and min(one, two) <= 12 < max(one, two):
                        found.add(one > two)
        if len(found) > 1:
            return None
    return found.pop() if found else None
