"""Errors as pages: what happened, what it means, what to do."""

from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from psycopg.errors import NumericValueOutOfRange, QueryCanceled, UntranslatableCharacter
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from antiphon.kit.errors import AntiphonError
from antiphon.kit.faults import fault, own_words
from antiphon.web.accounts.models import NotSignedInError
from antiphon.web.accounts.setup import has_account
from antiphon.web.context import context_of
from antiphon.web.render import open_page

_log = structlog.get_logger(__name__)

#: Pages that links in messages and units lead to: their readers have nothing to do with how the shop sends.
OF_CUSTOMERS = ("/u/", "/confirm/", "/preferences/", "/c/", "/o/", "/s/")

_WORDS = {
    404: ("There is no such page", "The address may be mistyped, or what it showed is gone."),
    405: ("This address does not take that", "Go back and use the page’s own buttons."),
    422: ("This address is not complete", "A part of it is not what the page expects."),
}
#: The same for programs, which know of no pages and have no buttons.
_SAID = {
    404: ("There is nothing at this address.", "The page Settings, API keys, lists the addresses with what they take."),
    405: ("This address does not take that method.", ""),
}


def _is_programs(request: Request) -> bool:
    return f"{request.url.path}/".startswith(("/v1/", "/api/"))


def _answer(request: Request, status: int, what: str, hint: str) -> Response:
    if _is_programs(request):
        return JSONResponse({"error": what, "hint": hint}, status_code=status)
    ours = not request.url.path.startswith(OF_CUSTOMERS)
    response = open_page(request, "error.html", status=status, what=what, hint=hint, code=status, ours=ours)
    if request.headers.get("hx-request"):  # parts of a page give way to the whole error
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _not_signed_in(request: Request, _: Exception) -> Response:
    target = "/sign-in" if has_account(context_of(request).database) else "/setup"
    if target == "/sign-in" and request.method == "GET" and request.url.path != "/":
        query = f"?{request.url.query}" if request.url.query else ""
        target += f"?next={quote(request.url.path + query)}"
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, AntiphonError)
    return _answer(request, error.status, error.what, error.hint)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = _WORDS | _SAID if _is_programs(request) else _WORDS
    what, hint = words.get(error.status_code, (str(error.detail), ""))
    allowed = (error.headers or {}).get("Allow", "")
    if error.status_code == 405 and _is_programs(request):
        hint = f"Send it with {' or '.join(allowed.split(', '))}." if allowed else "Send it with another."
    response = _answer(request, error.status_code, what, hint)
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if not request.url.path.startswith("/api/"):
        return _answer(request, 422, *_WORDS[422])
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _answer(request, 422, "The body is not JSON.", "Send one document, encoded as UTF-8.")
    name = ".".join(str(part) for part in first["loc"][1:]) or "The body"
    return _answer(request, 422, f"{name} {own_words(first) or fault(first)}.", "docs/privacy.md lists what is taken.")


def _database(request: Request, error: Exception) -> Response:
    assert isinstance(error, OperationalError)
    if isinstance(error.orig, QueryCanceled):
        return _answer(request, 503, "This took too long", "Narrow the search or the filter, and try again.")
    _log.error("database not reached", path=request.url.path, error=str(error.orig))
    return _answer(
        request,
        503,
        "The database does not answer",
        "Nothing is lost. Try again in a moment; `antiphon doctor` says more.",
    )


def _data(request: Request, error: Exception) -> Response:
    """A value that PostgreSQL has no place for: nobody types one, and no page of ours sends it."""
    assert isinstance(error, DataError)
    if isinstance(error.orig, UntranslatableCharacter) or "NUL (0x00)" in str(error.orig):
        return _answer(request, 400, "A text cannot hold a NUL character", "Take it out, and try again.")
    if isinstance(error.orig, NumericValueOutOfRange) and request.method in {"GET", "HEAD"}:
        return _answer(request, 404, *(_SAID if _is_programs(request) else _WORDS)[404])
    return _unexpected(request, error)


def _unexpected(request: Request, error: Exception) -> Response:
    # the server writes the traceback; no local variables, which may hold people's data
    _log.error("page failed", path=request.url.path, error=type(error).__name__)
    return _answer(request, 500, "Something went wrong on our side", "It has been written to the log. Try again.")


def add_handlers(app: FastAPI) -> None:
    """Intake's own errors are its router's; these are the pages'."""
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    app.add_exception_handler(AntiphonError, _expected)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(DataError, _data)
    app.add_exception_handler(Exception, _unexpected)
