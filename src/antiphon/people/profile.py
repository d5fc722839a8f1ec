"""What is known of a person, and by which identifier each part of it was told. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from antiphon.people import lists, traits
from antiphon.people.traits import Traits

#: What one identifier told: ``traits``, ``at`` (ISO 8601, of the newest), ``zone``. As it is stored.
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of ``person``, without its chance.

    ``told``: what each of several identifiers ('kind:value') told. While there is only one it is ``via``, and all else
    that the row says is what it told.
    """

    traits: Traits
    traits_at: datetime | None
    zone: int | None
    first_at: datetime
    last_at: datetime
    via: str | None = None
    told: Mapping[str, Told] = field(default_factory=dict)

    def seen(self, first: datetime, last: datetime) -> "Profile":
        return replace(self, first_at=first, last_at=last)

    def with_told(self, via: str, told: Mapping[str, Any] | None, zone: int | None, at: datetime) -> "Profile":
        """The profile after ``via`` told of traits or a zone. The newer wins; the older only fills gaps."""
        first, last = min(self.first_at, at), max(self.last_at, at)
        if self.via not in {None, via} or self.told:
            parts = {each: _outdated(noted, told or {}, at) for each, noted in self.parts().items()}
            parts[via] = _noted(parts.get(via, {}), told or {}, zone, at)
            return _folded(parts, first, last)
        known, known_at = self.traits, self.traits_at
        if told:
            known, known_at = traits.apply(known, known_at, told, at), max(at, known_at or at)
        newer = zone is not None and (self.zone is None or at >= self.last_at)
        return Profile(known, known_at, zone if newer else self.zone, first, last, via)

    def joined(self, other: "Profile") -> "Profile":
        """Two people as one."""
        parts = self.parts()
        for via, told in other.parts().items():
            at = datetime.fromisoformat(told["at"]) if told.get("at") else None
            parts[via] = _noted(parts.get(via, {}), told["traits"], told.get("zone"), at) if via in parts else told
        return _folded(parts, min(self.first_at, other.first_at), max(self.last_at, other.last_at))

    def parted(self, vias: Collection[str], first: datetime, last: datetime) -> tuple["Profile", "Profile"]:
        """What ``vias`` told, as a person of their own seen from ``first`` to ``last``; and what is left without it."""
        parts = self.parts()
        taken = {via: told for via, told in parts.items() if via in vias}
        kept = {via: told for via, told in parts.items() if via not in vias}
        if not taken:
            return Profile({}, None, None, first, last), self
        return _folded(taken, first, last), _folded(kept, self.first_at, self.last_at)

    def parts(self) -> dict[str, Told]:
        """What each identifier told."""
        if self.told:
            return dict(self.told)
        if not self.traits and self.zone is None:
            return {}
        at = self.traits_at.isoformat() if self.traits_at else None
        return {self.via or "": {"traits": self.traits, "at": at, "zone": self.zone}}


def _noted(told: Told, more: Mapping[str, Any], zone: int | None, at: datetime | None) -> Told:
    """What an identifier told with what it told at another time; a trait that it removed stays noted as null."""
    before = datetime.fromisoformat(told["at"]) if told.get("at") else None
    newer = before is None or (at is not None and at >= before)
    old, (more, changes) = told.get("traits", {}), lists.parted(more)
    if newer:
        both = {**old, **more}
    else:
        both = {**{k: v for k, v in more.items() if v is not None}, **old}
        both |= {k: lists.changed(more[k], v) for k, v in old.items() if lists.is_change(v) and more.get(k) is not None}
    # what another identifier told of the list is not known here: then the change itself is noted
    both |= {k: lists.changed(both[k], v) if k in both else v for k, v in changes.items()}
    ats = [each for each in (before, at) if each is not None]
    zones = (zone, told.get("zone")) if newer else (told.get("zone"), zone)
    return {
        "traits": both,
        "at": max(ats).isoformat() if ats else None,
        "zone": zones[0] if zones[0] is not None else zones[1],
    }


def _outdated(told: Told, by: Mapping[str, Any], at: datetime) -> Told:
    """What an identifier told, without what another one told otherwise since: lists as a whole, values of lists."""
    old = {name: value for name, value in told["traits"].items() if name in by and lists.is_change(value)}
    if not old or (told.get("at") and datetime.fromisoformat(told["at"]) > at):
        return told
    left = {name: lists.unless(value, by[name]) for name, value in old.items() if lists.is_change(by[name])}
    kept = {name: value for name, value in told["traits"].items() if name not in old}
    return {**told, "traits": kept | left}


def _single(parts: Mapping[str, Told]) -> tuple[str | None, Mapping[str, Told]]:
    """``via`` and ``told`` of what several identifiers told, or one."""
    if len(parts) > 1:
        return None, parts
    return next(iter(parts), None) or None, {}


def _folded(parts: Mapping[str, Told], first: datetime, last: datetime) -> Profile:
    """What all ``parts`` together say, the newest last; of one instant in the order of their names.

    Changes of lists come after all values: an identifier is as new as the last thing that it told.
    """
    profile = Profile({}, None, None, first, last)
    known, known_at, zone = profile.traits, profile.traits_at, profile.zone
    in_order = sorted(parts.items(), key=lambda part: (part[1].get("at") or "", part[0]))
    for _, told in in_order:
        at = datetime.fromisoformat(told["at"]) if told.get("at") else None
        known = traits.apply(known, known_at, lists.parted(told["traits"])[0], at)
        known_at = at or known_at
        zone = told["zone"] if told.get("zone") is not None else zone
    for _, told in in_order:
        known = traits.with_changes(known, lists.parted(told["traits"])[1])
    return Profile(known, known_at, zone, first, last, *_single(parts))
