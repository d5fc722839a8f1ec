"""One list of what happened to a person: five sources, merged by time."""

from collections.abc import Callable, Sequence
from itertools import chain

from sqlalchemy import Connection

from antiphon.kit.buckets import bucket_of
from antiphon.web.definitions import origins, versions
from antiphon.web.paging import PAGE, START, Cursor, Page
from antiphon.web.people import entries, queries
from antiphon.web.people.models import KINDS, Entry, Profile
from antiphon.web.people.read import address_keys

#: Rows that a source gives beyond a page, for entries of one instant that the page before has shown already.
_SPARE = 50

Source = Callable[[Connection, Profile, dict[str, object]], list[Entry]]


def timeline(connection: Connection, person: Profile, kinds: Sequence[str], start: Cursor) -> Page[Entry]:
    """A page of entries of the given kinds, the newest first."""
    bounds = {
        "bucket": bucket_of(person.row.id),
        "person": person.row.id,
        "at": start.at,
        "limit": PAGE + 1 + _SPARE,
    }
    wanted = [kind for kind in KINDS if kind in kinds] or KINDS
    found = chain.from_iterable(_SOURCES[kind](connection, person, bounds) for kind in wanted)
    key = (start.at, start.id)
    older = [entry for entry in found if start == START or entry.order < key]
    older.sort(key=lambda entry: entry.order, reverse=True)
    return Page.of(older[: PAGE + 1], start, lambda entry: Cursor(*entry.order))


def _events(connection: Connection, person: Profile, bounds: dict[str, object]) -> list[Entry]:  # noqa: ARG001
    rows = connection.execute(queries.EVENTS, bounds).all()
    known = origins(connection, filter(None, (entries.asked_in(row) for row in rows)))
    return [entries.of_event(row, known.get(entries.asked_in(row))) for row in rows]


def _consents(connection: Connection, person: Profile, bounds: dict[str, object]) -> list[Entry]:
    rows = connection.execute(queries.CONSENT_FACTS, bounds | address_keys(person.row.reaches))
    return [entries.of_consent(row) for row in rows]


def _moves(connection: Connection, person: Profile, bounds: dict[str, object]) -> list[Entry]:
    starts, rows = (connection.execute(query, bounds).all() for query in (queries.STARTS, queries.MOVES))
    known = versions(connection, (row.version for row in (*starts, *rows)))
    entered = [entries.of_start(row, known.get(row.version)) for row in starts]
    return entered + [entries.of_move(row, known.get(row.version), person.place) for row in rows]


def _decisions(connection: Connection, person: Profile, bounds: dict[str, object]) -> list[Entry]:
    rows = connection.execute(queries.DECISIONS, bounds).all()
    known = origins(connection, (row.version for row in rows))
    return [entries.of_decision(row, known.get(row.version), person.place) for row in rows]


def _messages(connection: Connection, person: Profile, bounds: dict[str, object]) -> list[Entry]:
    messages = {(row.abucket, row.id): row for row in connection.execute(queries.MESSAGES, bounds)}
    keys = {"abuckets": [key[0] for key in messages], "messages": [key[1] for key in messages]}
    logged = connection.execute(queries.MESSAGE_LOG, bounds | keys) if messages else ()
    known = origins(connection, {row.version for row in messages.values()})
    found = [(row, messages[row.abucket, row.message]) for row in logged]
    return [entries.of_message(row, of, known.get(of.version), person.place) for row, of in found]


_SOURCES: dict[str, Source] = {
    "event": _events,
    "consent": _consents,
    "move": _moves,
    "decision": _decisions,
    "message": _messages,
}
