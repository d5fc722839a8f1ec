"""What a decision makes of the model: everybody's mean while it is on probation, each one's own rates once it is used."""

from dataclasses import replace

import numpy as np
import orjson
import pytest
from tests.unit.decisions.batches import HOUR, Row, batch_of, policy

from antiphon.decisions.affinity.models import Affinity
from antiphon.decisions.choose import choose
from antiphon.decisions.models import EMAIL, LONG_AGO, NO_CHANNEL, SMS, Batch, Decisions
from antiphon.decisions.reasons import reasons
from antiphon.decisions.settings import BrandSettings

SETTINGS = BrandSettings()
EITHER = policy()
EMAILS, TEXTS = (0.3, 0.01), (0.01, 0.3)
ANSWERED_EMAIL = Row(EITHER, engaged=(-HOUR, LONG_AGO))


def _with(rows: list[Row], rates: list[tuple[float, float]], *, used: bool, own: bool = True) -> Batch:
    known = Affinity(np.array(rates, np.float32), np.full(len(rows), own), used, 4)
    return replace(batch_of(rows), affinity=known)


def _sentences(batch: Batch, made: Decisions) -> list[dict[str, object]]:
    told = reasons(batch, made, SETTINGS, [(1, "a")] * len(batch))
    return [orjson.loads(each) for each in told]


@pytest.mark.parametrize(("used", "channel"), [(False, EMAIL), (True, SMS)])
def test_on_probation_the_rule_stands(used: bool, channel: int) -> None:
    batch = _with([ANSWERED_EMAIL], [TEXTS], used=used)
    made = choose(batch, SETTINGS)
    assert made.channel.tolist() == [channel]
    (told,) = _sentences(batch, made)
    assert told["affinity"] == {"rates": [0.01, 0.3], "own": used, "chose": used, "model": 4}
    because = "by how often they answer each" if used else "they last answered by email"
    assert because in str(told["sentence"])


def test_who_declared_a_channel_gets_it_whatever_the_model_says() -> None:
    batch = _with([Row(EITHER, declared=EMAIL)], [TEXTS], used=True)
    made = choose(batch, SETTINGS)
    assert made.channel.tolist() == [EMAIL]
    assert _sentences(batch, made)[0]["affinity"]["chose"] is False  # type: ignore[index]


def test_of_whom_the_model_knows_nothing_the_rule_stands() -> None:
    made = choose(_with([ANSWERED_EMAIL, Row(EITHER)], [TEXTS, EMAILS], used=True, own=False), SETTINGS)
    assert made.preferred.tolist() == [EMAIL, NO_CHANNEL]
    assert made.channel.tolist() == [EMAIL, EMAIL]


def test_each_row_has_its_own_rates_whatever_chunk_it_is_in() -> None:
    rows, rates = [Row(EITHER, die=n) for n in range(40)], [EMAILS if n % 3 else TEXTS for n in range(40)]
    made = choose(_with(rows, rates, used=True), SETTINGS)
    assert made.channel.tolist() == [EMAIL if n % 3 else SMS for n in range(40)]
    worth = made.best_score[np.arange(40), made.channel]
    assert worth == pytest.approx(np.where(made.channel == SMS, worth[0], worth[1]))


def test_a_rate_is_what_the_score_is_made_of() -> None:
    assumed = choose(batch_of([Row(EITHER)]), SETTINGS)
    same = (SETTINGS.email.response, SETTINGS.sms.response)
    assert choose(_with([Row(EITHER)], [same], used=True), SETTINGS).score == pytest.approx(assumed.score, rel=1e-6)
