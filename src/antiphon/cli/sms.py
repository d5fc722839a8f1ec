"""``antiphon sms``: what texts that come back mean."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.output import console
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
    "start": "may opt in again; changes nothing before a human looks",
    "help": "may ask for help; for a human",
    "yes": "may say yes; changes nothing before a human looks",
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
