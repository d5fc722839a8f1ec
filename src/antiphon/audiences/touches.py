"""Changes of people that the next tick must look at, noted by whoever makes them, in the same transaction.

Fresh events tell of themselves. Traits, zones, addresses and consents, who is new, merged or split, is noted here. Nothing
is noted while there is no segment; whoever defines one waits for the resolver's turn, so that none is missed.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from antiphon.kit.buckets import bucket_of
from antiphon.store.keys import Ids, Texts, keys

#: What can change, by the words of ``touched_by``.
TRAITS, ZONE, ADDRESS = "person.traits", "person.zone", "person_address"
#: Everything at once: somebody new; or somebody whom a merge or a split gave or took history.
NEW, MOVED = "new", "moved"
EVERYTHING = frozenset({NEW, MOVED})

_WANTED = text("SELECT EXISTS (SELECT FROM segment)")
_ADD = text(
    "INSERT INTO touched (bucket, person, what, quiet) SELECT b, p, w, q = 't' FROM "
    "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:whats AS text[]), cast(:quiets AS text[])) "
    "k(b, p, w, q)"
)

Touch = tuple[int, str, bool]


def wanted(connection: Connection) -> bool:
    """Whether anybody asks: there is a segment. Good for the rest of the resolver's turn."""
    return bool(connection.execute(_WANTED).scalar_one())


def note(connection: Connection, touches: Iterable[Touch]) -> None:
    """Note (person, what, quiet); ``quiet``: it is history, and nothing may start of it. Once each."""
    each: Sequence[Touch] = sorted(set(touches))
    if each and wanted(connection):
        connection.execute(
            _ADD,
            {
                "buckets": keys([bucket_of(person) for person, _, _ in each]),
                "people": Ids(person for person, _, _ in each),
                "whats": Texts(what for _, what, _ in each),
                "quiets": Texts("t" if quiet else "f" for _, _, quiet in each),
            },
        )
