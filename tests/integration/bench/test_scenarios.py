"""Every scenario does real work on a real database and says how fast, beside its floor."""

import smtplib
from email.message import EmailMessage

import pytest
from tests.conftest import NOON

from antiphon.bench.memory import Peak
from antiphon.bench.models import NAMES, Sizes
from antiphon.bench.run import SCENARIOS, run_bench
from antiphon.bench.sink import sink
from antiphon.bench.world import World
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

SMALL = Sizes(people=300, events=300, identifiers=400, runs=120, choices=2000, renders=5, messages=20, processes=2)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_measures_itself_and_its_floor(db: Database, name: str) -> None:
    measured = SCENARIOS[name](World(db, SMALL, NOON, None))
    assert measured.rate > 0
    assert measured.floor > 0
    assert measured.unit
    assert measured.against


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(AntiphonError, match="Choose among ingest, resolve, identify"):
        run_bench(SMALL, ["speed"])


def test_the_names_are_those_of_the_scenarios() -> None:
    assert tuple(SCENARIOS) == NAMES


def test_scaling_keeps_a_little_of_everything() -> None:
    assert Sizes().scaled(0.5).people == Sizes().people // 2
    assert Sizes().scaled(0).runs == 200


def test_the_peak_is_at_least_what_was_held() -> None:
    with Peak(None) as peak:
        held = bytearray(200 << 20)
        held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
        peak._sample()
        del held
    assert peak.mb > 200


def test_the_sink_speaks_smtp() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Hello"
    message.set_content("A line.\n.\nA dot before this line.\n")
    with sink() as port, smtplib.SMTP("127.0.0.1", port) as client:
        for _ in range(3):
            assert client.send_message(message) == {}
        assert client.noop()[0] == 250
