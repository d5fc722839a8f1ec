"""What every table shares: the metadata, the key columns and the types."""

from sqlalchemy import BigInteger, Column, DateTime, MetaData, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Instant = DateTime(timezone=True)
Json = JSONB(none_as_null=True)


def bucket() -> Column[int]:
    """The key of what belongs to a person: first in the table, its primary key and every join."""
    return Column("bucket", SmallInteger, primary_key=True, nullable=False, autoincrement=False)


def abucket() -> Column[int]:
    """The key of what belongs to an address."""
    return Column("abucket", SmallInteger, primary_key=True, nullable=False, autoincrement=False)


def pbucket() -> Column[int]:
    """The key of a product's history."""
    return Column("pbucket", SmallInteger, primary_key=True, nullable=False, autoincrement=False)


def big(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=primary_key, nullable=nullable, autoincrement=False)
