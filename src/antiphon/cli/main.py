"""The command ``antiphon``."""

import logging
import sys
from typing import Annotated

import typer
from rich.markup import escape

from antiphon import __version__
from antiphon.cli.commands import Commands
from antiphon.cli.output import errors, print_json
from antiphon.kit.errors import AntiphonError

app = typer.Typer(
    cls=Commands,
    help="Antiphon: an open, self-hosted orchestrator of email and SMS for shops.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens in detail.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    del version
    import structlog  # noqa: PLC0415  # as late as the commands: see Commands

    level = logging.DEBUG if verbose else logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # plain traces: rich ones print local variables, which may hold people's data
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def main() -> None:
    """Run a command; what a person can mend is said in a sentence, without a trace."""
    try:
        sys.exit(app(standalone_mode="--json" not in sys.argv))
    except AntiphonError as error:
        _fail(error.what, error.hint, error.exit_code)
    except typer.TyperException as error:  # a wrong option; without --json, Typer has said so itself
        _fail(error.format_message(), "With --help, the command says what it takes.", error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from sqlalchemy.exc import DBAPIError  # noqa: PLC0415  # as late as the commands: see Commands

        if not isinstance(error, DBAPIError):
            raise
        words = str(error.orig).splitlines()[0] if error.orig else str(error)
        _fail(f"The database refused: {words}", "`antiphon doctor` looks further.", 1)


def _fail(what: str, hint: str, code: int) -> None:
    if "--json" in sys.argv:
        print_json({"error": what, "hint": hint})
    else:
        errors.print(f"[red]Error[/red] {escape(what)}", soft_wrap=True)
        if hint:
            errors.print(hint, markup=False, soft_wrap=True)
    sys.exit(code)
