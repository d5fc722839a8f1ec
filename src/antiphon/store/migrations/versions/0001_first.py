"""The first schema: keys, buckets and abuckets as they will stay.

The SQL lies in ``first/``, one file per context, frozen: later revisions change what it made.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

CONTEXTS = ("store", "people", "addresses", "intake", "journeys", "decisions", "delivery", "engine", "web")


def upgrade() -> None:
    folder = Path(__file__).parent / "first"
    for context in CONTEXTS:
        op.get_bind().exec_driver_sql((folder / f"{context}.sql").read_text())
