"""Publishing a unit: a checked definition becomes an immutable version, and visitors see the newest."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from antiphon.addresses.queries import SAVE_KEYWORD
from antiphon.addresses.wordings import keep_wording
from antiphon.catalogue.offers.read import offers
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.problems import Problem
from antiphon.rules.replies.fold import normalise
from antiphon.signup import queries
from antiphon.signup.giving import BRAND, wording
from antiphon.signup.models import Unit
from antiphon.signup.source import UnitError, read_unit
from antiphon.signup.units import read_shop

STATES = ("draft", "active", "paused")


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to. ``changed`` is false when the newest version was the same."""

    slug: str
    number: int
    changed: bool
    state: str


def publish(connection: Connection, source: str, by: str, now: datetime, *, activate: bool = True) -> Published:
    """Make ``source`` the version that visitors see; what they agreed to before stays under the versions of then.

    A paused unit stays paused. Raises ``UnitError`` when the file cannot be used.
    """
    unit = read_unit(source)
    _check_offer(connection, unit)
    connection.execute(
        queries.ADD_UNIT, {"slug": unit.unit, "name": unit.name, "state": "draft", "now": now}
    )  # of two that publish a new one at once, the second waits for the first here
    row = connection.execute(queries.LOCK, {"slug": unit.unit}).one()
    state = "active" if activate and row.state == "draft" else row.state
    number, changed = _version(connection, row.id, unit, source, by, now)
    keep_words(connection, unit, by, now)
    values = {"id": row.id, "name": unit.name, "state": state, "version": number, "now": now}
    connection.execute(queries.SET_UNIT, values)
    return Published(unit.unit, number, changed, state)


def _check_offer(connection: Connection, unit: Unit) -> None:
    """An offer that is there, and whose code is not given before somebody confirmed."""
    done = unit.done
    if done.offer is None:
        return
    where, one = f"steps.{len(unit.steps) - 1}", offers(connection).get(done.offer)
    if one is None or one.deleted_at is not None:
        problem = Problem(
            f"{where}.offer", f"there is no offer `{done.offer}`.", "Make it first: `antiphon offers make`."
        )
        raise UnitError([problem], f"Unit `{unit.unit}`")
    if done.when == "sent" and one.kind != "static" and unit.asks_to_confirm:
        what = f"`{done.offer}` gives each a code of their own, which nobody gets before they confirmed."
        raise UnitError([Problem(f"{where}.when", what, "Set it to `confirmed`.")], f"Unit `{unit.unit}`")


def _version(connection: Connection, unit_id: int, unit: Unit, source: str, by: str, now: datetime) -> tuple[int, bool]:
    written = unit.model_dump_json(by_alias=True)
    digest = hashlib.sha256(written.encode()).hexdigest()
    newest = connection.execute(queries.NEWEST, {"unit": unit_id}).scalar() or 0
    if newest and connection.execute(queries.DIGEST, {"unit": unit_id, "number": newest}).scalar() == digest:
        return newest, False
    values = {"unit": unit_id, "number": newest + 1, "definition": written, "source": source, "sha256": digest}
    connection.execute(queries.ADD_VERSION, values | {"now": now, "by": by})
    return newest + 1, True


def keep_words(connection: Connection, unit: Unit, by: str, now: datetime) -> None:
    """Keep what visitors are asked to agree to, word for word; a unit's keyword joins by those words."""
    shop = read_shop(connection)
    if unit.email is not None:
        keep_wording(connection, wording(unit, shop, "email"), now, by)
    if unit.phone is not None:
        version = keep_wording(connection, wording(unit, shop, "sms"), now, by)
        if unit.phone.keyword:
            values = {"brand": BRAND, "word": normalise(unit.phone.keyword), "wording": version, "now": now}
            connection.execute(SAVE_KEYWORD, values)


def set_state(connection: Connection, slug: str, state: str, now: datetime) -> None:
    """Show a unit to visitors (``active``), or to nobody (``paused``)."""
    if state not in STATES:
        raise AntiphonError(f"A unit cannot be {state}.", f"It can be {', '.join(STATES)}.")
    if connection.execute(queries.SET_STATE, {"slug": slug, "state": state, "now": now}).first() is None:
        raise NotFoundError(f"There is no unit `{slug}`.", "`antiphon units list` shows all of them.")
