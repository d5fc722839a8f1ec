"""The rows of strangers, written as COPY's text: one pass over each, no value adapted twice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from antiphon.intake.arrivals import as_json
from antiphon.intake.consenting import Address, States, load_consents
from antiphon.intake.graph import abucket
from antiphon.intake.holding import ADDRESS_COLUMNS, mirror
from antiphon.intake.matching import EVIDENCE_COLUMNS, IDENTIFIER_COLUMNS
from antiphon.intake.profiles import PERSON_COLUMNS
from antiphon.intake.strangers import Stranger, spans
from antiphon.kit.buckets import bucket_of, hash64
from antiphon.people.grouping import Seen, day_of
from antiphon.people.identifiers import PHONE, Key, channel_of
from antiphon.people.profile import Profile
from antiphon.people.tables import evidence, identifier, person, person_address
from antiphon.rules.area import zones_of
from antiphon.store.copying import NULL, escaped, field_text
from antiphon.store.db import Copying

#: The rows of a batch share few instants.
_instant = lru_cache(maxsize=10_000)(datetime.isoformat)


def write(connection: Connection, strangers: Sequence[Stranger]) -> None:
    """Write people, identifiers, evidence and addresses. Python writes the next table's text while the server takes one's."""
    if not strangers:
        return
    consents = _consents(connection, strangers)
    with Copying(connection) as copying:
        copying.lines(identifier, IDENTIFIER_COLUMNS, _identifiers(strangers))
        copying.lines(evidence, EVIDENCE_COLUMNS, _evidence(strangers))
        copying.lines(person, PERSON_COLUMNS, _people(strangers))
        copying.lines(person_address, ADDRESS_COLUMNS, _addresses(strangers, consents))


def _consents(connection: Connection, strangers: Iterable[Stranger]) -> Mapping[Address, States]:
    """An address may have agreed to something before anybody was known by it."""
    wanted = [(channel, key[1]) for who in strangers for kind, key in who.keys.items() if (channel := channel_of(kind))]
    return load_consents(connection, wanted)


def _identifiers(strangers: Iterable[Stranger]) -> list[str]:
    lines = []
    for who in strangers:
        behind = f"\t{bucket_of(who.person)}\t{who.person}\t"
        if len(who.facts) == 1:
            at = _instant(who.facts[0].at)
            behind += f"{at}\t{at}"
            lines += [f"{abucket(v)}\t{escaped(k)}\t{escaped(v)}{behind}" for k, v in who.facts[0].keys]
        else:
            lines += [
                f"{abucket(v)}\t{escaped(k)}\t{escaped(v)}{behind}{_instant(first)}\t{_instant(last)}"
                for (k, v), (first, last) in spans(who).items()
            ]
    lines.sort()
    return lines


def _evidence(strangers: Iterable[Stranger]) -> list[str]:
    lines: list[str] = []
    for who in strangers:
        if len(who.keys) == 1:
            continue
        if len(who.facts) == 1:
            fact = who.facts[0]
            _edges(lines, fact.keys[0], fact.keys[1:], fact.source, Seen(fact.at, day_of(fact.at)))
            continue
        seen: dict[tuple[Key, Key, str], Seen] = {}
        for fact in who.facts:
            sighting = Seen(fact.at, day_of(fact.at))
            for key in fact.keys[1:]:
                edge = (fact.keys[0], key, fact.source)
                seen[edge] = sighting.joined(seen[edge]) if edge in seen else sighting
        for (one, other, source), sighting in seen.items():
            _edges(lines, one, (other,), source, sighting)
    lines.sort()
    return lines


def _edges(lines: list[str], one: Key, others: Iterable[Key], source: str, seen: Seen) -> None:
    """Each edge from both ends, so that it is found from either."""
    strong = f"{escaped(one[0])}\t{escaped(one[1])}"
    place = abucket(one[1])
    behind = f"\t{escaped(source)}\t{_instant(seen.first_at)}\t{_instant(seen.last_at)}\t{NULL}\tjoined"
    for kind, value in others:
        weak = f"{escaped(kind)}\t{escaped(value)}"
        lines.append(f"{place}\t{strong}\t{weak}{behind}")
        lines.append(f"{abucket(value)}\t{weak}\t{strong}{behind}")


def _people(strangers: Iterable[Stranger]) -> list[str]:
    lines = []
    for who in strangers:
        p = _profile(who)
        die = hash64(f"die|{who.first[0]}:{who.first[1]}")
        traits_at = _instant(p.traits_at) if p.traits_at else NULL
        told = escaped(as_json(p.told)) if p.told else NULL
        zone, via = NULL if p.zone is None else p.zone, NULL if p.via is None else escaped(p.via)
        lines.append(
            f"{bucket_of(who.person)}\t{who.person}\t{die}\t{escaped(as_json(p.traits))}\t{traits_at}\t{zone}\t"
            f"{_instant(p.first_at)}\t{_instant(p.last_at)}\t{via}\t{told}"
        )
    lines.sort()
    return lines


def _profile(who: Stranger) -> Profile:
    profile = Profile({}, None, None, *who.span)
    telling = [fact for fact in who.facts if fact.traits or fact.zone is not None]
    for fact in sorted(telling, key=lambda fact: fact.at) if len(telling) > 1 else telling:
        profile = profile.with_told(":".join(fact.keys[0]), fact.traits, fact.zone, fact.at)
    return profile


def _addresses(strangers: Iterable[Stranger], consents: Mapping[Address, States]) -> list[str]:
    lines = []
    never = "\t".join(map(field_text, mirror({})))
    for who in strangers:
        ahead = f"{bucket_of(who.person)}\t{who.person}\t"
        for kind, key in who.keys.items():
            channel = channel_of(kind)
            if channel is None:
                continue
            value = key[1]
            since = min(fact.at for fact in who.facts if key in fact.keys) if len(who.facts) > 1 else who.facts[0].at
            zones = field_text(list(zones_of(value)) if kind == PHONE else [])
            states = consents.get((channel, value))
            mirrored = "\t".join(map(field_text, mirror(states))) if states else never
            lines.append(
                f"{ahead}{channel}\t{escaped(value)}\t{abucket(value)}\t{_instant(since)}\t{zones}\t{mirrored}"
            )
    lines.sort()
    return lines
