"""Making, changing and deleting offers, and giving a code by hand."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.giving import Answer, Ask, serve
from antiphon.catalogue.offers.models import REFUSALS, Offer, OfferDraft, key_of
from antiphon.catalogue.offers.naming import named_in
from antiphon.catalogue.offers.read import offer, offers
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import AntiphonError, ConfigError, NotFoundError
from antiphon.kit.faults import fault
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets

_FIELDS = tuple(OfferDraft.model_fields)


def checked(values: Mapping[str, Any]) -> OfferDraft:
    """An offer of plain values; raises :class:`ConfigError` that names what is wrong."""
    try:
        return OfferDraft.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{place}: it {fault(first)}" if place else str(first["msg"]).removeprefix("Value error, ")
        raise ConfigError(f"The offer cannot be kept: {what}.", "docs/offers.md says what each part means.") from None


def save(database: Database, draft: OfferDraft, now: datetime, actor: Actor, *, create: bool = False) -> Offer:
    """Make an offer or change one. Its name and kind stay for good, and so does what was given of it."""
    with database.begin("offers") as connection:
        connection.execute(queries.GIVING)
        standing = offers(connection)
        before = standing.get(draft.name)
        _check_against(connection, draft, before, standing, create=create)
        values = draft.model_dump()
        connection.execute(queries.WRITE, values | {"now": now})
        was = {name: _plain(getattr(before, name)) for name in _FIELDS} if before else None
        told = {name: _plain(value) for name, value in values.items()}
        record(
            connection, now, actor, "offers", "offer changed" if before else "offer made", f"offer {draft.name}",
            before=was, after=told,
        )  # fmt: skip
        return offer(connection, draft.name)


def _check_against(
    connection: Connection, draft: OfferDraft, before: Offer | None, standing: Mapping[str, Offer], *, create: bool
) -> None:
    if before is not None and (create or before.deleted_at is not None):
        gone = " It was deleted, but its codes are still out." if before.deleted_at is not None else ""
        raise AntiphonError(f"There is an offer `{draft.name}` already.{gone}", "Choose another name.")
    if before is not None and before.kind != draft.kind:
        raise AntiphonError(f"Offer `{draft.name}` is {before.kind}, for good.", "Make another one.")
    for name in draft.steps:
        step = standing.get(name)
        if step is None or step.deleted_at is not None:
            raise AntiphonError(f"There is no offer `{name}` to be a step.", "Make the offers of the steps first.")
        if step.kind == "steps":
            raise AntiphonError(f"Offer `{name}` has steps itself.", "A step is an offer with codes.")
    if draft.kind == "static":
        pool = connection.execute(queries.POOL_OF, {"key": key_of(draft.code)}).scalar_one_or_none()
        if pool is not None:
            raise AntiphonError(f"Code {draft.code} is in the pool of `{pool}`.", "Choose another code.")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, str | int | bool | list) else str(value)


def users(connection: Connection, name: str) -> list[str]:
    """What speaks of an offer: journeys that are not archived, sign-up units, and offers that have it as a step."""
    units = [f"unit {slug}" for slug in connection.execute(queries.UNITS, {"name": name}).scalars()]
    return [*_journeys(connection, name), *units, *_ladders(connection, name)]


def _journeys(connection: Connection, name: str) -> Iterator[str]:
    for row in connection.execute(queries.JOURNEYS):
        if name in named_in(row.definition):
            yield f"journey {row.slug}"


def _ladders(connection: Connection, name: str) -> Iterator[str]:
    for one in offers(connection).values():
        if name in one.steps and one.deleted_at is None:
            yield f"offer {one.name}"


def delete(database: Database, name: str, now: datetime, actor: Actor) -> None:
    """Delete an offer: nobody gets its codes any more, those that are out stay good. Refused while something uses it."""
    with database.begin("offers") as connection:
        connection.execute(queries.GIVING)
        offer(connection, name)
        if used := users(connection, name):
            raise AntiphonError(
                f"Offer `{name}` is used by {', '.join(used[:5])}{' and others' if len(used) > 5 else ''}.",
                "Take it out there first, or let the offer end.",
            )
        connection.execute(queries.DELETE, {"name": name, "now": now})
        record(connection, now, actor, "offers", "offer deleted", f"offer {name}")


def give(database: Database, name: str, person: int, now: datetime, actor: Actor) -> Answer:
    """Give a person a code by hand, or the one that they have. Raises :class:`AntiphonError` with the reason if there is none."""
    bucket = bucket_of(person)
    with database.begin("offers") as connection:
        connection.execute(queries.GIVING)
        offer(connection, name)
        lock_buckets(connection, [bucket])
        if not connection.execute(queries.IS_THERE, {"bucket": bucket, "person": person}).scalar_one():
            raise NotFoundError("There is no such person.", "They may have been merged or erased.")
        answer = serve(connection, [Ask(bucket, person, name)], offers(connection), now)[0]
        if answer.given is None:
            raise AntiphonError(f"Nobody can be given `{name}` now: {REFUSALS[answer.why]}.", _WAYS_OUT[answer.why])
        if answer.new:
            record(
                connection,
                now,
                actor,
                "offers",
                "coupon given",
                f"person {person}",
                after={"offer": answer.given.offer},
            )
        return answer


_WAYS_OUT = {
    "gone": "Make a new offer.",
    "early": "Wait until it begins, or change when it does.",
    "over": "Change when it ends.",
    "dry": "Bring or make more codes.",
    "had": "A person gets one code of an offer, for good.",
}
