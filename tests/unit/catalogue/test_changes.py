"""What is worth telling, without a database."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import NOON

from antiphon.catalogue.changes import PricePoint, dropped, price_drop, stock_occasion
from antiphon.catalogue.models import Product
from antiphon.catalogue.settings import CatalogueSettings

DAY = timedelta(days=1)
SETTINGS = CatalogueSettings()


def lamp(price: int | None = None, stock: int | None = None) -> Product:
    found = None if price is None else Decimal(price)
    return Product("p1", "Lamp", NOON, NOON, price=found, currency="EUR", stock=stock, priced_at=NOON, stocked_at=NOON)


@given(
    past=st.lists(
        st.tuples(st.integers(1, 120), st.integers(1, 100)), min_size=1, max_size=8, unique_by=lambda p: p[0]
    ),
    price=st.integers(1, 100),
)
def test_a_drop_is_below_every_price_of_thirty_days(past: list[tuple[int, int]], price: int) -> None:
    points = [PricePoint(NOON - days * DAY, Decimal(said), "EUR") for days, said in sorted(past, reverse=True)]
    made = price_drop(lamp(price), points, SETTINGS)
    # day by day: what it cost on each of the thirty days
    costs = []
    for hours in range(1, 30 * 24 + 1):
        at = NOON - timedelta(hours=hours)
        held = [point.price for point in points if point.at <= at]
        costs += [held[-1]] if held else []
    lowest = min((cost for cost in costs if cost), default=None)
    expected = lowest is not None and dropped(Decimal(price), lowest, SETTINGS)
    assert (made is not None) == expected
    if made:
        assert made.old_price == lowest
        assert all(dropped(Decimal(price), seen, SETTINGS) for _, _, seen in made.looks)
        assert made.looks[-1][1] == NOON


def test_what_it_cost_in_another_currency_says_nothing() -> None:
    assert price_drop(lamp(10), [PricePoint(NOON - DAY, Decimal(40), "USD")], SETTINGS) is None


def test_stock() -> None:
    cases: dict[tuple[int | None, int | None], str | None] = {
        (0, 3): "back",
        (0, None): "back",
        (9, 5): "low",
        (6, 1): "low",
        (5, 4): None,
        (9, 0): None,
        (9, 6): None,
    }
    cases |= {(None, 3): None, (9, None): None}
    for (was, now), kind in cases.items():
        made = stock_occasion(lamp(stock=was), lamp(stock=now), SETTINGS)
        assert (made.kind if made else None) == kind, (was, now)
