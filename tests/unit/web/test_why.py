"""Reasons of a decision as a grid."""

from typing import Any

from antiphon.web.times import Place
from antiphon.web.why import read_reasons

REASONS: dict[str, Any] = {
    "sentence": "Text at 18:00: they last answered by text.",
    "chosen": {
        "channel": "sms",
        "at": "2026-03-03T23:00:00Z",
        "score": 0.4,
        "instead_of": {"channel": "email", "at": "2026-03-03T22:00:00Z", "score": 0.1},
    },
    "grid": {
        "slots": ["2026-03-03T22:00:00Z", "2026-03-03T23:00:00Z", "2026-03-04T00:00:00Z", "2026-03-04T01:00:00Z"],
        "email": [[0.1, None], [None, "spacing.email"], [None, "spacing.email"], [-0.01, None]],
        "sms": [[0.2, None], [0.4, None], [None, "quiet_hours.sms"], [None, "quiet_hours.sms"]],
    },
    "barred": {"email": {"spacing.email": 8}, "sms": {"quiet_hours.sms": 20}},
    "inputs": {
        "consents": {"email": "subscribed", "sms": "subscribed", "cart": True},
        "engaged_at": {"email": None, "sms": "2026-03-01T12:00:00Z"},
        "planned_at": {"email": None, "sms": None},
        "zones": ["America/New_York"],
        "occasion_at": "2026-03-03T21:00:00Z",
        "value": 58.0,
        "purpose": "cart",
        "window": "1d23h",
    },
    "versions": {"choose": 1},
}


def test_neighbours_barred_by_one_rule_are_one_cell() -> None:
    why = read_reasons(REASONS, Place(0))
    email, sms = why.lines
    assert [(cell.span, cell.rule) for cell in email.cells] == [(1, ""), (2, "spacing between emails"), (1, "")]
    assert [cell.span for cell in sms.cells] == [1, 1, 2]
    assert sum(cell.span for cell in sms.cells) == len(why.heads)


def test_scores_share_one_scale_and_the_choice_is_marked() -> None:
    email, sms = read_reasons(REASONS, Place(0)).lines
    assert [cell.level for cell in sms.cells] == [4, 9, None]
    assert [cell.level for cell in email.cells] == [2, None, 0]
    assert [cell.chosen for cell in sms.cells] == [False, True, False]
    assert not any(cell.chosen for cell in email.cells)


def test_worths_are_written_alike_and_agree_with_what_is_said_of_them() -> None:
    why = read_reasons(REASONS, Place(0))
    email, sms = why.lines
    assert [cell.worth for cell in sms.cells] == ["0.200", "0.400", ""]
    assert [cell.worth for cell in email.cells] == ["0.100", "", "−0.010"]
    assert dict(why.facts)["Email instead"] == "Tue 3 Mar 22:00, worth 0.100; the choice is worth 0.400"
    dear = REASONS | {"chosen": REASONS["chosen"] | {"score": 4.0}}
    assert [cell.worth for cell in read_reasons(dear, Place(0)).lines[1].cells] == ["0.20", "4.00", ""]


def test_the_best_moments_are_shown_though_they_were_not_kept_with_the_others() -> None:
    best = {"channel": "email", "at": "2026-03-04T00:30:00Z", "score": 0.05}
    chosen = {"channel": "sms", "at": "2026-03-03T22:15:00Z", "score": 0.4, "instead_of": best}
    why = read_reasons(REASONS | {"chosen": chosen}, Place(0))
    email, sms = why.lines
    assert why.heads == ("22:00", "22:15", "23:00", "00:00", "00:30", "01:00")
    assert [(cell.worth, cell.rule, cell.span) for cell in email.cells] == [
        ("0.100", "", 1),
        ("", "", 1),  # nothing is known of it
        ("", "spacing between emails", 2),
        ("0.050", "", 1),
        ("−0.010", "", 1),
    ]
    assert [cell.chosen for cell in sms.cells] == [False, True, False, False]
    assert sms.cells[-1].span == 3, "barred before and after, so barred between"


def test_the_laws_that_held_a_text_are_named_with_their_source() -> None:
    inputs = REASONS["inputs"] | {"laws": ["us", "us-al", "us-gone"], "held": {"us": 9, "us-al": 12, "brand": 20}}
    why = read_reasons(REASONS | {"inputs": inputs}, Place(0))
    assert [(one.law.id, one.law.name, one.held) for one in why.laws] == [
        ("brand", "The brand’s own hours", 20),
        ("us-al", "Alabama", 12),
        ("us", "United States, federal", 9),
        ("us-gone", "US-GONE", 0),
    ]
    alabama = why.laws[1].law
    assert (alabama.hours, alabama.sure) == (
        "Mon–Sat 08:00–20:00, Sun none, holidays none",
        "as several firms report it",
    )
    assert alabama.source.startswith("DropCowboy")
    assert why.laws[1].as_json()["moments_barred"] == 12
    mail_only = {"email": {}, "sms": {"channel.not_allowed": 24}}
    assert read_reasons(REASONS | {"inputs": inputs, "barred": mail_only}, Place(0)).laws == ()
    assert read_reasons(REASONS, Place(0)).laws == ()


def test_days_stand_over_their_moments() -> None:
    why = read_reasons(REASONS, Place(0))
    assert why.heads == ("22:00", "23:00", "00:00", "01:00")
    assert why.days == (("Tue 3 Mar", 2), ("Wed 4 Mar", 2))


def test_what_was_known_is_told() -> None:
    facts = dict(read_reasons(REASONS, Place(0)).facts)
    assert facts["Text"] == "subscribed, cart reminders by double opt-in, last answered Sun 1 Mar 12:00"
    assert facts["Email"] == "subscribed, never answered"
    assert facts["At stake"] == "$58.00, to be sent within 1 day 23 hours"


def test_how_often_somebody_answers_is_told_with_whose_figures_these_are() -> None:
    affinity = {"rates": [0.044, 0.29], "own": True, "chose": True, "model": 3}
    facts = dict(read_reasons(REASONS | {"affinity": affinity}, Place(0)).facts)
    words = "4.4% of emails, 29% of texts, by what they answered so far; this chose the channel (model 3)"
    assert facts["Expected to answer"] == words
    affinity |= {"own": False, "chose": False}
    facts = dict(read_reasons(REASONS | {"affinity": affinity}, Place(0)).facts)
    assert facts["Expected to answer"] == "4.4% of emails, 29% of texts, as everybody does (model 3)"


def test_reasons_without_a_grid_are_a_sentence() -> None:
    why = read_reasons({"sentence": "No message: the journey is not at work any more."}, Place(0))
    assert why.sentence.startswith("No message")
    assert why.lines == ()
    assert why.facts == ()
