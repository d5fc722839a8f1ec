"""Who is who as JSON, for the API and the command line: what pages show, under the same words."""

from typing import Any

from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import Key, as_kept
from antiphon.web.identity.models import Conflict, Edge, Identity

#: How long the reason of a verdict may be, in characters; pages cut theirs.
MAX_WHY = 500


def key_named(kind: str, raw: str) -> Key:
    """An identifier as it is kept. Raises ``AntiphonError`` for a value that is none of its kind."""
    value = as_kept(kind, raw)
    if not value:
        raise AntiphonError(f"{raw[:80]!r} is not a value of {kind[:80]!r}.", "Send it as the person's page shows it.")
    return kind, value


def key_document(key: Key) -> dict[str, str]:
    kind, value = key
    return {"kind": kind, "value": value}


def identity_document(person: int, found: Identity) -> dict[str, Any]:
    """A person's identifiers, strongest first, the evidence about them, and what humans said of them, newest first.

    ``complete`` is false where there is more than is read at once (``read.MOST``).
    """
    return {
        "person": str(person),
        "identifiers": [
            key_document(node.key) | {"first_at": node.first_at, "last_at": node.last_at} for node in found.own
        ],
        "evidence": [_edge(edge) for edge in found.edges],
        "said": [
            {"act": said.act, "says": said.says, "at": said.at, "who": said.who, "why": said.why} for said in found.said
        ],
        "complete": not found.more,
    }


def _edge(edge: Edge) -> dict[str, Any]:
    other = next((node.person for node in (edge.one, edge.other) if node.person), None)
    return {
        "one": key_document(edge.one.key),
        "other": key_document(edge.other.key),
        "outcome": edge.outcome,
        "reason": edge.reason or None,
        "sources": list(edge.sources),
        "first_at": edge.first_at,
        "last_at": edge.last_at,
        "verified_at": edge.verified_at,
        "person": None if other is None else str(other),
    }


def conflict_document(conflict: Conflict) -> dict[str, Any]:
    """What is left to decide; ``other`` is null for a shared identifier."""
    return {
        "one": key_document(conflict.one),
        "other": None if conflict.other is None else key_document(conflict.other),
        "reason": conflict.reason,
        "at": conflict.at,
        "people": [str(person) for person in conflict.people],
    }


def done_document(done: dict[str, Any]) -> dict[str, Any]:
    """What a command about people has done. People are texts: their numbers are larger than JavaScript's."""
    return {name: _as_text(value) if name in {"person", "split", "merged", "people"} else value
            for name, value in done.items()}  # fmt: skip


def _as_text(people: int | list[int]) -> str | list[str]:
    return str(people) if isinstance(people, int) else [str(person) for person in people]
