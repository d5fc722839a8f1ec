"""Campaign files: what is wrong is said with its line, in words; the documented one is good."""

from pathlib import Path

import pytest

from antiphon.campaigns.source import examine, read_campaign

GOOD = """\
campaign: sale
name: Sale
audience: {kind: all, of: []}
content: {sms: {text: Lamps}}
"""
_DOCS = Path(__file__).parents[3] / "docs" / "campaigns.md"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("campaign: sale\n", "`name` is missing"),
        (GOOD.replace("audience", "audiense"), "Did you mean `audience`?"),
        (GOOD.replace("audience: {kind: all, of: []}\n", ""), "it is for nobody"),
        (GOOD + "channels: [email]\n", "`content.email` is missing"),
        (GOOD + "channels: [sms, sms]\n", "stands twice"),
        (GOOD.replace("{sms: {text: Lamps}}", "{}"), "it says nothing"),
        (GOOD + "throttle: 0\n", "`throttle` must be at least 1"),
        (GOOD + "window: {from: tomorrow}\n", "no date with a time; write it as '2026-11-27 09:00'"),
        (GOOD + "window: {from: 9}\n", "no date with a time"),
        (GOOD + "window: {from: '9999-12-31 23:59'}\n", "a year in which nobody sends campaigns"),
        (GOOD.replace("sale", "Sale!"), "`campaign` is not written as it must be. Small letters, digits and hyphens"),
        (GOOD.replace("{kind: all, of: []}", "7"), "write the name of a segment, such as `regulars`"),
        (GOOD.replace("kind: all, of", "of"), "begins with its `kind`, such as"),
        (GOOD + "value: .nan\n", "`value` must be a number"),
        (GOOD + "window: {from: '2026-11-27 09:00', to: '2026-11-27 08:00'}\n", "ends before it begins"),
        (GOOD + "window: {from: '2026-11-27 09:00', to: '2026-12-27 08:00'}\n", "longer than 2 days 22 hours"),
        (GOOD + "retarget: {campaign: sale, on: sms}\n", "cannot retarget itself"),
        (GOOD + "retarget: {campaign: first}\n", "or say `on: sms`"),
        (GOOD + "retarget: {campaign: first, on: email}\n", "it follows as email"),
        (GOOD + "unengaged: {sms: {text: Come back}}\n", "only with an offer made for them"),
        (GOOD + "exclude: {kind: event, event: A, since: occasion}\n", "which only journeys have"),
        (GOOD.replace("Lamps}", "'{{ brand.nam }}'}"), "brand.nam"),
    ],
)
def test_what_is_wrong_is_said(source: str, said: str) -> None:
    _, problems = examine(source)
    assert said in " ".join(map(str, problems))


def test_the_line_is_that_of_what_is_wrong() -> None:
    _, problems = examine(GOOD + "throttle: fast\n")
    assert [problem.line for problem in problems] == [5]


def test_the_documented_campaign_is_good() -> None:
    source = _DOCS.read_text().split("```yaml\n")[1].split("```")[0]
    campaign = read_campaign(source)
    assert (campaign.ways, campaign.ways_back) == (("email", "sms"), ("sms",))
