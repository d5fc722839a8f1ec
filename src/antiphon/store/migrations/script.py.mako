"""${message}

Expand first, contract in a later release: the old code must run on the new schema.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    op.execute("")
