"""The files of this package: lists with a version, and a source for every row."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The contents of ``name``.toml."""
    file = resources.files("antiphon.rules.replies").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def version() -> str:
    """The newest of the versions of the files."""
    return max(str(table(name)["version"]) for name in ("keywords", "phrases", "lookalikes"))
