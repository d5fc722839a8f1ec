"""Journey files: what is wrong is said with the line and the way out."""

import pytest

from antiphon.journeys.source import JourneyError, examine, read_journey

GOOD = """\
journey: hello
name: Hello
trigger:
  event: Signed Up
steps:
  - id: rest
    type: wait
    for: 1h
  - id: look
    type: branch
    paths:
      - if: {kind: consent, channel: email}
        next: hi
    otherwise: bye
  - id: hi
    type: message
    channels: [email]
    content:
      email: {subject: Hi, mjml: <mj-section></mj-section>}
  - id: bye
    type: exit
"""


def problems(text: str) -> list[str]:
    return [str(problem) for problem in examine(text)[1]]


def test_a_good_file_has_no_problems() -> None:
    assert problems(GOOD) == []
    assert [step.id for step in read_journey(GOOD).steps] == ["rest", "look", "hi", "bye"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("for: 1h", "for: soon", "line 8: `for`: 'soon' is not a duration"),
        ("type: wait", "type: wiat", "line 6: type `wiat` is unknown. It can be one of 'wait'"),
        (
            "next: hi",
            "next: hu",
            "line 9: step `look` leads (is subscribed to email) to `hu`, which does not exist. Did",
        ),
        ("otherwise: bye", "otherwise: hi\n  - id: lost\n    type: exit", "line 15: nobody can come to step `lost`"),
        ("id: bye", "id: hi", "line 20: two steps are called `hi`"),
        ("    for: 1h\n", "", "a wait needs exactly one of"),
        ("channels: [email]", "channels: [email, sms]", "it may go out as text, but `content.sms` is missing"),
        ("kind: consent", "kind: konsent", "kind `konsent` is unknown"),
        ("name: Hello", "nane: Hello", "`nane` is unknown here"),
        ("journey: hello", "journey: Hello World", "line 1: `journey`"),
        ("  event: Signed Up", "  event: Signed Up\n  key: [a]", "line 5: `key`"),
        ("  - id: bye\n    type: exit\n", "", "leads (otherwise) to `bye`"),
        ("journey: hello", "journey: hello\njourney: again", 'line 2: this is not YAML: found duplicate key "journey"'),
        ("steps:", "steps: 7\nmore:", "`steps`: Input should be a valid list"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, expected: str) -> None:
    assert before in GOOD
    found = problems(GOOD.replace(before, after))
    assert any(expected in problem for problem in found), found


def test_a_cycle_needs_a_wait() -> None:
    spinning = GOOD.replace("otherwise: bye", "otherwise: again").replace(
        "  - id: bye\n    type: exit\n",
        "  - id: again\n    type: branch\n    paths:\n      - if: {kind: consent, channel: sms}\n        next: look\n"
        "    otherwise: bye\n  - id: bye\n    type: exit\n",
    )
    assert any("`look`, `hi`, `again` go round without a wait" in problem for problem in problems(spinning))
    resting = spinning.replace("        next: look\n", "        next: rest\n")
    assert problems(resting) == []


def test_a_step_may_not_lead_to_itself() -> None:
    assert any("leads (then) to itself" in p for p in problems(GOOD.replace("for: 1h", "for: 1h\n    next: rest")))


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "a: [", "\t", "&a [*a]", "x" * 1_100_000])
def test_whatever_comes_is_answered_with_a_problem(text: str) -> None:
    assert problems(text)


def test_reading_raises_with_every_problem() -> None:
    with pytest.raises(JourneyError) as caught:
        read_journey(GOOD.replace("for: 1h", "for: soon").replace("name: Hello", "nane: Hello"))
    assert len(caught.value.problems) == 3
