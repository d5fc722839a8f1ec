"""Conditions read as sentences."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from antiphon.audiences.compiler import refresh_of, touched_by
from antiphon.audiences.describe import describe
from antiphon.audiences.models import Condition

ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)
SHOES = {"kind": "purchase", "category": ["shoes"], "within": "90d"}
TEXTS = {"kind": "consent", "channel": "sms"}
SEEN = {"kind": "event", "event": "Seen", "within": "2d"}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"kind": "engagement", "channel": "email", "level": ["engaged", "cooling"]},
         "is engaged with email or cooling towards email"),
        ({"kind": "engagement", "pattern": ["sms_only", "neither"]},
         "answers on texts alone or answers on neither channel"),
        ({"kind": "engagement", "channel": "sms", "responded_within": "30d"}, "has responded to texts within 30 days"),
        ({"kind": "engagement", "channel": "sms", "delivered_within": "30d"}, "was sent texts within 30 days"),
        ({"kind": "engagement", "channel": "email", "count": "clicks", "at_least": 3}, "has at least 3 clicks in email"),
        ({"kind": "purchase"}, "has ordered"),
        ({"kind": "purchase", "at_most": 0, "within": "90d"}, "has not ordered within 90 days"),
        ({"kind": "purchase", "at_least": 2}, "has ordered at least 2 times"),
        ({"kind": "purchase", "measure": "sum", "at_least": 1000, "within": "365d"},
         "has orders for at least 1,000 within 365 days"),
        ({"kind": "purchase", "measure": "order", "at_least": 10, "at_most": 20.5, "since": "occasion"},
         "has an order of 10 to 20.50 since then"),
        ({"kind": "purchase", "age_of": "last", "older_than": "60d", "newer_than": "90d"},
         "placed the last order at least 60 days ago and less than 90 days ago"),
        (SHOES, "has bought anything of shoes within 90 days"),
        ({"kind": "product", "relation": "wished", "product": ["a", "b", "c"]}, "wished for a, b or c"),
        ({"kind": "product", "of": "occasion", "in_stock": True, "price_below": 20},
         "a product of the occasion is in stock and below 20"),
        ({"kind": "segment", "segment": "regulars"}, "is in the segment “regulars”"),
        ({"kind": "affinity", "channel": "sms"}, "likes texts best"),
        ({"kind": "prediction", "prediction": "high_value"}, "has spent as much in a year as the best tenth of buyers"),
        ({"kind": "prediction", "measure": "orders_365d", "statistic": "usual_orders", "side": "below"},
         "the number of orders in 365 days is below usual orders"),
        ({"kind": "chance", "share": 0.125, "salt": "spring"}, "is among 12.50 % drawn by chance by “spring”"),
        ({"kind": "date", "after": "2026-11-27T00:00:00Z"}, "it is from 2026-11-27 00:00 UTC"),
        ({"kind": "date", "weekdays": ["mon", "sun"], "from_hour": "09:00", "until_hour": "17:00"},
         "it is between 09:00 and 17:00 on Monday or Sunday on their clock"),
        ({"kind": "date", "anniversary": "birthday", "within": "1d"}, "the anniversary of birthday is at most 1 day away"),
        ({"kind": "date", "anniversary": "birthday", "within": "0d"}, "the anniversary of birthday is today"),
        ({"kind": "all", "of": []}, "is anybody"),
        ({"kind": "any", "of": []}, "is nobody"),
        ({"kind": "any", "of": [TEXTS]}, "is subscribed to texts"),
        ({"kind": "all", "of": [TEXTS, {"kind": "any", "of": [SEEN, {"kind": "not", "of": SHOES}]}]},
         "is subscribed to texts and (either “Seen” within 2 days or not (has bought anything of shoes within 90 days))"),
    ],
)  # fmt: skip
def test_sentences(written: dict[str, Any], sentence: str) -> None:
    assert describe(ADAPTER.validate_python(written)) == sentence


def test_what_touches_and_refreshes_a_composition() -> None:
    whole = ADAPTER.validate_python({"kind": "any", "of": [TEXTS, {"kind": "all", "of": [SEEN, SHOES]}]})
    assert touched_by(whole) == {"person_address", "event:Seen", "person_product"}
    assert str(refresh_of(whole)) == "1 day, 0:00:00"
    assert refresh_of(ADAPTER.validate_python({"kind": "not", "of": TEXTS})) is None
