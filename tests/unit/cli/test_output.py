"""What people named is printed as they named it."""

from antiphon.cli.output import console


def test_names_between_colons_stay_names() -> None:
    with console.capture() as shown:
        console.print("Birthday → trait:birthday:date", markup=False)
    assert shown.get() == "Birthday → trait:birthday:date\n"
