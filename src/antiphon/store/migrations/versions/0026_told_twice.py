"""A feed's variants are remembered beside its products, so that what it tells twice can be named."""

from alembic import op

revision = "0026"
down_revision = "0025"

_SQL = """
ALTER TABLE feed_product ADD COLUMN variant TEXT NOT NULL DEFAULT '';
ALTER TABLE feed_product ALTER COLUMN variant DROP DEFAULT;
ALTER TABLE feed_product DROP CONSTRAINT pk_feed_product;
ALTER TABLE feed_product ADD CONSTRAINT pk_feed_product PRIMARY KEY (feed, product, variant);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
