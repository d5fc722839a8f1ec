"""Which products and variants a feed has told of: told twice, the later row counts, and the report names it.

Nothing that a feed lacks is known without it, either (:mod:`sweeping`); rows that were refused are remembered for that, so that
what is wrong with a price deletes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection

from antiphon.intake.feeds import queries
from antiphon.intake.feeds.rows import Said

#: A product and its variant, '' for the product itself.
_Told = tuple[str, str]
#: Characters of an id; whatever is longer is no product of any catalogue.
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Again:
    """A row that says anew what another row, in a line before, did."""

    id: str
    line: int
    raw: str
    why: str


def note(connection: Connection, feed: int, said: Sequence[Said], refused: AbstractSet[int]) -> list[Again]:
    """Remember what rows of a feed tell of; returns those that were told before. ``refused``: the lines of what was not
    taken."""
    taken = [each for each in said if each.line not in refused]
    lines = _before(connection, feed, taken)
    again = list(told_again(taken, lines))
    wrong = {
        each.id for each in said if each.line in refused and 0 < len(each.id) <= LONGEST_ID and "\0" not in each.id
    }
    lines |= {(id_, ""): 0 for id_ in wrong if (id_, "") not in lines}
    if lines:
        connection.execute(queries.NOTE_PRODUCTS, _given(feed, lines))
    return again


def _before(connection: Connection, feed: int, said: Iterable[Said]) -> dict[_Told, int]:
    asked = {(each.id, row.variant): row.line for each in said for row in each.rows}
    rows = connection.execute(queries.TOLD_BEFORE, _given(feed, asked)) if asked else ()
    return {(row.product, row.variant): row.line for row in rows}


def told_again(said: Iterable[Said], lines: dict[_Told, int]) -> Iterator[Again]:
    """Rows that say what ``lines`` has, or one before them; ``lines`` comes to have those that were not there."""
    for each in said:
        for row in each.rows:
            first = lines.setdefault((each.id, row.variant), row.line)
            if first != row.line:
                what = f"its variant {row.variant[:100]!r}" if row.variant else "the product"
                why = f"line {first:,} has {what} as well: what this line says counts"
                yield Again(each.id, row.line, row.raw, why)


def _given(feed: int, lines: Mapping[_Told, int]) -> dict[str, object]:
    return {
        "id": feed,
        "products": [product for product, _ in lines],
        "variants": [variant for _, variant in lines],
        "lines": list(lines.values()),
    }
