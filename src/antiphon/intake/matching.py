"""From identifiers to people, in bulk: the touched components are grouped anew, and people are given to the groups."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from antiphon.intake.facts import Fact
from antiphon.intake.graph import (
    Graph,
    Known,
    Stored,
    abucket,
    columns,
    load_identifiers,
    load_pairs,
    pair_columns,
    spread,
    unfold,
)
from antiphon.intake.homes import Match, Split, take_people
from antiphon.kit.buckets import bucket_of, person_id, slot_of
from antiphon.people import queries
from antiphon.people.grouping import HUMAN, SHARED, Grouping, Pair, Seen, day_of, strongest_first
from antiphon.people.identifiers import PHONE, Key, channel_of
from antiphon.people.tables import evidence, identifier
from antiphon.store.db import copy_rows

#: How far "last seen" of an identifier may lag behind; every update of it is a dead row.
_LAG = timedelta(days=1)

IDENTIFIER_COLUMNS = ("abucket", "kind", "value", "bucket", "person", "first_at", "last_at")
EVIDENCE_COLUMNS = (
    *("abucket", "kind", "value", "other_kind", "other_value", "source"),
    *("first_at", "last_at", "verified_at", "outcome"),
)

Span = tuple[datetime, datetime]


def match(
    connection: Connection, facts: Sequence[Fact], known: Mapping[Key, Known], next_person: int, now: datetime
) -> Match:
    """Give every identifier of ``facts`` its person, and store identifiers, evidence and conflicts.

    ``known`` are the stored ones among the identifiers of ``facts``, and maybe others.
    """
    seen, pairs = _collect(facts)
    known = {key: known[key] for key in seen if key in known}
    stored = load_pairs(connection, [pair for pair, _ in pairs if pair[0] in known and pair[1] in known])
    graph = Graph(known=known)
    touched = _touched(pairs, stored)
    for pair, sighting in touched.items():
        graph.edges[pair] = sighting
    spread(connection, graph, {key for pair in touched for key in pair if key in known})
    grouping = graph.group()
    result = Match(next_person)
    _assign(connection, result, grouping, graph, facts)
    result.apart = {pair for pair, each in stored.items() if _outcome(grouping, pair, each) == "apart"}
    result.apart |= {pair for pair, reason in grouping.refused.items() if reason == HUMAN}
    _write_identifiers(connection, result, graph, seen)
    _write_evidence(connection, pairs, stored, grouping)
    _write_outcomes(connection, graph, grouping, now)
    return result


def rematch(connection: Connection, keys: Collection[Key], next_person: int, now: datetime) -> Match:
    """Group anew what is connected with stored identifiers, after a human said something of them."""
    graph = Graph(known=load_identifiers(connection, keys))
    spread(connection, graph, set(graph.known))
    grouping = graph.group(graph.known)
    result = Match(next_person)
    _assign(connection, result, grouping, graph, ())
    result.apart = {pair for pair, reason in grouping.refused.items() if reason == HUMAN}
    _write_identifiers(connection, result, graph, {})
    _write_outcomes(connection, graph, grouping, now)
    return result


def _collect(facts: Sequence[Fact]) -> tuple[dict[Key, Span], dict[tuple[Pair, str], Seen]]:
    """When each identifier, and each pair with the arrival's strongest one, was seen in the batch."""
    seen: dict[Key, Span] = {}
    pairs: dict[tuple[Pair, str], Seen] = {}
    for fact in facts:
        at = fact.at
        for key in fact.keys:
            span = seen.get(key)
            seen[key] = (at, at) if span is None else (min(span[0], at), max(span[1], at))
        if len(fact.keys) == 1:
            continue
        strongest, day = fact.keys[0], day_of(at)
        for key in fact.keys[1:]:
            pair = (strongest, key) if strongest < key else (key, strongest)
            verified = at if fact.verified and (strongest in fact.verified or key in fact.verified) else None
            sighting, before = Seen(at, day, verified), pairs.get((pair, fact.source))
            pairs[pair, fact.source] = sighting if before is None else sighting.joined(before)
    return seen, pairs


def _touched(pairs: dict[tuple[Pair, str], Seen], stored: dict[Pair, dict[str, Stored]]) -> dict[Pair, Seen]:
    """The pairs of which the batch tells what may join or part people, with what it tells."""
    touched: dict[Pair, Seen] = {}
    for (pair, _), seen in pairs.items():
        if pair in stored and not _tells(pair, seen, stored[pair]):
            continue
        touched[pair] = seen.joined(touched[pair]) if pair in touched else seen
    return touched


def _tells(pair: Pair, seen: Seen, stored: dict[str, Stored]) -> bool:
    first, *others = (each.seen for each in stored.values())
    for other in others:
        first = first.joined(other)
    after = first.joined(seen)
    if after[::2] != first[::2]:  # earlier, or verified, or verified earlier
        return True
    return after.last_at > first.last_at and PHONE in {pair[0][0], pair[1][0]}  # how long a number was silent


def _assign(connection: Connection, result: Match, grouping: Grouping, graph: Graph, facts: Sequence[Fact]) -> None:
    """Give each cluster a person: the elder of those who are at home in it, or a new one."""
    cluster_of = {key: cluster for cluster in grouping.clusters for key in cluster}
    taken = take_people(connection, result, grouping, graph)
    for fact in facts:  # in order of arrival, so that new people are numbered by it
        for key in fact.keys:
            if key in result.person_of:
                continue
            cluster = cluster_of.get(key, [key])
            person = taken.get(id(cluster))
            if person is None and key in graph.known and key not in cluster_of:
                person = graph.known[key].person
            if person is None:
                person = _new_person(result, fact, cluster)
            for member in cluster:
                result.person_of[member] = person
    for cluster in grouping.clusters:  # those that no fact of this batch names but that were loaded with the rest
        person = taken.get(id(cluster)) or result.person_of.get(cluster[0])
        person = person or _new_person(result, None, cluster)
        for member in cluster:
            result.person_of[member] = person
    _find_leavers(result, graph)


def _new_person(result: Match, fact: Fact | None, cluster: Sequence[Key]) -> int:
    first = min((k for k in cluster if fact is None or k in fact.keys), key=strongest_first)
    person = person_id(result.next_person, slot_of(f"{first[0]}:{first[1]}"))
    result.next_person += 1
    result.new_people[person] = first
    return person


def _find_leavers(result: Match, graph: Graph) -> None:
    for key, before in graph.known.items():
        stays_with = result.merges.get(before.person, before.person)
        if result.person_of.get(key, stays_with) != stays_with:
            result.splits.append(Split(key, before.person, result.person_of[key]))
    if result.splits:
        _hold(result, graph)


def _hold(result: Match, graph: Graph) -> None:
    """Who parted holds their own addresses and those that were given with their identifiers, but by a human's word."""
    parted = {person for split in result.splits for person in (split.from_person, split.to_person)}
    held: dict[tuple[int, Key], datetime] = {}
    for key, person in result.person_of.items():
        if person in parted and key in graph.known:
            held[person, key] = graph.known[key].first_at
    for pair, seen in graph.edges.items():
        said = graph.verdicts.get(pair)
        strong, weak = sorted(pair, key=strongest_first)
        if (person := result.person_of[strong]) in parted and (said is None or said.same):
            held[person, weak] = min(seen.first_at, held.get((person, weak), seen.first_at))
    result.holdings = {(person, key): at for (person, key), at in held.items() if channel_of(key[0])}


def _write_identifiers(connection: Connection, result: Match, graph: Graph, seen: dict[Key, Span]) -> None:
    fresh, changed = [], []
    for key, person in result.person_of.items():
        before = graph.known.get(key)
        if before is None:  # then it is of this batch: every stored edge has stored ends
            fresh.append((abucket(key[1]), *key, bucket_of(person), person, *seen[key]))
            continue
        span = seen.get(key, (before.first_at, before.last_at))
        first, last = min(before.first_at, span[0]), max(before.last_at, span[1])
        if before.person != person or first < before.first_at or last > before.last_at + _LAG:
            changed.append((key, person, first, last))
    copy_rows(connection, identifier, IDENTIFIER_COLUMNS, sorted(fresh))
    if changed:
        connection.execute(
            queries.UPDATE_IDENTIFIERS,
            {
                **columns(key for key, *_ in changed),
                "buckets": [bucket_of(person) for _, person, *_ in changed],
                "people": [person for _, person, *_ in changed],
                "firsts": [first.isoformat() for *_, first, _ in changed],
                "lasts": [last.isoformat() for *_, last in changed],
            },
        )


def _outcome(grouping: Grouping, pair: Pair, stored: dict[str, Stored] | None = None) -> str:
    """joined, refused, or apart; an edge that was not looked at keeps what is stored."""
    reason = grouping.refused.get(pair)
    if reason:
        return "apart" if reason == HUMAN else "refused"
    if stored and pair not in grouping.looked_at:
        return min(each.outcome for each in stored.values())
    return "joined"


_evidence_key = itemgetter(0, 1, 2, 3, 4, 5)


def _write_evidence(
    connection: Connection,
    pairs: dict[tuple[Pair, str], Seen],
    stored: dict[Pair, dict[str, Stored]],
    grouping: Grouping,
) -> None:
    """Each pair is stored from both ends, so that it is found from either."""
    fresh: list[tuple[Any, ...]] = []
    changed = []
    folded: set[Key] = set()
    for (pair, source), seen in pairs.items():
        before = stored[pair].get(source) if pair in stored else None
        if before is None:
            outcome = _outcome(grouping, pair, stored.get(pair))
            for one, other in (pair, pair[::-1]):
                fresh.append((abucket(one[1]), *one, *other, source, *seen, outcome))
        elif (after := seen.joined(before.seen)) != before.seen:
            changed += [(p, source, after) for p in (pair, pair[::-1])]
            if before.beside:
                folded.update(pair)
    fresh.sort(key=_evidence_key)
    copy_rows(connection, evidence, EVIDENCE_COLUMNS, fresh)
    if changed:
        unfold(connection, folded)
        connection.execute(
            queries.UPDATE_EVIDENCE,
            {
                **pair_columns([pair for pair, *_ in changed]),
                "sources": [source for _, source, _ in changed],
                "firsts": [seen.first_at.isoformat() for *_, seen in changed],
                "lasts": [seen.last_at.isoformat() for *_, seen in changed],
                "verifieds": [seen.verified_at and seen.verified_at.isoformat() for *_, seen in changed],
            },
        )


def _write_outcomes(connection: Connection, graph: Graph, grouping: Grouping, now: datetime) -> None:
    """What changed between joined, refused and apart; refusals are listed for a human, shared identifiers once."""
    outcome = {pair: _outcome(grouping, pair) for pair in graph.edges}
    turned = [pair for pair, before in graph.outcomes.items() if outcome[pair] != before]
    if turned:
        both = [p for pair in turned for p in (pair, pair[::-1])]
        unfold(connection, {key for pair in turned for key in pair})
        outcomes = [outcome[pair] for pair in turned for _ in range(2)]
        connection.execute(queries.SET_OUTCOMES, {**pair_columns(both), "outcomes": outcomes})
    refused: dict[Pair, str] = {
        pair: reason
        for pair, reason in grouping.refused.items()
        if reason not in {SHARED, HUMAN} and graph.outcomes.get(pair) != "refused"
    }
    refused.update({(key, ("", "")): SHARED for key in grouping.shared - graph.shared})
    if refused:
        given = {**pair_columns(list(refused)), "reasons": list(refused.values()), "now": now}
        connection.execute(queries.ADD_CONFLICTS, given)
    if settled := [pair for pair in turned if outcome[pair] != "refused"]:
        connection.execute(queries.DROP_CONFLICTS, pair_columns(settled))
