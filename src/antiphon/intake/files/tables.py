"""Imports: the file in pieces, how far it has come, and the rows that could not be taken as they are.

The file lies in the database and not in the data directory, because a worker on another machine must be able to go on.
"""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, LargeBinary, Table, Text, text

from antiphon.store.schema import Instant, Json, big, metadata

file_import = Table(
    "file_import",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),  # uploading, uploaded, mapped, running; done, failed or cancelled
    Column("size", BigInteger, nullable=False, server_default=text("0")),
    Column("position", BigInteger, nullable=False, server_default=text("0")),
    Column("rows", BigInteger, nullable=False, server_default=text("0")),
    Column("lines", BigInteger, nullable=False, server_default=text("0")),
    Column("mapping", Json, nullable=False),
    Column("parts", Json, nullable=False),
    Column("counts", Json, nullable=False),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Index("ix_file_import_created_at", "created_at"),
    Index("ix_file_import_state", "state"),
)

file_import_chunk = Table(
    "file_import_chunk",
    metadata,
    big("import", primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

file_import_fault = Table(
    "file_import_fault",
    metadata,
    big("import", primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("kept", Boolean, nullable=False),  # the rest of the row came in
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),  # the row as it stood in the file, its beginning when it is long
)
