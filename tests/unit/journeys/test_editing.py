"""Changes of a file step by step: ways lead on as they did, and what was not changed stays as it was written."""

from difflib import unified_diff

import pytest

from antiphon.journeys.changes import compare, lines
from antiphon.journeys.editing import TRIGGER, EditError, add, duplicate, put, put_head, remove
from antiphon.journeys.graph import edges
from antiphon.journeys.models import Journey
from antiphon.journeys.outline import outline, read
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import examine
from antiphon.journeys.steps.base import END

SOURCE = """\
# kept by hand
journey: nice
name: Nice
trigger: {event: Order Completed}

steps:
  - id: which
    type: branch
    paths:
      - name: Rich  # by their orders
        if: {kind: purchase, at_least: 3}
        next: gift
    otherwise: thanks

  - id: thanks
    type: message
    channels: [sms]
    content:
      sms: &words
        text: "Thanks: {{ cart_url }}"

  - id: rest
    type: wait
    for: 2d
    next: ""

  - id: gift
    type: message
    channels: [sms]
    content:
      sms: *words
"""


def ways(source: str) -> dict[str, dict[str, str]]:
    return edges(Journey.model_validate(read(source).document))


def changed(source: str) -> list[str]:
    """The lines that went and came."""
    return [
        line for line in unified_diff(SOURCE.splitlines(), source.splitlines(), n=0, lineterm="") if line[0] != "@"
    ][2:]


def test_a_step_is_put_on_a_way_and_nothing_else_is_led_elsewhere() -> None:
    done = add(SOURCE, "wait", "which", ("paths", 0, "next"))
    after = ways(done.source)
    assert after["which"] == {"Rich": "wait", "otherwise": "thanks"}
    assert after["wait"] == {"then": "gift"}
    assert after["rest"] == {"then": END}
    assert changed(done.source) == [
        "-        next: gift",
        "+        next: wait",
        "+  - id: wait",
        "+    type: wait",
        "+    for: 1d",
        "+",
    ]


def test_a_step_is_put_first() -> None:
    done = add(SOURCE, "split", TRIGGER, ())
    assert next(iter(ways(done.source).items())) == ("split", {"A": "which", "B": "which"})


def test_a_step_is_put_at_an_end() -> None:
    done = add(SOURCE, "exit", "gift", ("next",))
    assert ways(done.source)["gift"] == {"then": "exit"}
    done = add(SOURCE, "wait", "rest", ("next",))
    assert ways(done.source)["rest"] == {"then": "wait"}
    assert ways(done.source)["wait"] == {"then": END}
    assert ways(done.source)["which"]["Rich"] == "gift"


def test_a_removed_step_is_bridged() -> None:
    done = remove(SOURCE, "thanks")
    assert ways(done.source)["which"] == {"Rich": "gift", "otherwise": "rest"}
    assert done.also == ()
    assert "Thanks: {{ cart_url }}" in done.source  # its words were shared


def test_what_nobody_can_come_to_goes_along() -> None:
    done = remove(SOURCE, "which")
    assert done.also == ("gift",)  # the way of two steps stays, not that of one
    assert list(ways(done.source)) == ["thanks", "rest"]


def test_the_last_step_stays() -> None:
    source = remove(remove(SOURCE, "which").source, "thanks").source
    with pytest.raises(EditError, match="A journey needs a step"):
        remove(source, "rest")


def test_a_duplicate_stands_behind_and_has_words_of_its_own() -> None:
    done = duplicate(SOURCE, "thanks")
    assert done.step == "thanks-2"
    after = ways(done.source)
    assert (after["thanks"], after["thanks-2"]) == ({"then": "thanks-2"}, {"then": "rest"})
    other = put(
        done.source, "thanks-2", read(done.source).document["steps"][2] | {"content": {"sms": {"text": "Other"}}}
    )
    texts = [step["content"]["sms"]["text"] for step in read(other.source).document["steps"] if "content" in step]
    assert texts == ["Thanks: {{ cart_url }}", "Other", "Thanks: {{ cart_url }}"]


def test_shared_words_are_changed_at_one_step_alone() -> None:
    step = read(SOURCE).document["steps"][1]
    done = put(SOURCE, "thanks", step | {"content": {"sms": {"text": "New"}}})
    texts = [each["content"]["sms"]["text"] for each in read(done.source).document["steps"] if "content" in each]
    assert texts == ["New", "Thanks: {{ cart_url }}"]
    assert SOURCE.splitlines()[0] in done.source


def test_ways_follow_a_new_id() -> None:
    done = put(SOURCE, "gift", read(SOURCE).document["steps"][3] | {"id": "present"})
    assert ways(done.source)["which"]["Rich"] == "present"
    with pytest.raises(EditError, match="already"):
        put(SOURCE, "gift", {"id": "rest", "type": "exit"})


def test_the_journeys_own_part_is_changed() -> None:
    done = put_head(SOURCE, {"name": "Nicer", "exits": [{"event": "Order Cancelled"}], "about": ""})
    found, problems = examine(done.source)
    assert found is not None, problems
    assert (found.name, found.exits[0].event) == ("Nicer", "Order Cancelled")
    assert "about" not in done.source


def test_a_step_that_is_not_whole_is_drawn_with_its_ways() -> None:
    done = add(SOURCE, "message", "thanks", ("next",))
    part = next(each for each in outline(read(done.source).document) if each.id == "message")
    assert part.model is None
    assert [(way.name, way.to) for way in part.ways] == [("then", "rest")]
    assert ways(remove(done.source, "message").source) == ways(SOURCE)


def test_a_file_that_cannot_be_read_is_not_changed() -> None:
    with pytest.raises(EditError, match="Mend the file first"):
        add("steps: [", "wait", TRIGGER, ())
    with pytest.raises(EditError, match="an id of its own"):
        remove(SOURCE.replace("id: rest", "id: gift"), "gift")
    with pytest.raises(EditError, match="There is no step"):
        remove(SOURCE, "nowhere")


@pytest.mark.parametrize("name", playbooks())
def test_playbooks_stay_as_they_are_written(name: str) -> None:
    """Adding a step and taking it out again leads everybody as before, and changes no other line."""
    source = playbooks()[name]
    before = ways(source)
    part = outline(read(source).document)[0]
    slot = next(way.slot for way in part.ways if way.slot is not None)
    done = add(source, "wait", part.id, slot)
    assert ways(remove(done.source, done.step).source) == before
    gone = [line for line in unified_diff(source.splitlines(), done.source.splitlines(), n=0) if line[:1] == "-"]
    assert len(gone) <= 5, gone  # the way itself, what ran on into it, and how a text is broken into lines


def test_changes_are_told_in_words() -> None:
    after = put(
        add(SOURCE, "wait", "thanks", ("next",)).source, "rest", {"id": "rest", "type": "wait", "for": "3d", "next": ""}
    ).source
    after = remove(after, "gift").source
    found = compare(SOURCE, after)
    assert found.kinds() == {
        "which": "changed",
        "thanks": "changed",
        "wait": "added",
        "rest": "changed",
        "gift": "removed",
    }
    assert next(one for one in found.all if one.step == "rest").details == ("How long: 2 days → 3 days",)
    assert [part.id for part in found.removed] == ["gift"]
    assert "-    for: 2d" in lines(SOURCE, after, ("a", "b"))
    assert not compare(SOURCE, SOURCE)


def test_what_differs_is_said_in_words() -> None:
    """Conditions and times as a person would say them; the code stands in the lines."""
    before = (
        "journey: a\nname: A\ntrigger: {event: Signed Up}\nsteps:\n"
        "  - {id: look, type: branch, paths: [{if: {kind: consent, channel: email}, next: ''}]}\n"
    )
    bought = "{kind: purchase, at_least: 1, within: 30d}"
    found = compare(before, before.replace("{kind: consent, channel: email}", bought))
    (change,) = found.all
    assert change.details == ("Way 1 who: is subscribed to email → has ordered at least 1 time within 30 days",)
