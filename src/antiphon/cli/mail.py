"""``antiphon mail``: what comes in by mail, handed over by a mail server."""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from antiphon.cli.installation import open_installation
from antiphon.cli.output import AsJson, console, errors, print_json
from antiphon.intake.mail_api import MAX_MAIL
from antiphon.intake.mailed import Mailed, receive_mail
from antiphon.kit.errors import AntiphonError, ConfigError

#: What a mail server understands (sysexits.h): this mail cannot be used, and send it again later.
NO_MAIL, LATER = os.EX_DATAERR, os.EX_TEMPFAIL

group = typer.Typer(help="Take in mail to the unsubscribe address.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="mail")


@group.callback()
def _mail() -> None:
    """Keeps ``receive`` a command of its own."""


@group.command()
def receive(
    file: Annotated[
        Path | None, typer.Option("--file", help="A message in a file, instead of standard input.", dir_okay=False)
    ] = None,
    recipient: Annotated[
        list[str] | None, typer.Option(help="Whom the mail server took it for, where the header does not say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take in one message (RFC 5322) that came to the unsubscribe address, and say what it did.

    Exit code 0: taken in, whether it asked for anything or not. 65: not a mail. 75: not now; the mail server sends it again.
    """
    raw = _message(file)
    head = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw  # the line that mbox puts before a message
    if b":" not in head.partition(b"\n")[0]:
        _leave(NO_MAIL, "This is not a mail: it does not begin with a header.", as_json=as_json)
    try:
        with open_installation() as installation:
            found = receive_mail(installation.database, installation.signer, raw, recipient or ())
    except (ConfigError, OSError) as error:  # an OSError: the mail server's user may not read the installation's key
        _leave(LATER, str(error), as_json=as_json)
    except DBAPIError as error:
        _leave(LATER, f"The database refused: {str(error.orig).splitlines()[0]}", as_json=as_json)
    except Exception as error:  # noqa: BLE001 - whatever fault of ours it hits, the mail server keeps the mail
        traceback.print_exc()
        _leave(LATER, f"This is a fault of Antiphon: {error!r}", as_json=as_json)
    if as_json:
        print_json({"meaning": found.meaning, "channel": found.channel or None, "address": found.address or None})
    else:
        console.print(_sentence(found), markup=False, soft_wrap=True)


def _message(file: Path | None) -> bytes:
    """The head of a message counts; what is beyond is read and dropped, so that the mail server does not stumble."""
    if file is not None:
        try:
            with file.open("rb") as stream:
                return stream.read(MAX_MAIL)
        except OSError as error:
            raise AntiphonError(f"{file} cannot be read: {error.strerror}.") from error
    if sys.stdin.isatty():
        raise AntiphonError("No mail is on standard input.", "Pipe one in, or name a file with --file.")
    raw = sys.stdin.buffer.read(MAX_MAIL)
    while sys.stdin.buffer.read(MAX_MAIL):
        pass
    return raw


def _sentence(found: Mailed) -> str:
    if found.meaning == "stop":
        return f"{found.address} is unsubscribed."
    said = "A machine answered by itself" if found.meaning == "automatic" else "It asks for nothing that is known here"
    return f"{said}; nothing was changed."


def _leave(code: int, words: str, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"error": words, "hint": ""})
    else:
        errors.print(words, markup=False, soft_wrap=True)
    raise SystemExit(code)
