"""People and events from files, streamed into arrivals. Safe to repeat: message ids are made of the content."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, text

from antiphon.addresses.models import CLAIMED
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.consenting import Address
from antiphon.intake.facts import PURPOSES, UnreadableError
from antiphon.intake.files.forgotten import REASON, erased_since
from antiphon.intake.items import TYPES, Posting, instant, read_consent_item, read_item
from antiphon.intake.models import Arrival
from antiphon.intake.queries import SETTING
from antiphon.intake.readers import Reader, Row, read_rows
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.kit.zones import zone_id
from antiphon.people.identifiers import address
from antiphon.store.db import Database

#: Arrivals a transaction. The resolver's horizon waits for open ones, so they are short.
CHUNK = 2_000
MAX_ERRORS = 1_000
#: An order of a wholesaler has a thousand lines.
MAX_ITEM = 1024 * 1024

Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(frozen=True, slots=True)
class RowError:
    line: int
    error: str


@dataclass(slots=True)
class ImportReport:
    """``rows`` read, ``arrivals`` stored of them; the first thousand errors, and how many there were."""

    rows: int = 0
    arrivals: int = 0
    error_count: int = 0
    errors: list[RowError] = field(default_factory=list)

    def note(self, line: int, error: str) -> None:
        self.error_count += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RowError(line, error))


#: What becomes of one row: arrivals, and what was wrong with parts of it. An UnreadableError refuses the whole row.
_Take = Callable[[Row, Posting], tuple[list[Arrival], list[str]]]


def import_people(
    database: Database,
    path: Path,
    now: datetime,
    *,
    source: str = "import",
    mapping: Mapping[str, str] | None = None,
    reader: Reader = read_rows,
    progress: Progress | None = None,
    virtual: bool = False,
) -> ImportReport:
    """One person a row.

    Columns: customer_id, email, phone, first_name, last_name, timezone, country, state, email_consent, sms_consent,
    cart_consent (subscribed, unsubscribed, pending, never), double_opt_in, consent_at, consent_source; every other
    one is a trait. ``mapping`` gives a file's columns our names. An opt-in that is imported lifts no suppression; one
    without ``consent_at`` and ``consent_source`` is a claim, which waits like a sign-up that was not confirmed.
    ``virtual``: ``now`` is the instant of reception too.
    """
    return _import(database, path, now, source, mapping, reader, progress, _person, virtual=virtual)


def import_events(
    database: Database,
    path: Path,
    now: datetime,
    *,
    source: str = "import",
    event: str | None = None,
    mapping: Mapping[str, str] | None = None,
    backfill: bool = True,
    reader: Reader = read_rows,
    progress: Progress | None = None,
    virtual: bool = False,
) -> ImportReport:
    """One event a row: a whole item of Segment's API (with ``type``), or flat columns.

    Flat columns: userId, anonymousId, email, phone, event, timestamp, messageId, properties (JSON); every other one is
    a property. ``event`` names the event of rows that do not. ``reader`` may build rows itself, such as one order of
    many lines. ``backfill`` (the default) starts no journeys.
    """

    def take(row: Row, posting: Posting) -> tuple[list[Arrival], list[str]]:
        item = row if row.get("type") in TYPES else _flat(row, event)
        if backfill:
            context = item.get("context")
            item["context"] = {**(context if isinstance(context, dict) else {}), "backfill": True}
        return [read_item(item, posting)], []

    return _import(database, path, now, source, mapping, reader, progress, take, virtual=virtual)


def _import(
    database: Database,
    path: Path,
    now: datetime,
    source: str,
    mapping: Mapping[str, str] | None,
    reader: Reader,
    progress: Progress | None,
    take: _Take,
    *,
    virtual: bool,
) -> ImportReport:
    with database.read() as connection:
        region = connection.execute(SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
    posting = Posting(source, now, region, max_item=MAX_ITEM)
    report = ImportReport()
    storing = _Storing(database, posting, report, now if virtual else None, progress)
    for line, row in reader(path):
        report.rows += 1
        if isinstance(row, str):
            report.note(line, row)
            continue
        named = {mapping.get(name, name): value for name, value in row.items()} if mapping else row
        try:
            taken, problems = take(named, posting)
        except UnreadableError as error:
            report.note(line, str(error))
            continue
        for problem in problems:
            report.note(line, problem)
        storing.add(line, taken)
    storing.flush()
    with database.begin("migrate") as connection:
        connection.execute(text("ANALYZE arrival"))  # so that the resolver's plans know what waits
    return report


@dataclass(slots=True)
class _Storing:
    """Rows on their way in, a transaction every so many. Whoever is erased while the file is read does not come back by it.

    ``now``: the instant of reception on a virtual clock, ``None`` for the database's.
    """

    database: Database
    posting: Posting
    report: ImportReport
    now: datetime | None
    progress: Progress | None
    rows: list[tuple[int, list[Arrival]]] = field(default_factory=list)
    size: int = 0

    def add(self, line: int, arrivals: list[Arrival]) -> None:
        self.rows.append((line, arrivals))
        self.size += len(arrivals)
        if self.size >= CHUNK:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            with self.database.begin("import") as connection:
                arrivals = self._of_the_living(connection)
                if arrivals:
                    write_arrivals(connection, arrivals, self.now)
            self.report.arrivals += len(arrivals)
            self.rows, self.size = [], 0
        if self.progress:
            self.progress(self.report.rows)

    def _of_the_living(self, connection: Connection) -> list[Arrival]:
        whose = [set(_addresses(arrivals, self.posting.region)) for _, arrivals in self.rows]
        gone = erased_since(connection, set().union(*whose), self.posting.received_at)
        kept: list[Arrival] = []
        for (line, arrivals), addresses in zip(self.rows, whose, strict=True):
            if gone.isdisjoint(addresses):
                kept += arrivals
            else:
                self.report.note(line, REASON)
        return kept


def _addresses(arrivals: Iterable[Arrival], region: str) -> Iterator[Address]:
    """The addresses that a row tells of somebody, normalised."""
    for each in arrivals:
        context = each.body.get("context")
        told = [each.body.get("traits"), context.get("traits") if isinstance(context, dict) else None]
        for traits in told:
            if isinstance(traits, dict):
                for channel, name in (("email", "email"), ("sms", "phone")):
                    if (raw := traits.get(name)) and (found := address(channel, str(raw), region)):
                        yield channel, found


_EVENT_COLUMNS = {
    "userId": ("userId", "user_id", "customer_id"),
    "anonymousId": ("anonymousId", "anonymous_id", "device_id"),
    "event": ("event", "event_name"),
    "timestamp": ("timestamp", "at", "time", "date"),
    "messageId": ("messageId", "message_id"),
}
#: Properties that are amounts even where a file has only texts; an id that looks like a number stays a text.
_AMOUNTS = frozenset({"value", "revenue", "total", "subtotal", "price", "quantity", "tax", "shipping", "discount"})


def _flat(row: Row, event: str | None) -> dict[str, Any]:
    rest = dict(row)
    item: dict[str, Any] = {"type": "track"}
    for name, columns in _EVENT_COLUMNS.items():
        found = [value for column in columns if (value := rest.pop(column, None)) is not None]
        if found:
            item[name] = found[0]
    item.setdefault("event", event)
    traits = {name: value for name in ("email", "phone") if (value := rest.pop(name, None)) is not None}
    if traits:
        item["context"] = {"traits": traits}
    given = rest.pop("properties", None)
    item["properties"] = {**{n: _amount(n, v) for n, v in rest.items() if v is not None}, **_properties(given)}
    return item


def _properties(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError as error:
            raise UnreadableError(f"properties is not JSON: {error}") from error
    if given is not None and not isinstance(given, dict):
        raise UnreadableError("properties is not a JSON object")
    return given or {}


def _amount(name: str, value: Any) -> Any:
    if name in _AMOUNTS and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


_CONSENT_COLUMNS = ("email_consent", "sms_consent", "cart_consent")
_OTHER_COLUMNS = ("customer_id", "double_opt_in", "consent_at", "consent_source")
_YES = frozenset({"subscribed", "yes", "true", "1", "opted in", "opt-in"})
_OUT = frozenset({"unsubscribed", "opted out", "opt-out", "suppressed", "cleaned"})
_NEVER = frozenset({"", "never", "no", "false", "0", "none", "not subscribed"})


def _person(row: Row, posting: Posting) -> tuple[list[Arrival], list[str]]:
    problems: list[str] = []
    traits = {n: v for n, v in row.items() if v is not None and n not in {*_CONSENT_COLUMNS, *_OTHER_COLUMNS}}
    held: dict[str, str] = {}
    for name, channel in (("email", "email"), ("phone", "sms")):
        if (raw := row.get(name)) is None:
            continue
        if found := address(channel, str(raw), posting.region):
            held[channel] = found
        else:
            problems.append(f"{name} {raw!r} cannot be used; the rest of the row is kept")
    if (zone := row.get("timezone")) is not None and zone_id(str(zone)) is None:
        problems.append(f"timezone {zone!r} is not known; the rest of the row is kept")
    item = {"type": "identify", "userId": row.get("customer_id"), "traits": traits, "context": {"backfill": True}}
    item["messageId"] = _content_id(row)
    arrivals = [read_item(item, posting)]
    for given in _consents(row, held):
        try:
            arrivals.append(read_consent_item(given, posting))
        except UnreadableError as error:
            problems.append(str(error))
    return arrivals, problems


def _consents(row: Row, held: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Consent items of a row; those of one channel and state together."""
    wanted = chain(
        _purposes(row, "email_consent", "email", "marketing"),
        _purposes(row, "sms_consent", "sms", "marketing"),
        _purposes(row, "cart_consent", "sms", "cart"),
    )
    at = instant(row.get("consent_at"), "consent_at")
    for channel, purposes, state in wanted:
        if channel not in held:
            continue
        # what nobody can show is recorded as the claim that it is (decision 0012)
        claimed = state == "subscribed" and not (at and row.get("consent_source"))
        yield {
            "channel": channel,
            "address": held[channel],
            "purposes": list(purposes),
            "state": "pending" if claimed else state,
            "method": CLAIMED if claimed else "import",
            "doubleOptIn": not claimed and str(row.get("double_opt_in", "")).strip().lower() in _YES,
            "importedFrom": row.get("consent_source"),
            "backfill": True,
            "userId": row.get("customer_id"),
            "messageId": f"{_content_id(row)}:{channel}:{purposes[-1]}",
            **({"effectiveAt": at.isoformat()} if at else {}),
        }


def _purposes(row: Row, column: str, channel: str, purpose: str) -> Iterable[tuple[str, tuple[str, ...], str]]:
    said = str(row.get(column) if row.get(column) is not None else "").strip().lower()
    if said in _NEVER:
        return []
    if said not in _YES and said not in _OUT and said != "pending":
        raise UnreadableError(f"{column} is {said!r}, not subscribed, unsubscribed, pending or never")
    if said not in _OUT:
        return [(channel, (purpose,), "subscribed" if said in _YES else "pending")]
    # whoever left the texts of a shop left all of them; leaving its mailings keeps the mail about orders
    everything = PURPOSES if channel == "sms" and purpose == "marketing" else ("marketing", "cart")
    return [(channel, everything if purpose == "marketing" else (purpose,), "unsubscribed")]


def _content_id(row: Row) -> str:
    return md5(orjson.dumps(row, option=orjson.OPT_SORT_KEYS, default=str), usedforsecurity=False).hexdigest()
