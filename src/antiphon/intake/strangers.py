"""The short way for whole people whom nobody knew: most of an import, and nothing to weigh.

A component is a stranger when no identifier of it is stored, all of it came in with this batch, and it has at most one
identifier of each kind: then nothing can object, nothing has to be looked up, and its rows are written as text at once. All
else, and who is to be answered, goes the long way (``matching``), which gives the same people for strangers too.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from antiphon.intake.facts import Fact
from antiphon.kit.buckets import person_id, slot_of
from antiphon.people.grouping import CLUSTER_LIMIT
from antiphon.people.identifiers import Key

#: Over a longer time a number may have been given to somebody else, which has to be weighed.
_LONGEST = timedelta(days=90)


@dataclass(slots=True, eq=False)
class Stranger:
    """A new person: every identifier, and all arrivals that show one of them, in the order in which they came."""

    keys: dict[str, Key]  # by kind
    facts: list[Fact]
    plain: bool = True
    person: int = 0
    first: Key = ("", "")  # the strongest identifier of the first arrival, from which id and chance come

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When they were seen first and last."""
        ats = [fact.at for fact in self.facts]
        return min(ats), max(ats)

    @property
    def long(self) -> bool:
        if len(self.facts) == 1 or len(self.keys) == 1:  # nothing to weigh
            return False
        first, last = self.span
        return last - first > _LONGEST


@dataclass(slots=True)
class Parted:
    """``rest`` goes the long way, in the order in which it came."""

    strangers: list[Stranger] = field(default_factory=list)
    rest: list[Fact] = field(default_factory=list)


def part(facts: Sequence[Fact], known: AbstractSet[Key]) -> Parted:
    """Tell strangers from the rest; ``known`` are the identifiers among theirs that are stored."""
    of: dict[Key, Stranger] = {}
    theirs: list[Stranger] = []
    for fact in facts:
        if of.keys().isdisjoint(fact.keys) and (not known or known.isdisjoint(fact.keys)):  # most of an import
            theirs.append(_new(fact, of))
        elif len(fact.keys) == 1 and (alone := of.get(fact.keys[0])) is not None:
            alone.facts.append(fact)
            theirs.append(alone)
            if fact.consent is not None:
                alone.plain = False
        else:
            theirs.append(_seen_with(fact, of, known))
    found = list(dict.fromkeys(theirs))
    for who in found:
        if len(who.keys) >= CLUSTER_LIMIT or (len(who.facts) > 1 and who.long):
            who.plain = False
    rest = [fact for fact, who in zip(facts, theirs, strict=True) if not who.plain]
    return Parted([who for who in found if who.plain], rest)


def _new(fact: Fact, of: dict[Key, Stranger]) -> Stranger:
    who = Stranger({key[0]: key for key in fact.keys}, [fact])
    if len(who.keys) < len(fact.keys) or fact.consent is not None or fact.verified or fact.ask is not None:
        who.plain = False
    of.update(dict.fromkeys(fact.keys, who))
    return who


def _seen_with(fact: Fact, of: dict[Key, Stranger], known: AbstractSet[Key]) -> Stranger:
    here = [of[key] for key in fact.keys if key in of]
    who = here[0] if here else Stranger({}, [])
    for other in here:
        if other is not who:  # two that were apart: joined, or not, by the rules
            other.plain = who.plain = False
    who.facts.append(fact)
    if len(here) < len(fact.keys):
        _add(who, fact.keys, of, known)
    if fact.consent is not None or fact.verified or fact.ask is not None:
        who.plain = False
    return who


def _add(who: Stranger, keys: Sequence[Key], of: dict[Key, Stranger], known: AbstractSet[Key]) -> None:
    for key in keys:
        if key not in of:
            of[key] = who
            if key in known or who.keys.setdefault(key[0], key) is not key:
                who.plain = False


def number(strangers: Iterable[Stranger], next_person: int) -> int:
    """Give ids to strangers, in the order in which they came; returns the next serial number."""
    for serial, who in enumerate(strangers, next_person):
        who.first = who.facts[0].keys[0]
        who.person = person_id(serial, slot_of(f"{who.first[0]}:{who.first[1]}"))
        next_person = serial + 1
    return next_person


def spans(who: Stranger) -> dict[Key, tuple[datetime, datetime]]:
    """When each identifier was seen first and last."""
    if len(who.keys) == 1:
        return dict.fromkeys(who.keys.values(), who.span)
    found: dict[Key, tuple[datetime, datetime]] = {}
    for fact in who.facts:
        for key in fact.keys:
            first, last = found.get(key, (fact.at, fact.at))
            found[key] = min(first, fact.at), max(last, fact.at)
    return found
