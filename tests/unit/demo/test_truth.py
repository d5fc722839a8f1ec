"""The population that a seed draws has the published figures, to the tolerance that a report may ask for."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from antiphon.demo import truth
from antiphon.demo.history import history
from antiphon.demo.models import Sent, Shop, Shopper
from antiphon.demo.opens import lapsed, open_chance
from antiphon.demo.reactions import Crowd
from antiphon.demo.shop import make_shop
from antiphon.intake.models import Arrival

START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=[1, 2, 77])
def shop(request: pytest.FixtureRequest) -> Shop:
    return make_shop(request.param)


@pytest.fixture(scope="module")
def past(shop: Shop) -> list[Arrival]:
    return list(history(shop, START))


def unengaged(people: list[Shopper], channel: str) -> float:
    return mean(not person.latent.engaged[channel] for person in people)


def test_reach_has_its_shares(shop: Shop) -> None:
    for reach, share in truth.REACH.items():
        assert mean(s.reach == reach for s in shop.shoppers) == pytest.approx(share, abs=0.001)


def test_share_unengaged_per_channel(shop: Shop) -> None:
    for channel, share in (("email", 0.87), ("sms", 0.66)):
        people = [s for s in shop.shoppers if channel in s.latent.engaged]
        assert unengaged(people, channel) == pytest.approx(share, abs=0.005)


def test_disengagement_is_shared_in_both_directions(shop: Shop) -> None:
    both = [s for s in shop.shoppers if s.reach == "both"]
    for one, other in (("email", "sms"), ("sms", "email")):
        silent = [s for s in both if not s.latent.engaged[one]]
        assert unengaged(silent, other) == pytest.approx(0.94, abs=0.03)
        assert unengaged(both, other) < 0.8  # the base rate is well below


def test_clickers_are_eight_times_likelier_to_buy(shop: Shop) -> None:
    clicked = [s.latent.buyer for s in shop.shoppers if s.latent.clicker]
    silent = [s.latent.buyer for s in shop.shoppers if not s.latent.clicker]
    assert mean(clicked) / mean(silent) == pytest.approx(8, abs=0.3)


def test_dual_channel_people_are_worth_more(shop: Shop) -> None:
    dual = mean(s.latent.value for s in shop.shoppers if s.reach == "both")
    single = mean(s.latent.value for s in shop.shoppers if s.reach in {"email", "sms"})
    assert dual / single == pytest.approx(truth.DUAL_VALUE, abs=0.1)
    assert 2.0 <= truth.DUAL_VALUE <= 2.8


def test_the_history_shows_the_truth_without_the_traits(shop: Shop, past: list[Arrival]) -> None:
    """What a report can see, arrivals alone: who was mailed, who answered, who ordered for how much."""
    delivered: defaultdict[str, set[str]] = defaultdict(set)
    answered: defaultdict[str, set[str]] = defaultdict(set)
    spent: defaultdict[str, float] = defaultdict(float)
    for arrival in past:
        assert arrival.backfill
        device, event = arrival.body.get("anonymousId", ""), arrival.body.get("event", "")
        if event.endswith("Delivered"):
            delivered[event.split()[0]].add(device)
        elif event.endswith("Clicked"):
            answered[event.split()[0]].add(device)
        elif event == "Order Completed":
            spent[device] += arrival.body["properties"]["revenue"]
    for word, share in (("Email", 0.87), ("SMS", 0.66)):
        assert answered[word] <= delivered[word]
        assert 1 - len(answered[word]) / len(delivered[word]) == pytest.approx(share, abs=0.01)
    both = delivered["Email"] & delivered["SMS"]
    silent = both - answered["Email"]
    assert len(silent - answered["SMS"]) / len(silent) == pytest.approx(0.94, abs=0.03)
    clicked = answered["Email"] | answered["SMS"]
    everyone = {s.device() for s in shop.shoppers if not s.newcomer}
    buys = len(clicked & spent.keys()) / len(clicked) / (len(spent.keys() - clicked) / len(everyone - clicked))
    assert buys == pytest.approx(8, rel=0.1)
    single = (delivered["Email"] | delivered["SMS"]) - both
    assert 2.0 <= mean(spent[d] for d in both) / mean(spent[d] for d in single) <= 2.8


def test_few_people_open_most(shop: Shop, past: list[Arrival]) -> None:
    """A fifth of those who answer nothing opened once, longer ago than the mailings that all got."""
    silent = [s for s in shop.shoppers if not s.latent.engaged.get("email", True)]
    chances = [open_chance(shop.seed, one) for one in silent]
    assert mean(chance > 0 for chance in chances) == pytest.approx(truth.OPENERS, abs=0.04)
    assert mean(chances) == pytest.approx(0.16, abs=0.025)
    once = {s.device() for s in silent if lapsed(shop.seed, s)}
    assert len(once) / len(silent) == pytest.approx((1 - truth.OPENERS) * truth.LAPSED, abs=0.03)
    assert not [s for s in shop.shoppers if lapsed(shop.seed, s) and open_chance(shop.seed, s)]
    opened = {
        (arrival.body["anonymousId"], arrival.at < START - timedelta(days=truth.HISTORY_DAYS))
        for arrival in past
        if arrival.body.get("event") == "Email Opened" and not arrival.body["properties"]["machine"]
    }
    known = {s.device() for s in shop.shoppers if not s.newcomer}
    assert {device for device, before in opened if before} == once & known
    assert not {device for device, before in opened if not before} & once


def test_a_thank_you_is_clicked_and_followed_by_orders_as_published(shop: Shop) -> None:
    """Over the people who order, weighted by how often they do: 24 % click, 10 % of these order, $2.50 a message."""
    crowd = Crowd(shop)
    chances, weights = [], []
    for shopper in shop.shoppers:
        sent = Sent(1, "sms", "", START, "thank-you", "thanks")
        chances.append(crowd.click_chance(shopper, sent))
        weights.append(shopper.latent.rate)
    clicks = sum(c * w for c, w in zip(chances, weights, strict=True)) / sum(weights)
    assert clicks == pytest.approx(0.24, abs=1e-9)
    assert clicks * truth.THANKS_ORDERS * truth.BASKET == pytest.approx(2.50, abs=0.01)


def test_baskets_are_worth_what_the_truth_says(past: list[Arrival]) -> None:
    orders = [a for a in past if a.body.get("event") == "Order Completed"]
    assert mean(a.body["properties"]["revenue"] for a in orders) == pytest.approx(truth.BASKET, rel=0.08)
