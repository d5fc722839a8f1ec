"""What drawn hours tell of hours that nobody was written to at, where the truth is known, and how it is said."""

import numpy as np
import pytest

from antiphon.decisions.timing.asking import Lots, asked, sentences
from antiphon.decisions.timing.offpolicy import softmax

PERMITTED = (np.arange(24) >= 8) & (np.arange(24) <= 20)


def lots(messages: int, lift: float) -> Lots:
    """Half of the people answer more often at nine and half at nineteen, the brand writes at thirteen."""
    random = np.random.default_rng(1)
    own = np.where(random.random(messages) < 0.5, 9, 19)
    apart = np.abs(np.arange(24) - own[:, None])
    worth = np.where(np.minimum(apart, 24 - apart) <= 1, 1.0, 0.0)
    soft = softmax(worth, np.repeat(PERMITTED[None], messages, 0), 0.5, 0.1)
    alike = np.repeat((PERMITTED / PERMITTED.sum())[None], messages, 0)
    chances = np.where((np.arange(messages) % 2 == 0)[:, None], soft, alike)
    hour = (chances.cumsum(axis=1) > random.random(messages)[:, None]).argmax(axis=1)
    answered = random.random(messages) < 0.05 * (1 + lift * worth[np.arange(messages), hour])
    instead = {"brand": np.full(messages, 13), "own": own}
    return Lots(hour, chances, answered.astype(float), random.integers(256, size=messages), instead)


def test_what_own_hours_would_gain_is_found() -> None:
    found = asked(lots(30_000, 1.0))
    assert found["messages"] == 30_000
    for how in ("snips", "dr"):
        low, high = found["own_over_brand"][how]["interval"]
        assert 0 < low < 0.05 < high
        assert found["brand"]["by"][how]["share"] == pytest.approx(0.05, abs=0.012)
        assert found["own"]["by"][how]["share"] == pytest.approx(0.10, abs=0.012)


def test_where_hours_gain_nothing_nothing_is_shown() -> None:
    low, high = asked(lots(30_000, 0.0))["own_over_brand"]["dr"]["interval"]
    assert low < 0 < high


def test_of_too_few_nothing_is_said() -> None:
    found = asked(lots(400, 1.0))
    assert found["own_over_brand"] is None
    assert 0 < found["own"]["size"] < 200
    assert found["own"]["by"] is None
    assert asked(lots(0, 1.0)) == {
        "messages": 0,
        "brand": {"size": 0.0, "by": None},
        "own": {"size": 0.0, "by": None},
        "own_over_brand": None,
    }


def test_in_words() -> None:
    arms = {
        "random": {"messages": 1_000, "answered": 14, "share": 0.014},
        "brand": {"messages": 0, "answered": 0, "share": None},
    }
    drawn = asked(lots(400, 1.0))
    power = {"share": 0.015, "relative": 0.05, "messages": 420_267, "have": 1_000, "days_left": 900}
    told = list(sentences("email", {"arms": arms, "gain": None, "drawn": drawn, "needed": power}))
    assert told[:3] == [
        "email, random hours: 1,000 messages, 14 answered, 1.40%",
        "email, the brand's best hours: 0 messages, 0 answered",
        "email: too few answers to tell whether own hours gain.",
    ]
    assert "400 messages at drawn hours count as" in told[3]
    assert told[4] == (
        "email: to show +5% of 1.50% takes 420,267 messages in each arm; there are 1,000, about 900 more days."
    )
    gain = {"share": 0.01, "interval": [0.002, 0.018], "used": True}
    told = list(sentences("sms", {"arms": {}, "gain": gain, "drawn": asked(lots(30_000, 1.0)), "needed": None}))
    assert told[0] == "sms: own hours gain +1.00 points over the brand's (+0.20 to +1.80): they are used."
    assert told[1].startswith("sms: by 30,000 messages at drawn hours, own hours would gain +")
    assert "nobody has answered" in told[2]
