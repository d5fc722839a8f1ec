"""Reading for a page: read-only, and never for long."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from sqlalchemy import Connection, text

from antiphon.web.context import context_of

#: A page that cannot be answered in this time says so, instead of holding a connection.
PAGE_TIMEOUT = "8s"


@contextmanager
def page_read(request: Request) -> Iterator[Connection]:
    with context_of(request).database.read() as connection:
        connection.execute(text(f"SET LOCAL statement_timeout = '{PAGE_TIMEOUT}'"))
        yield connection
