"""What a file leaves open is asked, with what to say."""

from collections import Counter
from datetime import date

import pytest

from antiphon.intake.files.fields import guessed
from antiphon.intake.files.models import Import, Mapping, Part
from antiphon.intake.files.moments import day, moment, unclear
from antiphon.intake.files.questions import questions
from antiphon.intake.files.reporting import refused_csv
from antiphon.intake.files.words import state_of, typed


def asked(columns: list[str], **counts: int) -> list[str]:
    found = Counter({name.replace("_", " "): n for name, n in counts.items()})
    return [each.option for each in questions(Mapping(columns=guessed(columns)), found)]


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Consent", "email.state"), ("marketing_consent", "email.state"), ("accepts_marketing", "email.state"),
        ("Email opt in", "email.state"), ("Opted in", "email.state"), ("Newsletter", "email.state"),
        ("Opted in at", "email.at"), ("Consent date", "email.at"), ("Opted out at", "email.out_at"),
    ],
)  # fmt: skip
def test_columns_of_consent_are_known(column: str, field: str) -> None:
    assert guessed(["Email", column])[column] == field


def test_what_may_be_consent_is_asked() -> None:
    assert asked(["Email", "First name", "Consent"]) == []
    assert asked(["Email", "Agreed to mails?"]) == ["--map 'Agreed to mails?=email.state'"]
    assert asked(["Email", "Consent", "Agreed to terms"]) == []
    assert asked(["Phone", "Consent"]) == ["--map Consent=sms.state"]
    assert asked(["Email", "Phone", "Consent"]) == ["--map Consent=sms.state"]
    assert asked(["Email"], email_timed=3) == ["--set email.method=checkout"]
    assert asked(["Email"], unclear=1) == ["--dates day, or --dates month"]


def test_a_no_is_no_opt_out() -> None:
    assert {state_of(word) for word in ("no", "false", "N", "0", "declined")} == {"never"}
    assert {state_of(word) for word in ("opted out", "Unsubscribed", "opt-out", "withdrawn")} == {"unsubscribed"}


def test_days_stay_days() -> None:
    assert typed("1990-02-03", "date") == typed("1990-02-03T00:00:00+00:00", "date") == "1990-02-03"
    assert typed("03/02/1955", "date", day_first=True) == "1955-02-03"
    assert typed("2024-01-02 10:30", "date") == "2024-01-02T10:30:00+00:00"
    assert day("2024-01-02 10:30") is None
    assert day("0001-01-01") is None
    assert day("Mar 05, 2024") == date(2024, 3, 5)
    assert moment("0001-01-01") is moment("9999-99-99") is None
    assert (unclear("03/04/2025"), unclear("13/04/2025"), unclear("04/04/2025")) == (True, False, False)


class _Fault:
    def __init__(self, line: int, reason: str, raw: str, *, kept: bool = False) -> None:
        self.part, self.line, self.reason, self.raw, self.kept = 0, line, reason, raw, kept


def test_refused_rows_come_back_under_their_columns() -> None:
    part = Part("a.csv", 0, 0, 0, ("email", "name"), 0, 2, ";", "UTF-8")
    found = Import.__new__(Import)
    object.__setattr__(found, "parts", (part,))
    faults = [
        _Fault(2, "no email", 'nonsense;"Ann; Lee"'),
        _Fault(3, "part of it", "x;y", kept=True),
        _Fault(4, "4 cells", "a@example.com;b;c;d"),
        _Fault(5, "open quote", '"open;b'),
        _Fault(6, "erased", ""),
    ]
    lines = "".join(refused_csv(found, faults)).lstrip("\ufeff").splitlines()
    assert lines == [
        "email,name,why refused",
        "nonsense,Ann; Lee,line 2: no email",
        "a@example.com,b,line 4: 4 cells; beyond the columns: c | d",
        '"""open;b",,line 5: open quote',
    ]
    assert guessed(["email", "why refused"])["why refused"] == "ignore"
