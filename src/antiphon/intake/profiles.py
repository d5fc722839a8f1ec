"""Rows of people: new ones, what is told of known ones, and what a merge or a split makes of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from antiphon.audiences import touches
from antiphon.intake.arrivals import as_json
from antiphon.intake.facts import Fact
from antiphon.intake.graph import Known, load_identifiers
from antiphon.intake.homes import Match
from antiphon.kit.buckets import bucket_of, hash64
from antiphon.people import queries
from antiphon.people.identifiers import Key
from antiphon.people.profile import Profile
from antiphon.people.tables import person
from antiphon.store.db import copy_rows

PERSON_COLUMNS = (
    *("bucket", "id", "die", "traits", "traits_at", "zone", "first_seen_at", "last_seen_at"),
    *("via", "told"),
)


@dataclass(slots=True)
class _Told:
    """What a batch says of one person."""

    first_at: datetime
    last_at: datetime
    facts: list[Fact] = field(default_factory=list)  # those with traits or a zone


def write_people(connection: Connection, match: Match, facts: Sequence[Fact]) -> None:
    """Insert new people, bring known ones up to date, and join or part the rows of those who are merged or split.

    Must run before ``merging.carry_over``, which deletes the merged rows.
    """
    told = _collect(match, facts)
    parted = {p for split in match.splits for p in (split.from_person, split.to_person)}
    changed = {p for p, t in told.items() if t.facts and p not in match.new_people}
    changed |= (set(match.merges.values()) | parted) - match.new_people.keys()
    stored = _load(connection, changed | match.merges.keys())
    begun = _part(connection, match, stored) if match.splits else {}
    for loser, winner in match.merges.items():
        if winner in stored and loser in stored:
            stored[winner] = stored[winner].joined(stored[loser])
    fresh = []
    for new, first_key in match.new_people.items():
        if new not in told and new not in begun:  # by an identifier that no arrival of this batch shows
            known = _stored(connection, match, new)
            told[new] = _Told(min(each.first_at for each in known), max(each.last_at for each in known))
        profile = begun.get(new) or Profile({}, None, None, told[new].first_at, told[new].last_at)
        fresh.append((new, first_key, _with(profile, told[new]) if new in told else profile))
    _insert(connection, match, fresh)
    gone = match.merges.keys()
    told_to = {p: _with(stored[p], told[p]) if p in told else stored[p] for p in changed if p in stored}
    _update(connection, {p: profile for p, profile in told_to.items() if p not in gone})
    _note(connection, match, facts, {p: (stored[p], profile) for p, profile in told_to.items() if p not in gone})
    _see(connection, {p: t for p, t in told.items() if p not in changed and p not in match.new_people})


def _note(
    connection: Connection, match: Match, facts: Iterable[Fact], changed: Mapping[int, tuple[Profile, Profile]]
) -> None:
    """Tell segments who is new, and whose traits or zone are others now; who is merged or split is told by ``merging``."""
    loud = {match.person_of[fact.keys[0]] for fact in facts if not fact.backfill}
    noted = [(new, touches.NEW, new not in loud) for new in match.new_people]
    for who, (before, after) in changed.items():
        if before.traits != after.traits:
            noted.append((who, touches.TRAITS, who not in loud))
        if before.zone != after.zone:
            noted.append((who, touches.ZONE, who not in loud))
    touches.note(connection, noted)


def _part(connection: Connection, match: Match, stored: dict[int, Profile]) -> dict[int, Profile]:
    """Take what was told by identifiers that leave along with them; the profiles of those who are new that way."""
    leaving: defaultdict[tuple[int, int], set[Key]] = defaultdict(set)
    for split in match.splits:
        leaving[split.from_person, split.to_person].add(split.key)
    begun: dict[int, Profile] = {}
    for (giver, taker), keys in sorted(leaving.items()):
        known = load_identifiers(connection, keys).values()
        first, last = min(each.first_at for each in known), max(each.last_at for each in known)
        taken, kept = stored[giver].parted({f"{kind}:{value}" for kind, value in keys}, first, last)
        stored[giver] = kept
        if taker in stored:
            stored[taker] = stored[taker].joined(taken)
        else:
            begun[taker] = begun[taker].joined(taken) if taker in begun else taken
    for giver in {giver for giver, _ in leaving} - match.merges.keys():
        if remaining := _stored(connection, match, giver):
            first, last = min(each.first_at for each in remaining), max(each.last_at for each in remaining)
            stored[giver] = stored[giver].seen(first, last)
    return begun


def _stored(connection: Connection, match: Match, who: int) -> Collection[Known]:
    return load_identifiers(connection, [key for key, owner in match.person_of.items() if owner == who]).values()


def _collect(match: Match, facts: Sequence[Fact]) -> dict[int, _Told]:
    told: dict[int, _Told] = {}
    for fact in facts:
        who, at = match.person_of[fact.keys[0]], fact.at
        found = told.get(who)
        if found is None:
            found = told[who] = _Told(at, at)
        elif at < found.first_at:
            found.first_at = at
        elif at > found.last_at:
            found.last_at = at
        if fact.traits or fact.zone is not None:
            found.facts.append(fact)
    for key, who in match.person_of.items():  # people known only by an identifier that no edge may join to the rest
        if who in match.new_people and who not in told:
            ats = [f.at for f in facts if key in f.keys]
            if ats:
                told[who] = _Told(min(ats), max(ats))
    return told


def _load(connection: Connection, people: Collection[int]) -> dict[int, Profile]:
    ids = list(people)
    if not ids:
        return {}
    rows = connection.execute(queries.PEOPLE, {"buckets": [bucket_of(p) for p in ids], "people": ids}).all()
    return {
        row.id: Profile(
            row.traits, row.traits_at, row.zone, row.first_seen_at, row.last_seen_at, row.via, row.told or {}
        )
        for row in rows
    }


def _with(profile: Profile, told: _Told) -> Profile:
    for fact in sorted(told.facts, key=lambda f: f.at):
        profile = profile.with_told(":".join(fact.keys[0]), fact.traits, fact.zone, fact.at)
    first, last = min(profile.first_at, told.first_at), max(profile.last_at, told.last_at)
    return profile if (first, last) == (profile.first_at, profile.last_at) else profile.seen(first, last)


def _insert(connection: Connection, match: Match, people: Iterable[tuple[int, Key, Profile]]) -> None:
    rows = sorted(
        (
            (
                bucket_of(new),
                new,
                match.revived[new].die if new in match.revived else hash64(f"die|{key[0]}:{key[1]}"),
                as_json(p.traits),
                p.traits_at,
                p.zone,
                p.first_at,
                p.last_at,
                p.via,
                as_json(p.told) if p.told else None,
            )
            for new, key, p in people
        ),
        key=lambda row: row[:2],
    )
    copy_rows(connection, person, PERSON_COLUMNS, rows)


def _update(connection: Connection, people: Mapping[int, Profile]) -> None:
    if people:
        connection.execute(
            queries.UPDATE_PEOPLE,
            {
                "buckets": [bucket_of(p) for p in people],
                "people": list(people),
                "traits": [as_json(p.traits) for p in people.values()],
                "traits_ats": [p.traits_at for p in people.values()],
                "zones": [p.zone for p in people.values()],
                "firsts": [p.first_at for p in people.values()],
                "lasts": [p.last_at for p in people.values()],
                "vias": [p.via for p in people.values()],
                "tolds": [as_json(p.told) if p.told else None for p in people.values()],
            },
        )


def _see(connection: Connection, people: Mapping[int, _Told]) -> None:
    if people:
        connection.execute(
            queries.SEE_PEOPLE,
            {
                "buckets": [bucket_of(p) for p in people],
                "people": list(people),
                # as text: an array of datetimes costs the driver four times as much
                "firsts": [t.first_at.isoformat() for t in people.values()],
                "lasts": [t.last_at.isoformat() for t in people.values()],
            },
        )
