"""People as a pure function of facts."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from antiphon.people.grouping import CLUSTER_LIMIT, Grouping, Pair, Seen, group
from antiphon.people.identifiers import Key

T0 = datetime(2026, 3, 1, tzinfo=UTC)

C1, C2 = ("customer_id", "1"), ("customer_id", "2")
ANN, BOB = ("email", "ann@x.com"), ("email", "bob@x.com")
PHONE, DEVICE = ("phone", "+12125550100"), ("device", "d")


def grouped(*pairs: tuple[Key, Key]) -> Grouping:
    """Edges one minute apart in the order given."""
    return group((), {_pair(a, b): once(T0 + timedelta(minutes=i)) for i, (a, b) in enumerate(pairs)})


def once(at: datetime) -> Seen:
    return Seen(at, at)


def _pair(a: Key, b: Key) -> Pair:
    return (a, b) if a < b else (b, a)


def together(found: Grouping, *keys: Key) -> bool:
    return any(set(keys) <= set(cluster) for cluster in found.clusters)


def test_email_first_and_phone_later_are_one_person() -> None:
    assert together(grouped((DEVICE, ANN), (ANN, PHONE), (C1, ANN)), C1, ANN, PHONE, DEVICE)


def test_two_customer_ids_are_never_joined() -> None:
    found = grouped((C1, ANN), (C2, ANN))
    assert together(found, C1, ANN)
    assert not together(found, C2, ANN)
    assert found.refused == {_pair(C2, ANN): "two customer ids"}


def test_a_phone_never_joins_two_emails() -> None:
    found = grouped((ANN, PHONE), (BOB, PHONE))
    assert together(found, ANN, PHONE)
    assert found.refused == {_pair(BOB, PHONE): "two emails by phone alone"}


def test_a_shared_browser_never_joins_two_emails() -> None:
    assert not together(grouped((ANN, DEVICE), (BOB, DEVICE)), ANN, BOB)


def test_a_customer_id_may_have_two_emails() -> None:
    assert together(grouped((C1, ANN), (C1, BOB)), ANN, BOB)


def test_the_older_of_two_equal_claims_wins_however_late_it_comes_in() -> None:
    late = {_pair(ANN, PHONE): once(T0 + timedelta(days=1)), _pair(BOB, PHONE): once(T0)}
    assert together(group((), late), BOB, PHONE)


def test_a_shared_identifier_joins_nobody() -> None:
    people = [("customer_id", str(i)) for i in range(6)]
    five = grouped(*((person, DEVICE) for person in people[:5]))
    assert together(five, people[0], DEVICE)
    six = grouped(*((person, DEVICE) for person in people))
    assert six.shared == {DEVICE}
    assert all(len(cluster) == 1 for cluster in six.clusters)


def test_many_browsers_do_not_make_a_customer_shared() -> None:
    found = grouped(*((C1, ("device", str(i))) for i in range(60)), (C1, ANN))
    assert together(found, C1, ANN, *(("device", str(i)) for i in range(60)))


def test_a_person_has_a_limit_of_identifiers() -> None:
    chain = [("thirdparty", str(i)) for i in range(CLUSTER_LIMIT + 5)]
    found = grouped(*itertools.pairwise(chain))
    assert max(len(cluster) for cluster in found.clusters) == CLUSTER_LIMIT
    assert "too many identifiers" in found.refused.values()


KEYS = st.sampled_from([(k, str(i)) for k in ("customer_id", "email", "phone", "device", "loyalty") for i in range(3)])
EDGES = st.dictionaries(
    st.tuples(KEYS, KEYS).filter(lambda p: p[0] < p[1]),
    st.integers(0, 5).map(lambda m: once(T0 + timedelta(minutes=m))),
)


@given(EDGES, st.randoms(use_true_random=False))
def test_order_plays_no_part_and_rules_hold(edges: dict[Pair, Seen], chance: object) -> None:
    shuffled = list(edges.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found, again = group((), edges), group((), dict(shuffled))
    assert {frozenset(c) for c in found.clusters} == {frozenset(c) for c in again.clusters}
    assert found.refused == again.refused
    for cluster in found.clusters:
        assert len({value for kind, value in cluster if kind == "customer_id"}) <= 1
    assert {key for cluster in found.clusters for key in cluster} == {key for pair in edges for key in pair}
