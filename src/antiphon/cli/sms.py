"""``antiphon sms``: what texts cost, and what those that come back mean."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.output import console, errors
from antiphon.content.gsm import GSM, UCS, outside, segments
from antiphon.content.sms import smart
from antiphon.kit.errors import AntiphonError
from antiphon.rules.replies.classify import classify as read
from antiphon.rules.replies.models import Reply

group = typer.Typer(help="Look at texts.", no_args_is_help=True)

_SAYS = {
    "stop": "opts out",
    "start": "opts in again",
    "help": "asks for help",
    "yes": "says yes: opts in where that was asked",
    "none": "is conversation",
}
_UNSURE = {
    "stop": "opts out, and is listed for a human",
    "start": "may opt in again; changes nothing unless it is a keyword of the brand",
    "help": "may ask for help; for a human",
    "yes": "may say yes; where an opt-in waits, a plain YES is asked for again",
}


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="sms")


@group.command()
def classify(
    text: Annotated[
        str | None, typer.Argument(help="What a person wrote; after -- where it begins with a dash.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A file with one text a line.", exists=True, dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object a line.")] = False,
) -> None:
    """What a text that comes back means: stop, start, help, yes or none, and whether that is sure."""
    if (text is None) == (file is None):
        raise typer.BadParameter("give one text, or --file with a file of texts")
    _tell([text] if text is not None else _lines(file or Path()), as_json=as_json)


def _lines(file: Path) -> Iterator[str]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise AntiphonError(f"Line {number} of {file} is not UTF-8.", "Save the file as UTF-8.") from None


def _tell(texts: Iterable[str], *, as_json: bool) -> None:
    for text in texts:
        found = read(text)
        if as_json:
            told = {"text": text, "intent": found.intent, "sure": found.sure}
            line = json.dumps(told, ensure_ascii=False) + "\n"
            sys.stdout.buffer.write(line.encode("utf-8", "replace"))
        else:
            console.print(_sentence(text, found), markup=False, soft_wrap=True)
    sys.stdout.flush()


def _sentence(text: str, found: Reply) -> str:
    says = (_SAYS if found.sure else _UNSURE)[found.intent]
    return f"{text!r} {says} ({found.rule})"


#: Of malformed lines so many are named on the error stream.
_NAMED = 5
_SHORT = {GSM: "gsm7", UCS: "ucs2"}


@group.command()
def inspect(
    text: Annotated[
        str | None, typer.Argument(help="A text as it goes out; after -- where it begins with a dash.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", help="A file with one JSON string a line; the answers are JSON.", exists=True, dir_okay=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object a line.")] = False,
    long: Annotated[
        bool, typer.Option("--long", help="Say what is outside of GSM-7 and what smart encoding makes of it.")
    ] = False,
) -> None:
    """How a text is encoded and how many segments it needs, counted as it is: nothing is added or made plain."""
    if (text is None) == (file is None):
        raise typer.BadParameter("give one text, or --file with a file of texts")
    if file is not None:
        _inspect_file(file, long=long)
    elif as_json:
        _write(_inspected(_shown(text or ""), long=long))
    else:
        console.print(_counted(_shown(text or "")), markup=False, soft_wrap=True)


def _shown(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise AntiphonError("The text is not UTF-8.", "Set a UTF-8 locale, or give it as JSON with --file.") from None
    return text


def _inspected(text: str, *, long: bool) -> str:
    """One answer: encoding, units and segments first."""
    found = segments(text)
    told = f'{{"encoding": "{_SHORT[found.encoding]}", "units": {found.units}, "segments": {found.count}'
    if not long:
        return told + "}\n"
    made = segments(smart(text))
    more = {
        "outside": outside(text),
        "smart": {"encoding": _SHORT[made.encoding], "units": made.units, "segments": made.count},
    }
    return f"{told}, {json.dumps(more)[1:]}\n"


def _counted(text: str) -> str:
    found, made = segments(text), segments(smart(text))
    units = "septets" if found.encoding == GSM else "UTF-16 units"
    said = f"{found.encoding}, {found.units} {units}, {found.count} segment{'' if found.count == 1 else 's'}"
    if odd := outside(text):
        said += f"; outside of GSM-7: {' '.join(odd[:10])}"
    return said + (f"; in plain typography {made.count}" if made.count < found.count else "")


def _inspect_file(file: Path, *, long: bool) -> None:
    """An answer for each line. One that is no JSON string has an error in its place, and in the end the command fails."""
    answers: list[str] = []
    wrong: list[str] = []
    blank = 0
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                blank += 1
                continue
            # blank lines are wrong unless nothing follows them
            answers += [_refused(before, "it is empty", wrong) for before in range(number - blank, number)]
            blank = 0
            try:
                answers.append(_inspected(_string(line, first=number == 1), long=long))
            except ValueError as error:
                answers.append(_refused(number, str(error), wrong))
            if len(answers) >= _BATCH:
                _write("".join(answers))
                answers.clear()
    _write("".join(answers))
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        # not on standard output, whose lines are answers
        said = f'{file}: {"; ".join(wrong[:_NAMED])}{more}.\nWrite each text as a JSON string, such as "Hi Ann".'
        errors.print(said, markup=False, soft_wrap=True)
        raise typer.Exit(1)


_BATCH = 5_000


def _string(line: bytes, *, first: bool) -> str:
    """The text of a line; raises :class:`ValueError` that says what the line is instead."""
    try:
        found = json.loads(line.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(found, str):
        raise ValueError("it is JSON, but no string")  # noqa: TRY004 - what is wrong is the line
    return found


def _refused(number: int, why: str, wrong: list[str]) -> str:
    said = f"line {number} is refused: {why}"
    wrong.append(said)
    return json.dumps({"error": said}) + "\n"


def _write(lines: str) -> None:
    sys.stdout.buffer.write(lines.encode())
    sys.stdout.flush()
