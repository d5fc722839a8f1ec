"""Messages and their answers as columns; hours by answers from what is kept; what is said of them."""

from typing import Any

import numpy as np
import pytest

from antiphon.decisions.timing.answers import Answers, answer_factors, mixed, written
from antiphon.decisions.timing.arms import DRAWN, drawn
from antiphon.decisions.timing.combining import Weight
from antiphon.decisions.timing.gain import Gain
from antiphon.decisions.timing.hazard import Hazard, reach
from antiphon.decisions.timing.loading import more
from antiphon.decisions.timing.messages import joined, messages
from antiphon.decisions.timing.models import Arm
from antiphon.decisions.timing.telling import tell_answers
from antiphon.kit.zones import zone_id

HOUR, DAY = 3_600, 86_400
NOW = 1_772_000_000 // DAY * DAY  # a midnight in UTC, in winter
NEW_YORK, UTC_ID = zone_id("America/New_York"), 0
FADES = np.array([0.02, 0.01, 0.006, 0.003, 0.0012, 0.0003])


def test_an_answer_belongs_to_the_newest_message_of_its_channel() -> None:
    assert NEW_YORK is not None
    sent = [(7, 0, NOW - 10 * DAY, 1), (7, 0, NOW - 9 * DAY, 2), (7, 1, NOW - 9 * DAY + HOUR, 2), (9, 0, NOW - HOUR, 3)]
    came = [
        (7, 0, NOW - 9 * DAY + 3 * HOUR),
        (7, 0, NOW - 9 * DAY + 2 * HOUR),  # the first counts
        (7, 0, NOW - 11 * DAY),  # before everything
        (9, 1, NOW - HOUR + 60),  # no text was sent to them
    ]
    found = messages({9: UTC_ID, 7: NEW_YORK}, sent, came, NOW)
    assert found.people.tolist() == [7, 9]
    assert found.sends.person.tolist() == [0, 0, 0, 1]
    assert found.sends.channel.tolist() == [0, 0, 1, 0]
    assert found.sends.answered.tolist() == [False, True, False, False]
    assert found.sends.until.tolist() == [72, 2, 72, 1]
    assert found.sends.hour.tolist() == [19, 19, 20, 23]
    assert found.origin.tolist() == [1, 2, 2, 3]


def test_before_an_instant_nothing_is_known_of_later() -> None:
    sent = [(7, 0, NOW - 5 * DAY, 1), (7, 0, NOW - 4 * DAY, 1), (7, 0, NOW - DAY, 1)]
    found = messages({7: UTC_ID}, sent, [(7, 0, NOW - 4 * DAY + 10 * HOUR)], NOW)
    known = found.before(NOW - 4 * DAY + 5 * HOUR)
    assert known.until.tolist() == [29, 5]
    assert not known.answered.any()
    assert found.before(NOW - 3 * DAY).answered.tolist() == [False, True]
    assert found.later(NOW - 4 * DAY, NOW).tolist() == [1]  # of the last one it is not known yet


def test_several_pages_are_one() -> None:
    pages = [messages({who: UTC_ID}, [(who, 0, NOW - DAY, who)], [], NOW) for who in (3, 5)]
    found = joined(pages)
    assert (found.people.tolist(), found.sends.person.tolist(), found.origin.tolist()) == ([3, 5], [0, 1], [3, 5])
    nobody = messages({3: UTC_ID}, [], [], NOW)
    assert len(joined([nobody]).at) == 0


def model(own: float, acts: float) -> Answers:
    rhythm = 1 + 0.5 * np.cos((np.arange(24) - 19) * 2 * np.pi / 24)
    return Answers(1, rhythm, FADES, own, acts, np.ones(24))


def test_own_rhythm_and_acts_count_by_their_weights() -> None:
    everybody = reach(model(1, 0).rhythm, FADES)
    mine = 1 + 0.9 * np.cos((np.arange(24) - 8) * 2 * np.pi / 24)
    acts = np.ones((2, 2, 24))
    acts[1, 0, 13] = 4
    plain = answer_factors(model(0, 0), [mine.tolist(), None], acts)
    assert plain == pytest.approx(np.broadcast_to(everybody / everybody.mean(), plain.shape))
    own = answer_factors(model(1, 0), [mine.tolist(), None], acts)
    assert own[0, 0] == pytest.approx(reach(mine, FADES) / reach(mine, FADES).mean())
    assert own[1] == pytest.approx(plain[1])
    both = answer_factors(model(1, 0.5), [None, None], acts)
    assert both[1, 0, 13] / both[1, 0, 12] == pytest.approx(2 * everybody[13] / everybody[12])
    assert both.mean(axis=-1) == pytest.approx(np.ones((2, 2)))


def test_a_version_is_known_by_its_numbers() -> None:
    common = Hazard(np.ones(24), np.array([FADES, FADES * 2]), 3.0)
    weights = (Weight(0.5, 0.1, 0.9), Weight(0.2, -0.1, 0.5))
    kept, fingerprint = written(common, np.array([30.0, 10.0]), weights, np.ones(24))
    assert (kept["own_weight"]["used"], kept["acts_weight"]["used"]) == (0.5, 0.0)
    assert written(common, np.array([30.0, 10.0]), weights, np.ones(24))[1] == fingerprint
    other = Hazard(np.ones(24), common.fades, 3.1)
    assert written(other, np.array([30.0, 10.0]), weights, np.ones(24))[1] != fingerprint
    assert mixed(common.fades, np.array([30.0, 10.0])) == pytest.approx(FADES * 1.25)
    assert mixed(common.fades, np.zeros(2)) == pytest.approx(FADES * 1.5)


def test_the_rest_goes_by_answers_only_where_they_gain_more() -> None:
    small, large, none = Gain(0.002, 0.001, 0.003), Gain(0.004, 0.001, 0.007), Gain(0.004, -0.001, 0.009)
    assert more({"email": large, "sms": None}, {"email": small, "sms": None})
    assert more({"email": small, "sms": None}, {"email": none, "sms": None})
    assert not more({"email": small, "sms": None}, {"email": large, "sms": None})
    assert not more({"email": none, "sms": None}, {"email": None, "sms": None})


def test_arms_by_answers_are_drawn_once_there_is_a_version() -> None:
    assert drawn(None) == DRAWN
    assert drawn(1) == (*DRAWN, Arm.ANSWERS)


def test_in_words() -> None:
    assert "50,000" in next(tell_answers(None))
    rhythm = np.ones(24)
    rhythm[[19, 4]] = 1.5, 0.3
    found: dict[str, Any] = {
        "version": 3,
        "fingerprint": "ab12",
        "answers": 4_000,
        "people": 900,
        "rhythm": rhythm.tolist(),
        "own_weight": {"value": 0.6, "interval": [0.4, 0.8], "used": 0.6},
        "acts_weight": {"value": 0.1, "interval": [-0.1, 0.3], "used": 0.0},
        "gains": {"email": {"share": 0.01, "interval": [0.002, 0.018], "used": True}, "sms": None},
    }
    told = list(tell_answers(found))
    assert told[0].startswith("Hours by answers, version 3 (ab12): from 4,000 answers of 900 people")
    assert told[1] == "Everybody answers most readily at 19:00, 1.5 times the mean hour, and least at 04:00, 0.3 times."
    assert told[2] == "Their own rhythm of answers weighs 0.60 (0.40 to 0.80)."
    assert "not shown to tell anything" in told[3]
    assert "+1.00 points over the brand's (+0.20 to +1.80); they may be used." in told[4]
    assert "a tenth is written to at them by lot" in told[5]
