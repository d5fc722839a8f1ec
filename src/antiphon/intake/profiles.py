"""Rows of people and of the addresses that they hold."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.intake.arrivals import as_json
from antiphon.intake.consenting import MAIN_BRAND, Address, States, load_consents
from antiphon.intake.facts import Fact
from antiphon.intake.matching import Known, Match, columns, load_identifiers
from antiphon.kit.buckets import abucket_of, bucket_of, hash64
from antiphon.people import queries, traits
from antiphon.people.identifiers import EMAIL, PHONE, Key, channel_of
from antiphon.people.tables import person, person_address
from antiphon.rules.area import zones_of
from antiphon.store.db import copy_rows

#: Person, channel, address.
Holding = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of ``person``, without its chance."""

    traits: dict[str, Any]
    traits_at: datetime | None
    zone: int | None
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class _Told:
    """What a batch says of one person."""

    first_at: datetime
    last_at: datetime
    facts: list[Fact] = field(default_factory=list)  # those with traits or a zone


def write_people(connection: Connection, match: Match, facts: Sequence[Fact]) -> None:
    """Insert new people, bring known ones up to date, and join the rows of those who are merged.

    Must run before ``merging.carry_over``, which deletes the merged rows.
    """
    told = _collect(match, facts)
    changed = {p for p, t in told.items() if t.facts and p not in match.new_people}
    changed |= set(match.merges.values()) - match.new_people.keys()
    stored = _load(connection, changed | match.merges.keys())
    for loser, winner in match.merges.items():
        if winner in stored and loser in stored:
            stored[winner] = _joined(stored[winner], stored[loser])
    fresh = []
    for new, first_key in match.new_people.items():
        if new not in told:  # an identifier that left somebody and shows up in no arrival of this batch
            at = min(known.first_at for known in _stored(connection, match, new))
            told[new] = _Told(at, at)
        begun = Profile({}, None, None, told[new].first_at, told[new].last_at)
        fresh.append((new, first_key, _with(begun, told[new])))
    _insert(connection, fresh)
    _update(connection, {p: _with(stored[p], told[p]) if p in told else stored[p] for p in changed if p in stored})
    _see(connection, {p: t for p, t in told.items() if p not in changed and p not in match.new_people})


def _stored(connection: Connection, match: Match, new: int) -> Iterable[Known]:
    keys = [key for key, owner in match.person_of.items() if owner == new]
    return load_identifiers(connection, keys).values()


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
    return {row.id: Profile(row.traits, row.traits_at, row.zone, row.first_seen_at, row.last_seen_at) for row in rows}


def _joined(one: Profile, other: Profile) -> Profile:
    newer = other.last_at > one.last_at
    zones = (other.zone, one.zone) if newer else (one.zone, other.zone)
    return Profile(
        traits.apply(one.traits, one.traits_at, other.traits, other.traits_at),
        max(filter(None, (one.traits_at, other.traits_at)), default=None),
        zones[0] if zones[0] is not None else zones[1],
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
    )


def _with(profile: Profile, told: _Told) -> Profile:
    zone, zone_at = profile.zone, profile.last_at if profile.zone is not None else None
    for fact in sorted(told.facts, key=lambda f: f.at):
        if fact.traits:
            at = profile.traits_at
            known = traits.apply(profile.traits, at, fact.traits, fact.at)
            profile = replace(profile, traits=known, traits_at=max(fact.at, at or fact.at))
        if fact.zone is not None and (zone_at is None or fact.at >= zone_at):
            zone, zone_at = fact.zone, fact.at
    first, last = min(profile.first_at, told.first_at), max(profile.last_at, told.last_at)
    if (zone, first, last) == (profile.zone, profile.first_at, profile.last_at):
        return profile
    return replace(profile, zone=zone, first_at=first, last_at=last)


def _insert(connection: Connection, people: Iterable[tuple[int, Key, Profile]]) -> None:
    rows = sorted(
        (
            bucket_of(new),
            new,
            hash64(f"die|{key[0]}:{key[1]}"),
            as_json(p.traits),
            p.traits_at,
            p.zone,
            p.first_at,
            p.last_at,
        )
        for new, key, p in people
    )
    names = ("bucket", "id", "die", "traits", "traits_at", "zone", "first_seen_at", "last_seen_at")
    copy_rows(connection, person, names, rows)


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


def write_addresses(
    connection: Connection, match: Match, facts: Sequence[Fact], changed: Collection[Address]
) -> set[Holding]:
    """Make sure that people hold the addresses that facts show with them; mirror consents that ``changed``.

    Returns everybody who holds one of the ``changed`` addresses. Must run after ``merging.carry_over``.
    """
    wanted = _holdings(match, facts)
    held = _load_held(connection, {who for who, _, _ in wanted if who not in match.new_people})
    fresh = {h: since for h, since in wanted.items() if h not in held}
    holders = _holders(connection, changed)
    consents = load_consents(connection, {(channel, value) for _, channel, value in fresh} | set(changed))
    names = ("bucket", "person", "channel", "address", "abucket", "since", "zones", *_MIRRORED)
    copy_rows(
        connection,
        person_address,
        names,
        sorted(
            (
                bucket_of(who),
                who,
                channel,
                value,
                abucket_of(value),
                since,
                list(zones_of(value)) if channel == "sms" else [],
                *_mirror(consents.get((channel, value), {})),
            )
            for (who, channel, value), since in fresh.items()
        ),
    )
    holders &= _load_held(connection, {who for who, _, _ in holders})
    _mirror_to(connection, holders - fresh.keys(), consents)
    return holders


def _holdings(match: Match, facts: Sequence[Fact]) -> dict[Holding, datetime]:
    """Who holds which address since when: the person that the arrival is about, and the address's own."""
    wanted: dict[Holding, datetime] = {}
    for fact in facts:
        who = match.person_of[fact.keys[0]]
        for key in fact.keys:
            if key[0] not in {EMAIL, PHONE}:
                continue
            for holder in {who, match.person_of[key]}:
                holding = (holder, channel_of(key[0]) or "", key[1])
                wanted[holding] = min(fact.at, wanted.get(holding, fact.at))
    moved = [(split.to_person, split.key) for split in match.splits] + match.beside
    now = max(fact.at for fact in facts)
    for holder, key in moved:
        if channel := channel_of(key[0]):
            wanted.setdefault((holder, channel, key[1]), now)
    return wanted


def _load_held(connection: Connection, people: Collection[int]) -> set[Holding]:
    ids = list(people)
    if not ids:
        return set()
    rows = connection.execute(queries.ADDRESSES, {"buckets": [bucket_of(p) for p in ids], "people": ids}).all()
    return {(row.person, row.channel, row.address) for row in rows}


def _holders(connection: Connection, addresses: Collection[Address]) -> set[Holding]:
    """Whoever may hold an address: its own person, and everybody whose identifiers were ever seen with it."""
    if not addresses:
        return set()
    kinds = {"email": EMAIL, "sms": PHONE}
    keys: dict[Key, Address] = {(kinds[channel], value): (channel, value) for channel, value in addresses}
    seen_with: dict[Key, set[Key]] = {}
    for a, b, c, d, _, _ in connection.execute(queries.NEIGHBOURS, columns(keys)):
        seen_with.setdefault((a, b), set()).add((c, d))
    everybody = load_identifiers(connection, set(keys).union(*seen_with.values()))
    return {
        (everybody[each].person, *address)
        for key, address in keys.items()
        for each in {key} | seen_with.get(key, set())
        if each in everybody
    }


_MIRRORED = ("marketing", "marketing_at", "transactional", "cart", "cart_double")


def _mirror(states: States) -> tuple[str, datetime | None, str, str, bool]:
    """The columns of ``person_address`` that repeat the main brand's consents."""
    marketing, transactional, cart = (states.get((MAIN_BRAND, p)) for p in ("marketing", "transactional", "cart"))
    return (
        marketing.state if marketing else "never",
        marketing.effective_at if marketing else None,
        transactional.state if transactional else "never",
        cart.state if cart else "never",
        cart.double_opt_in if cart else False,
    )


def _mirror_to(connection: Connection, holders: Iterable[Holding], consents: Mapping[Address, States]) -> None:
    rows = [(h, _mirror(consents.get((h[1], h[2]), {}))) for h in holders]
    if rows:
        connection.execute(
            queries.MIRROR_CONSENT,
            {
                "buckets": [bucket_of(h[0]) for h, _ in rows],
                "people": [h[0] for h, _ in rows],
                "channels": [h[1] for h, _ in rows],
                "addresses": [h[2] for h, _ in rows],
                **{f"{name}s": [mirrored[i] for _, mirrored in rows] for i, name in enumerate(_MIRRORED)},
            },
        )
