"""Who clicked and who opened, by agents as they really write themselves and by what happens around."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from antiphon.content.links import TRAP
from antiphon.delivery.judging import Verdict, judge_click, judge_open
from antiphon.delivery.touches import Touch

SENT = datetime(2026, 3, 3, 17, tzinfo=UTC)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; ms-office; MSOffice 16)"
LATER = timedelta(minutes=20)


def touch(link: int = 0, after: timedelta = LATER, agent: str = CHROME, **more: object) -> Touch:
    made = Touch(3, 9, "click", link, "GET", SENT + after, agent, self_told=False, caller=1)
    return replace(made, **more)  # type: ignore[arg-type]  # by name


def clicked(one: Touch, *others: Touch, links: int = 6, crowd: bool = False) -> Verdict:
    return judge_click(one, others, links, SENT, crowd=crowd)


def test_a_click_some_time_later_is_a_persons() -> None:
    verdict = clicked(touch())
    assert (verdict.machine, verdict.score, verdict.why) == (False, 0, ())
    assert verdict.human > 0.5
    assert "machine" not in verdict.told()


def ms(n: int) -> timedelta:
    return LATER + timedelta(milliseconds=n)


@pytest.mark.parametrize(
    ("verdict", "score", "why"),
    [
        (clicked(touch(), touch(TRAP, ms(900))), 6, "hidden link"),
        (clicked(touch(0), touch(1, ms(500)), touch(2, ms(2000))), 4, "several links at once"),
        (clicked(touch(1), touch(0, ms(-1000)), touch(2, ms(1000))), 4, "several links at once"),
        (clicked(touch(0), *(touch(n, ms(n * 9000)) for n in range(1, 6))), 4, "every link"),
        (clicked(touch(method="HEAD")), 2, "headers only"),
        (clicked(touch(agent="Mozilla/5.0 (compatible; Barracuda Sentinel)")), 4, "says so"),
        (clicked(touch(agent="WhatsApp/2.23.20.0")), 4, "says so"),
        (clicked(touch(agent="")), 4, "says so"),
        (clicked(touch(self_told=True)), 4, "says so"),
        (clicked(touch(after=timedelta(milliseconds=999))), 4, "too soon"),
        (clicked(touch(after=timedelta(seconds=4))), 2, "too soon"),
        (clicked(touch(), crowd=True), 3, "one place, many readers"),
    ],
)
def test_each_sign_of_a_machine_has_its_weight(verdict: Verdict, score: int, why: str) -> None:
    assert (verdict.machine, verdict.score, verdict.why) == (True, score, (why,))
    assert verdict.human < 0.5
    told = verdict.told()
    assert (told["class"], told["machine"], told["score"], told["why"]) == ("machine", True, score, [why])


@pytest.mark.parametrize(
    "verdict",
    [
        clicked(touch(after=timedelta(seconds=5))),
        clicked(touch(0), touch(1, ms(1000))),  # two at once: a double click, a finger on two
        clicked(touch(0), touch(0, ms(100)), touch(0, ms(200))),  # one link, thrice
        clicked(touch(0), touch(1, ms(2500)), touch(2, ms(5000))),
        clicked(touch(0), touch(1, ms(20_000)), links=2),  # both links of a short mail
        clicked(touch(), touch(TRAP, LATER + timedelta(minutes=5))),  # a scanner that comes by later
        clicked(touch(), touch(kind="open", after=LATER, agent="Mozilla/5.0")),
        judge_click(touch(), (), 6, None, crowd=False),
    ],
)
def test_what_people_do_is_no_sign(verdict: Verdict) -> None:
    assert (verdict.machine, verdict.score) == (False, 0)


def test_signs_add_up_and_chances_fall() -> None:
    burst = [touch(n, timedelta(milliseconds=300 + n), method="HEAD") for n in range(6)]
    verdict = clicked(burst[0], touch(TRAP, timedelta(milliseconds=400)), *burst[1:])
    assert verdict.score == 6 + 4 + 4 + 2 + 4
    assert verdict.human < 1e-6


@pytest.mark.parametrize(
    ("agent", "after", "machine", "why"),
    [
        ("Mozilla/5.0", LATER, True, "apple's proxy"),
        (GMAIL, LATER, False, "gmail's proxy"),
        (GMAIL, timedelta(seconds=3), False, "gmail's proxy"),
        (IPHONE, LATER, False, None),
        (OUTLOOK, LATER, False, None),
        (IPHONE, timedelta(seconds=9), True, "too soon"),
        (IPHONE, timedelta(seconds=10), False, None),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", LATER, True, "says so"),
        ("python-requests/2.32.0", LATER, True, "says so"),
        ("", LATER, True, "says so"),
    ],
)
def test_opens(agent: str, after: timedelta, machine: bool, why: str | None) -> None:
    verdict = judge_open(touch(kind="open", after=after, agent=agent), SENT)
    assert (verdict.machine, verdict.why) == (machine, (why,) if why else ())
    assert (verdict.human < 0.5) == machine
    assert verdict.score is None
