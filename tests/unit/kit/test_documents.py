"""Files that nobody can keep, or that never end, are refused with their line."""

import pytest

from antiphon.kit.documents import UnreadableError, load

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize("text", ["name: x\nlist:\n  - '1'\n  - \"a\\0\"\n", 'name: x\na: 1\nb: 2\n"\\ud800": c\n'])
def test_characters_that_no_database_keeps_are_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="NUL") as caught:
        load(text, "journey", "")
    assert caught.value.line == 4


def test_aliases_of_aliases_end() -> None:
    with pytest.raises(UnreadableError, match="no end"):
        load(LAUGHS, "journey", "")
