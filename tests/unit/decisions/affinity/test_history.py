"""Which messages were answered."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from antiphon.decisions.affinity.history import Acts, answered, newest, tally

HOUR, DAY = 3_600, 86_400
Rows = list[tuple[int, int, int]]
WITHIN = 72 * HOUR
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(-(10**9), 4 * 10**9)), max_size=30)


def _acts(rows: list[tuple[int, int, int]]) -> Acts:
    person, channel, at = np.array(rows, np.int64).reshape(-1, 3).T
    return Acts(person, channel, at)


def _plainly(sent: list[tuple[int, int, int]], answers: list[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    found = set()
    for person, channel, at in answers:
        before = [row for row in sent if row[:2] == (person, channel) and row[2] <= at]
        if before and at - (last := max(before, key=lambda row: row[2]))[2] < WITHIN:
            found.add(last)
    return found


@given(ROWS, ROWS, st.randoms(use_true_random=False))
def test_an_answer_belongs_to_the_newest_message_before_it(given_: Rows, answers: Rows, random: Random) -> None:
    sent = sorted(set(given_))
    expected = _plainly(sent, answers)
    random.shuffle(sent)
    random.shuffle(answers)
    done = answered(_acts(sent), _acts(answers), WITHIN)
    assert {row for row, yes in zip(sent, done.tolist(), strict=True) if yes} == expected


def test_clicking_ten_times_answers_once() -> None:
    sent = _acts([(0, 0, DAY), (0, 0, 20 * DAY)])
    answers = _acts([(0, 0, DAY + step) for step in range(10)] + [(0, 1, 20 * DAY + 1)])
    done = answered(sent, answers, WITHIN)
    found = tally(sent, done, 2)
    assert (found.sends.tolist(), found.answers.tolist()) == ([[2, 0], [0, 0]], [[1, 0], [0, 0]])
    aged = tally(sent, done, 1, as_of=91 * DAY)
    assert aged.answers[0, 0] == 0.5
    assert newest(answers, 2).tolist() == [[DAY + 9, 20 * DAY + 1], [-1, -1]]
