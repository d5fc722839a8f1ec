"""Journey files: what is wrong is said with the line and the way out."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

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
        ("steps:", "steps: 7\nmore:", "line 5: `steps` must be a list. Write its parts as"),
        ("  event: Signed Up", "  event: 7", "line 4: `event` must be text or a list. If it is a number"),
        ("kind: consent, channel: email", "kind: consent, channel: mail", "`channel` must be 'email' or 'sms'."),
        ("next: hi", "nxt: hi", "line 13: `nxt` is unknown here. Did you mean `next`?"),
        ("channels: [email]", "channels: []", "line 17: `channels` is empty."),
        ("id: look", "id: Look at", "line 9: `id` is not written as it must be. Small letters, digits,"),
        (
            "type: wait\n    for: 1h",
            "type: wait\n    until_local: 9h",
            "Write a time of day in quotes, such as '09:30'",
        ),
        ("kind: consent, channel: email", "kind: trait, trait: x, op: in, value: 3", "`trait`: `in` needs a list"),
        ("kind: consent, channel: email", "kind: event, event: x, at_least: -1", "`at_least` must be at least 0."),
        ("    for: 1h\n", "", "line 6: step `rest`: a wait needs exactly one of"),
        ("subject: Hi", "subject: 'Hi {{ persn.name }}'", "step `hi`: the subject names `persn`, which does not"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, expected: str) -> None:
    assert before in GOOD
    found = problems(GOOD.replace(before, after))
    assert any(expected in problem for problem in found), found


def test_problems_come_in_the_order_of_their_lines() -> None:
    broken = GOOD.replace("name: Hello", "nane: Hello").replace("for: 1h", "for: soon").replace("id: bye", "id: b ye")
    lines = [problem.line for problem in examine(broken)[1]]
    assert len(lines) == 5, "what leads to the step whose name cannot stay is told too"
    assert lines == sorted(lines)


ODD: list[Any] = [
    None,
    7,
    1.5,
    True,
    "",
    "a b",
    "x" * 2_000,
    [],
    [7],
    [[]],
    {},
    {"a": 1},
    {7: 1},
    -1,
    [None, {"if": 1}],
]


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in parts:
        yield from _places(value, (*path, name))


def _with(node: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    changed = node.copy()
    changed[path[0]] = _with(node[path[0]], path[1:], odd)
    return changed


def test_no_words_of_the_library_come_through() -> None:
    """Whatever stands wherever in a file: it is said in our words, with a line."""
    yaml = YAML(typ="safe", pure=True)
    rich = GOOD.replace("{kind: consent, channel: email}", "{kind: all, of: [{kind: trait, trait: x, value: 1}]}")
    document = yaml.load(
        rich.replace("event: Signed Up", "event: Signed Up\n  where: [{prop: total, op: gt, value: 5}]")
    )
    foreign = re.compile(
        r"[Ii]nput|[Ee]xtra|permitted|valid(ation|ator)|pydantic|schema|instance|discriminator|<class|_type"
    )
    for path in _places(document):
        for odd in ODD:
            written = StringIO()
            yaml.dump(_with(document, path, odd), written)
            for problem in examine(written.getvalue())[1]:
                assert not foreign.search(str(problem)), problem
                assert problem.line, problem


def test_a_warning_keeps_nothing_from_running() -> None:
    misspelt = GOOD.replace("subject: Hi", "subject: 'Hi {{ person.frist_name }}'")
    journey, (problem,) = examine(misspelt)
    assert journey is not None
    assert (problem.line, problem.warning, problem.hint) == (19, True, "Did you mean `person.first_name`?")
    assert read_journey(misspelt) == journey


def test_what_does_not_fit_hides_nothing_behind_it() -> None:
    """A step that is not whole, a name that is there twice, a way that leads nowhere: the rest is looked at all the same."""
    twice = GOOD.replace("for: 1h", "for: soon").replace("subject: Hi", "subject: 'Hi {{ persn.name }}'")
    found = problems(twice.replace("otherwise: bye", "otherwise: by"))
    for expected in ("'soon' is not a duration", "leads (otherwise) to `by`", "the subject names `persn`"):
        assert any(expected in one for one in found), found
    for lost in ("id: rest\n    type: wait", "next: hu"):
        broken = GOOD.replace("id: bye", "id: rest") if "rest" in lost else GOOD.replace("next: hi", lost)
        assert any("`persn`" in one for one in problems(broken.replace("subject: Hi", "subject: '{{ persn.name }}'")))


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("{kind: all, of: []}", "everybody goes"),
        ("{kind: not, of: {kind: any, of: []}}", "everybody goes"),
        ("{kind: any, of: [{kind: all, of: []}, {kind: consent, channel: sms}]}", "everybody goes"),
        ("{kind: event, event: Order Completed, at_least: 0}", "everybody goes"),
        ("{kind: any, of: []}", "nobody goes"),
        ("{kind: chance, share: 0}", "nobody goes"),
        ("{kind: all, of: [{kind: chance, share: 0}, {kind: consent, channel: sms}]}", "nobody goes"),
        ("{kind: chance, share: 0.5}", ""),
        ("{kind: any, of: [{kind: any, of: []}, {kind: consent, channel: sms}]}", ""),
    ],
)
def test_a_branch_that_parts_nobody_is_warned_of(condition: str, who: str) -> None:
    journey, found = examine(GOOD.replace("{kind: consent, channel: email}", condition))
    assert journey is not None
    assert [one.line for one in found if one.warning and who in one.what] == ([12] if who else []), found
    entering = GOOD.replace("event: Signed Up", f"event: Signed Up\n  if: {condition}")
    assert any("nobody enters" in one for one in problems(entering)) == (who == "nobody goes")


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
