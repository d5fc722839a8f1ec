"""Webhooks as people handle them: YAML in, an address with its token out."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from antiphon.intake.hooks import queries
from antiphon.intake.hooks.models import AnyHook, Hook, ProductHook
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.faults import fault
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

MAX_DEFINITION = 64 * 1024
_READ: TypeAdapter[Hook | ProductHook] = TypeAdapter(AnyHook)


@dataclass(frozen=True, slots=True)
class Listed:
    """A webhook as pages show it. ``refused``: why the last body was not taken since it was changed."""

    hook: Hook | ProductHook
    definition: str
    has_secret: bool
    created_at: datetime
    changed_at: datetime
    refused_at: datetime | None
    refused: str | None


def parse(definition: str) -> Hook | ProductHook:
    """The webhook that a YAML says. Raises ``AntiphonError`` with the place of what is wrong."""
    if len(definition) > MAX_DEFINITION:
        raise AntiphonError(f"The definition is longer than {MAX_DEFINITION // 1024} KB.", "Leave something out.")
    try:
        found: Any = YAML(typ="safe", pure=True).load(definition)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise AntiphonError(
            f"The definition is not YAML{where}: {getattr(error, 'problem', None) or error}."
        ) from error
    try:
        if isinstance(found, dict):
            found = {"kind": "event", **found}
        return _READ.validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        # the first part is the kind
        place = ".".join(str(part) for part in first["loc"][1:] if part not in {"str", "Named"}) or "The definition"
        hint = "docs/imports.md has an example of all that it may say."
        raise AntiphonError(f"{place} cannot be used: it {fault(first)}.", hint) from error


def save(
    database: Database, definition: str, secret: str | None, now: datetime, actor: Actor
) -> tuple[Hook | ProductHook, str | None]:
    """Make a webhook, or change the one of this name; returns it, and the token of a new one, shown this once.

    ``secret``: what the sender signs with; ``None`` keeps the one that there is.
    """
    hook = parse(definition)
    token = secrets.token_urlsafe(18)
    with database.begin("settings") as connection:
        known = connection.execute(queries.ONE, {"name": hook.name}).one_or_none()
        if hook.signature and not (secret or (known and known.secret)):
            raise AntiphonError(
                "Its bodies are signed, but there is no secret.", "Give the secret that the sender signs with."
            )
        values = {"name": hook.name, "definition": definition, "token": token_hash(token), "secret": secret, "now": now}
        connection.execute(queries.SAVE, values)
        what = "webhook changed" if known else "webhook made"
        record(connection, now, actor, "keys", what, f"webhook {hook.name}")
    return hook, None if known else token


def remove(database: Database, name: str, now: datetime, actor: Actor) -> None:
    """Take no more bodies of it; what came in stays."""
    with database.begin("settings") as connection:
        if connection.execute(queries.REMOVE, {"name": name}).scalar() is None:
            raise NotFoundError(f"There is no webhook {name!r}.", "`antiphon hooks list` shows all of them.")
        record(connection, now, actor, "keys", "webhook removed", f"webhook {name}")


def hooks(database: Database) -> list[Listed]:
    """All webhooks by name."""
    with database.read() as connection:
        rows = connection.execute(queries.LIST).all()
    return [Listed(parse(row.definition), *row[1:]) for row in rows]


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
