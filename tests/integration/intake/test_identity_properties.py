"""What must hold of people whatever came in and whatever humans said, in whatever order."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.emptying import truncate
from tests.integration.intake.helpers import EVIDENCE, arrival, at, come_in, consent, groups, resolve_all, rows
from tests.integration.intake.test_people import FACTS, TABLES

from antiphon.addresses.models import ConsentFact, consent_of
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.kit.buckets import bucket_of
from antiphon.people.grouping import Pair, Seen, Verdict, group
from antiphon.store.db import Database

ALL = f"{TABLES}, verdict, command, consent, consent_fact, suppression, event_total, engagement, watch"
CHANNELS = st.sampled_from(
    [("email", "a@x.com"), ("email", "b@x.com"), ("sms", "+12125550101"), ("sms", "+12125550102")]
)
CONSENTS = st.lists(
    st.tuples(
        CHANNELS, st.sampled_from(["subscribed", "unsubscribed"]), st.booleans(), st.sampled_from([None, "u1", "u2"])
    ),
    max_size=4,
)
many = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _begin(db: Database) -> None:
    with db.begin("test") as connection:
        truncate(connection, ALL)


def _arrivals(facts: Sequence[tuple[Any, ...]], consents: Sequence[tuple[Any, ...]] = ()) -> list[Arrival]:
    found = []
    for number, (user, device, email, phone, minute) in enumerate(facts):
        told = {
            k: v for k, v in {"email": email, "phone": phone, f"trait{number % 3}": number}.items() if v is not None
        }
        ids = {k: v for k, v in {"userId": user, "anonymousId": device}.items() if v}
        found.append(arrival("identify", minute, traits=told, **ids))
        found.append(
            arrival(
                "track",
                minute,
                event="X",
                context={"traits": {k: told[k] for k in ("email", "phone") if k in told}},
                **ids,
            )
        )
    for minute, ((channel, address), state, double, user) in enumerate(consents):
        more = {"userId": user} if user else {}
        found.append(consent(minute, channel, address, state, "marketing", doubleOptIn=double, **more))
    return found


def _say(db: Database, chance: Random, acts: list[int]) -> None:
    """One random word of a human: merge two people, split one, or undo what was said."""
    people: dict[int, list[tuple[str, str]]] = {}
    for row in rows(db, "SELECT person, kind, value FROM identifier ORDER BY kind, value"):
        people.setdefault(row.person, []).append((row.kind, row.value))
    kind = chance.choice(["people.merge", "people.split", "people.undo"])
    payload: dict[str, Any] = {"act": chance.choice(acts)} if acts else {}
    if kind == "people.merge":
        payload = {"person": chance.choice(list(people)), "other": chance.choice(list(people))}
    elif kind == "people.split":
        who = chance.choice(list(people))
        payload = {"person": who, "identifiers": chance.sample(people[who], chance.randint(1, len(people[who])))}
    try:
        result = carry_out(db, kind, payload, "robin", at(chance.randint(10, 99)))
    except CommandFailedError:
        return
    if kind == "people.undo":
        acts.remove(payload["act"])
    else:
        acts.append(result["act"])


def _holds(db: Database) -> None:
    """People are what the facts say; rows are where their identifiers are; consents are the ledger's."""
    edges: dict[Pair, Seen] = {}
    for a, b, c, d, *seen in rows(
        db, f"SELECT kind, value, other_kind, other_value, first_at, last_at, verified_at FROM {EVIDENCE}"
    ):
        pair = ((a, b), (c, d)) if (a, b) < (c, d) else ((c, d), (a, b))
        edges[pair] = Seen(*seen).joined(edges.get(pair, Seen(*seen)))
    verdicts: dict[Pair, Verdict] = {}
    for a, b, c, d, says, act in rows(
        db,
        "SELECT kind, value, other_kind, other_value, says, act FROM verdict "
        "WHERE (kind, value) < (other_kind, other_value) ORDER BY act",
    ):
        verdicts[(a, b), (c, d)] = Verdict(says == "same", act)
    owner = {(r.kind, r.value): r.person for r in rows(db, "SELECT kind, value, person FROM identifier")}
    found = group(owner, edges, (), verdicts)
    assert {frozenset(":".join(key) for key in cluster) for cluster in found.clusters} == groups(db)
    assert {r.id for r in rows(db, "SELECT id FROM person")} == set(owner.values())
    vias = {":".join(key): person for key, person in owner.items()}
    for e in rows(db, "SELECT bucket, person, via FROM event WHERE name = 'X'"):
        assert (e.bucket, e.person) == (bucket_of(vias[e.via]), vias[e.via])
    waiting = rows(
        db, "SELECT e.person, f.person AS waits FROM fresh f JOIN event e ON e.bucket = f.bucket AND e.id = f.event"
    )
    assert all(each.person == each.waits for each in waiting)
    assert len(waiting) == len(rows(db, "SELECT 1 FROM fresh"))
    _consents_hold(db, vias)


def _consents_hold(db: Database, vias: dict[str, int]) -> None:
    ledger: dict[tuple[str, str], list[ConsentFact]] = {}
    for f in rows(db, "SELECT channel, address, state, effective_at, double_opt_in, method FROM consent_fact"):
        fact = ConsentFact(f.state, f.effective_at, f.double_opt_in, method=f.method)
        ledger.setdefault((f.channel, f.address), []).append(fact)
    states = {address: consent_of(facts) for address, facts in ledger.items()}
    stored = {(r.channel, r.address): r.state for r in rows(db, "SELECT channel, address, state FROM consent")}
    assert stored == {address: state.state for address, state in states.items() if state}
    for held in rows(db, "SELECT person, channel, address, marketing FROM person_address"):
        assert held.marketing == stored.get((held.channel, held.address), "never")
    holders = {(r.person, r.address) for r in rows(db, "SELECT person, address FROM person_address")}
    assert holders >= {(p, k.partition(":")[2]) for k, p in vias.items() if k.startswith(("email:", "phone:"))}
    assert {person for person, _ in holders} <= set(vias.values())


@many
@given(facts=FACTS, consents=CONSENTS, seed=st.integers(0, 1000))
def test_whatever_is_said_people_are_what_the_facts_say(
    db: Database, facts: list[tuple[Any, ...]], consents: list[tuple[Any, ...]], seed: int
) -> None:
    _begin(db)
    chance = Random(seed)
    arrivals, acts = _arrivals(facts, consents), list[int]()
    chance.shuffle(arrivals)
    half = len(arrivals) // 2
    come_in(db, *arrivals[: max(half, 1)])
    for _ in range(3):
        _say(db, chance, acts)
        _holds(db)
    come_in(db, *arrivals[max(half, 1) :])
    for _ in range(3):
        _say(db, chance, acts)
        _holds(db)
    for act in chance.sample(acts, len(acts)):
        carry_out(db, "people.undo", {"act": act}, "robin", at(200))
    _holds(db)
    said = groups(db)
    _begin(db)
    store_arrivals(db, arrivals)
    resolve_all(db)
    assert groups(db) == said  # as if nobody had ever said anything


SNAPSHOT = (
    "SELECT kind, value, person FROM identifier ORDER BY 1, 2",
    "SELECT id, die, traits FROM person ORDER BY id",
    "SELECT person, channel, address, marketing FROM person_address ORDER BY 1, 2, 3",
    "SELECT person, id, via FROM event WHERE name = 'X' ORDER BY id",
    f"SELECT kind, value, other_kind, other_value, outcome FROM {EVIDENCE} ORDER BY 1, 2, 3, 4",
    "SELECT kind, value, other_kind, other_value, reason FROM conflict ORDER BY 1, 2, 3, 4",
)


@many
@given(facts=FACTS, consents=CONSENTS, seed=st.integers(0, 1000))
def test_merge_then_split_restores_both(
    db: Database, facts: list[tuple[Any, ...]], consents: list[tuple[Any, ...]], seed: int
) -> None:
    _begin(db)
    come_in(db, *_arrivals(facts, consents))
    chance = Random(seed)
    people = [row.id for row in rows(db, "SELECT id FROM person ORDER BY id")]
    if len(people) < 2:
        return
    one, other = chance.sample(people, 2)
    own = [[r.kind, r.value] for r in rows(db, "SELECT kind, value FROM identifier WHERE person = :p", p=other)]
    before = [rows(db, query) for query in SNAPSHOT]
    act = carry_out(db, "people.merge", {"person": one, "other": other}, "robin", at(50))
    assert len(rows(db, "SELECT 1 FROM person")) == len(people) - 1
    carry_out(db, "people.undo", {"act": act["act"]}, "robin", at(60))
    assert [rows(db, query) for query in SNAPSHOT] == before
    act = carry_out(db, "people.merge", {"person": one, "other": other}, "robin", at(70))
    carry_out(db, "people.split", {"person": act["person"], "identifiers": own}, "robin", at(80))
    after = {row.person for row in rows(db, "SELECT person FROM identifier WHERE (kind, value) IN (SELECT k.kind, k.value "
        "FROM unnest(cast(:kinds AS text[]), cast(:values AS text[])) k(kind, value))",
        kinds=[key[0] for key in own], values=[key[1] for key in own])}  # fmt: skip
    assert after == {other}
    assert [rows(db, query) for query in SNAPSHOT[:2]] == before[:2]
