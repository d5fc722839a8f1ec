"""The rows of strangers, written as COPY's binary rows: one pass over each person, no value written twice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.intake.arrivals import json_bytes
from antiphon.intake.consenting import Address, States, load_consents
from antiphon.intake.graph import abucket
from antiphon.intake.holding import ADDRESS_COLUMNS, mirror
from antiphon.intake.matching import EVIDENCE_COLUMNS, IDENTIFIER_COLUMNS
from antiphon.intake.profiles import PERSON_COLUMNS
from antiphon.intake.strangers import Stranger, spans
from antiphon.kit.buckets import BUCKETS, bucket_of, hash64_bytes
from antiphon.people.grouping import Seen, day_of
from antiphon.people.identifiers import EMAIL, PHONE, Key
from antiphon.people.profile import Profile
from antiphon.people.tables import evidence, identifier, person, person_address
from antiphon.people.traits import apply
from antiphon.rules.area import zones_of
from antiphon.store.db import Copying
from antiphon.store.packing import (
    NULL,
    bigint,
    boolean,
    instant,
    jsonb,
    row_of,
    smallint,
    smallints,
    string,
    strings,
)

#: Strangers of a piece: the server takes it while the next is written.
_PIECE = 2_500
_BESIDE_COLUMNS = (*IDENTIFIER_COLUMNS, "beside", "beside_source", "beside_at")
#: By abucket: its field, and how a row begins that it leads.
_PLACES = {place: smallint(place) for place in BUCKETS}
_IDENTIFIER = {place: row_of(len(_BESIDE_COLUMNS)) + field for place, field in _PLACES.items()}
_EVIDENCE = {place: row_of(len(EVIDENCE_COLUMNS)) + field for place, field in _PLACES.items()}
_PERSON, _ADDRESS = row_of(len(PERSON_COLUMNS)), row_of(len(ADDRESS_COLUMNS))
_NOTHING_BESIDE = NULL * 3
_JOINED = NULL + string("joined")
_MAIL, _TEXT = string("email"), string("sms")
_EIGHT = bigint(0)[:4]
_NOWHERE = smallints(())
_EMPTY = jsonb(b"{}")


def write(turns: Copying, connection: Connection, strangers: Sequence[Stranger]) -> None:
    """Write people, identifiers, evidence and addresses. Python writes the next rows while the server takes some."""
    if not strangers:
        return
    consents = turns.run(_consents, connection, strangers).result()
    for start in range(0, len(strangers), _PIECE):
        rows = _Rows(consents)
        for who in strangers[start : start + _PIECE]:
            rows.add(who)
        rows.copy(turns)


def _consents(connection: Connection, strangers: Iterable[Stranger]) -> Mapping[Address, States]:
    """An address may have agreed to something before anybody was known by it."""
    emails = [("email", who.keys[EMAIL][1]) for who in strangers if EMAIL in who.keys]
    return load_consents(connection, emails + [("sms", who.keys[PHONE][1]) for who in strangers if PHONE in who.keys])


class _Rows:
    """The rows of some strangers, by table."""

    __slots__ = (
        *("_addresses", "_at", "_consents", "_evidence", "_identifiers", "_kinds", "_people"),
        *("_told", "_told_by"),
    )

    def __init__(self, consents: Mapping[Address, States]) -> None:
        self._consents = consents
        self._identifiers: list[bytes] = []
        self._evidence: list[bytes] = []
        self._people: list[bytes] = []
        self._addresses: list[bytes] = []
        self._kinds = _Kinds()
        #: The source and instant of the arrival before: most have those of the next.
        self._told_by: tuple[str, datetime] | None = None
        self._at = self._told = b""

    def add(self, who: Stranger) -> None:
        owner = smallint(bucket_of(who.person)) + bigint(who.person)
        if len(who.facts) == 1:
            self._add_once(who, owner)
        else:
            self._add_often(who, owner)

    def copy(self, copying: Copying) -> None:
        """Hand the rows over, each table's in about the order of its key."""
        for table, columns, rows in (
            (identifier, _BESIDE_COLUMNS, self._identifiers),
            (evidence, EVIDENCE_COLUMNS, self._evidence),
            (person, PERSON_COLUMNS, self._people),
            (person_address, ADDRESS_COLUMNS, self._addresses),
        ):
            if rows:
                rows.sort()
                copying.rows(table, columns, rows)

    def _add_once(self, who: Stranger, owner: bytes) -> None:
        """Somebody whom one arrival shows: its evidence stands with the identifiers."""
        fact = who.facts[0]
        if (fact.source, fact.at) != self._told_by:
            self._told_by = fact.source, fact.at
            self._at, self._told = instant(fact.at), string(fact.source) + instant(fact.at)
        at, kinds, addresses = self._at, self._kinds, self._addresses
        behind = owner + at + at
        fields, heads = [], []
        for kind, value in fact.keys:
            field, place = string(value), abucket(value)
            fields.append(kinds[kind] + field)
            heads.append(_IDENTIFIER[place])
            if kind == EMAIL:
                mirrored = self._mirrored("email", value) if self._consents else _NEVER
                addresses.append(b"".join((_ADDRESS, owner, _MAIL, field, _PLACES[place], at, _NOWHERE, mirrored)))
            elif kind == PHONE:
                mirrored = self._mirrored("sms", value) if self._consents else _NEVER
                zones = smallints(zones_of(value))
                addresses.append(b"".join((_ADDRESS, owner, _TEXT, field, _PLACES[place], at, zones, mirrored)))
        rest = len(fields) - 1
        if rest:
            weak = behind + strings(fields[0], 2) + self._told
            strong = strings(b"".join(fields[1:]), 2 * rest)
            behinds = [b"".join((behind, strong, self._told)), *([weak] * rest)]
        else:
            behinds = [behind + _NOTHING_BESIDE]
        self._identifiers += [b"".join(parts) for parts in zip(heads, fields, behinds, strict=True)]
        first = ":".join(who.first)
        told = fact.traits
        self._people.append(
            b"".join(
                (
                    _PERSON,
                    owner,
                    _EIGHT,
                    hash64_bytes(f"die|{first}"),
                    jsonb(json_bytes(apply({}, None, told, fact.at))) if told else _EMPTY,
                    at if told else NULL,
                    NULL if fact.zone is None else smallint(fact.zone),
                    at,
                    at,
                    string(first) if told or fact.zone is not None else NULL,
                    NULL,
                )
            )
        )

    def _add_often(self, who: Stranger, owner: bytes) -> None:
        """Somebody whom several arrivals of the batch show."""
        for key, (first, last) in spans(who).items():
            place = abucket(key[1])
            seen = instant(first) + instant(last)
            self._identifiers.append(_IDENTIFIER[place] + self._field(key) + owner + seen + _NOTHING_BESIDE)
            if key[0] in {EMAIL, PHONE}:
                since = min(fact.at for fact in who.facts if key in fact.keys)
                self._add_address(key, owner, instant(since), place)
        if len(who.keys) > 1:
            self._add_evidence(who)
        p = _profile(who)
        self._add_person(
            who,
            owner,
            (
                jsonb(json_bytes(p.traits)),
                NULL if p.traits_at is None else instant(p.traits_at),
                NULL if p.zone is None else smallint(p.zone),
                instant(p.first_at) + instant(p.last_at),
                NULL if p.via is None else string(p.via),
                jsonb(json_bytes(p.told)) if p.told else NULL,
            ),
        )

    def _add_evidence(self, who: Stranger) -> None:
        """Each edge from both ends, so that it is found from either."""
        seen: dict[tuple[Key, Key, str], Seen] = {}
        for fact in who.facts:
            sighting = Seen(fact.at, day_of(fact.at))
            for key in fact.keys[1:]:
                edge = (fact.keys[0], key, fact.source)
                seen[edge] = sighting.joined(seen[edge]) if edge in seen else sighting
        for (strong, weak, source), sighting in seen.items():
            told = string(source) + instant(sighting.first_at) + instant(sighting.last_at) + _JOINED
            for one, other in ((strong, weak), (weak, strong)):
                self._evidence.append(_EVIDENCE[abucket(one[1])] + self._field(one) + self._field(other) + told)

    def _add_person(self, who: Stranger, owner: bytes, known: Iterable[bytes]) -> None:
        die = _EIGHT + hash64_bytes(f"die|{':'.join(who.first)}")
        self._people.append(_PERSON + owner + die + b"".join(known))

    def _add_address(self, key: Key, owner: bytes, since: bytes, place: int) -> None:
        kind, value = key
        channel, zones = (_MAIL, _NOWHERE) if kind == EMAIL else (_TEXT, smallints(zones_of(value)))
        mirrored = self._mirrored("email" if kind == EMAIL else "sms", value)
        row = _ADDRESS + owner + channel + string(value) + _PLACES[place] + since + zones + mirrored
        self._addresses.append(row)

    def _mirrored(self, channel: str, value: str) -> bytes:
        states = self._consents.get((channel, value))
        return _mirrored(states) if states else _NEVER

    def _field(self, key: Key) -> bytes:
        """Kind and value, two fields."""
        return self._kinds[key[0]] + string(key[1])


class _Kinds(dict[str, bytes]):
    """The fields of kinds."""

    def __missing__(self, kind: str) -> bytes:
        self[kind] = field = string(kind)
        return field


def _mirrored(states: States) -> bytes:
    marketing, at, transactional, cart, double = mirror(states)
    since = NULL if at is None else instant(at)
    return string(marketing) + since + string(transactional) + string(cart) + boolean(double)


_NEVER = _mirrored({})


def _profile(who: Stranger) -> Profile:
    profile = Profile({}, None, None, *who.span)
    telling = [fact for fact in who.facts if fact.traits or fact.zone is not None]
    for fact in sorted(telling, key=lambda fact: fact.at) if len(telling) > 1 else telling:
        profile = profile.with_told(":".join(fact.keys[0]), fact.traits, fact.zone, fact.at)
    return profile
