"""Gathers what the pages about who is who show."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.intake.graph import columns, load_identifiers
from antiphon.kit.buckets import bucket_of
from antiphon.people.grouping import Pair, in_order, strongest_first
from antiphon.people.identifiers import Key
from antiphon.web.identity import queries
from antiphon.web.identity.models import Conflict, Edge, Identity, Node, Said
from antiphon.web.paging import PAGE

#: A person with more identifiers, or more evidence, is shown in part and says so.
MOST, MOST_EVIDENCE = 240, 2_000


def identity(connection: Connection, person: int) -> Identity:
    """Everything that makes a person one; empty for one who has no identifiers."""
    where = {"bucket": bucket_of(person), "person": person, "limit": MOST + 1}
    rows = connection.execute(queries.OWN, where).all()
    known = sorted(rows, key=lambda row: strongest_first((row.kind, row.value)))[:MOST]
    own = [Node(n, (row.kind, row.value), row.first_at, row.last_at) for n, row in enumerate(known)]
    keys = [node.key for node in own]
    seen = connection.execute(queries.EVIDENCE, columns(keys) | {"limit": MOST_EVIDENCE}).all()
    said = connection.execute(queries.VERDICTS, columns(keys)).all()
    beside = {(row.other_kind, row.other_value) for row in (*seen, *said)} - set(keys)
    holders = load_identifiers(connection, beside)
    others = [
        Node(n, key, holders[key].first_at, holders[key].last_at, holders[key].person)
        for n, key in enumerate(sorted(holders, key=strongest_first), len(own))
    ]
    nodes = {node.key: node for node in (*own, *others)}
    reasons = {
        in_order((row.kind, row.value), (row.other_kind, row.other_value)): row.reason
        for row in connection.execute(queries.REASONS, columns(nodes))
    }
    edges = _edges(nodes, seen, reasons)
    edges += _by_hand(nodes, said, edges)
    return Identity(own, others, edges, _said(said), more=len(rows) > MOST or len(seen) == MOST_EVIDENCE)


def _edges(nodes: dict[Key, Node], rows: Iterable[Row[Any]], reasons: dict[Pair, str]) -> list[Edge]:
    found: defaultdict[Pair, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        pair = in_order((row.kind, row.value), (row.other_kind, row.other_value))
        if pair[0] in nodes and pair[1] in nodes:
            found[pair].append(row)
    edges = []
    for pair, those in found.items():
        proofs = [row.verified_at for row in those if row.verified_at]
        edges.append(
            Edge(
                *_ends(nodes, pair),
                min(row.outcome for row in those),
                tuple(sorted({row.source for row in those})),
                min(row.first_at for row in those),
                max(max(row.first_at, row.last_at) for row in those),
                min(proofs, default=None),
                reasons.get(pair, ""),
            )
        )
    return edges


def _ends(nodes: dict[Key, Node], pair: Pair) -> tuple[Node, Node]:
    one, other = (nodes[key] for key in sorted(pair, key=strongest_first))
    return one, other


def _by_hand(nodes: dict[Key, Node], rows: Iterable[Row[Any]], edges: list[Edge]) -> list[Edge]:
    """What humans said of identifiers that were never seen together; the newest word of each pair."""
    have = {in_order(edge.one.key, edge.other.key) for edge in edges}
    found = []
    for row in rows:
        pair = in_order((row.kind, row.value), (row.other_kind, row.other_value))
        if pair in have or not nodes.keys() >= set(pair):
            continue
        have.add(pair)
        if row.says == "same":
            found.append(Edge(*_ends(nodes, pair), "same"))
    return found


def _said(rows: Iterable[Row[Any]]) -> list[Said]:
    acts: dict[int, list[Row[Any]]] = {}
    for row in rows:
        acts.setdefault(row.act, []).append(row)
    found = []
    for act, those in acts.items():
        newest = those[0]
        different = any(row.says == "different" for row in those)
        about = {row.value for row in those} | {row.other_value for row in those}
        at: datetime = newest.at
        who, why = newest.who, newest.why
        found.append(Said(act, "different" if different else "same", at, who, why, tuple(sorted(about))))
    return found


def conflicts(connection: Connection, until: datetime) -> tuple[list[Conflict], datetime | None]:
    """A page of what was refused, the newest first; and the instant at which the next page begins, if there is one."""
    rows = connection.execute(queries.CONFLICTS, {"at": until, "limit": PAGE + 1}).all()
    ends = {key for row in rows for key in ((row.kind, row.value), (row.other_kind, row.other_value)) if key[0]}
    holders = load_identifiers(connection, ends)
    found = []
    for row in rows[:PAGE]:
        one, other = (row.kind, row.value), (row.other_kind, row.other_value)
        people = [holders[key].person for key in (one, other) if key in holders]
        found.append(Conflict(one, other if other[0] else None, row.reason, row.at, tuple(dict.fromkeys(people))))
    return found, rows[PAGE].at if len(rows) > PAGE else None


def journey_names(connection: Connection, journeys: Iterable[int]) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(queries.JOURNEYS, {"ids": list(journeys)})}
