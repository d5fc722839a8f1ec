"""Lists of buckets, and of texts, as parameters: written out once, not for each of the fifty statements of a cycle.

psycopg adapts a list element by element in Python; for 256 buckets that took a tenth of an idle cycle.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy.types import UserDefinedType

_SMALLINT_ARRAY = 1005
_TEXT_ARRAY = 1009
_BIGINT_ARRAY = 1016


class Keys(list[int]):
    """Buckets or abuckets. Not to be changed once it was a parameter."""

    @cached_property
    def written(self) -> bytes:
        return b"{" + ",".join(map(str, self)).encode() + b"}"


def keys(values: Sequence[int]) -> Keys:
    """The values as a parameter that is written once; those that are ``Keys`` already stay as they are."""
    return values if isinstance(values, Keys) else Keys(values)


class Ids(Keys):
    """The same of serial numbers."""


class Texts(list[str]):
    """Texts as a parameter, an array that is written whole. Not to be changed once it was a parameter."""

    @cached_property
    def written(self) -> bytes:
        plain = "".join(self)
        texts: list[str] = self
        if '"' in plain or "\\" in plain:
            texts = [each.replace("\\", "\\\\").replace('"', '\\"') for each in self]
        return ('{"' + '","'.join(texts) + '"}').encode() if texts else b"{}"


class KeysType(UserDefinedType[Keys]):
    """The type of such a parameter in statements built with Core, whose own ARRAY would copy the list."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "SMALLINT[]"


class _KeysDumper(Dumper):
    format = Format.TEXT
    oid = _SMALLINT_ARRAY

    def dump(self, obj: Keys) -> bytes:
        return obj.written


class _IdsDumper(_KeysDumper):
    oid = _BIGINT_ARRAY


class _TextsDumper(Dumper):
    format = Format.TEXT
    oid = _TEXT_ARRAY

    def dump(self, obj: Texts) -> bytes:
        return obj.written


adapters.register_dumper(Keys, _KeysDumper)
adapters.register_dumper(Ids, _IdsDumper)
adapters.register_dumper(Texts, _TextsDumper)
