"""``antiphon doctor``: what is wrong, and the way out."""

import shutil
import sys
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx2
import typer
from rich.markup import escape
from sqlalchemy import Connection

from antiphon.cli.installation import Installation, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json
from antiphon.content.context import Brand
from antiphon.delivery.facts import BrandFacts, read_brands
from antiphon.delivery.release import waiting
from antiphon.engine.health import Finding, as_dict, examine
from antiphon.people.identifiers import phone
from antiphon.rules.texts.data import SHORTENED, shared_shortener
from antiphon.store import migrate
from antiphon.web.assets import DIST

_SIGNS = {"good": "[green]good[/green]", "warning": "[yellow]look[/yellow]", "bad": "[red]bad [/red]"}
GIB = 1 << 30
#: Seconds that the address of links has to answer.
_PATIENCE = 5


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Look at everything that can be wrong. Exit code 1 when something is bad."""
    with open_installation() as installation:
        findings = [*_around(installation)]
        with installation.database.read() as connection:
            findings += [*examine(connection, wall_clock()), *_held(connection, wall_clock())]
            brands = read_brands(connection)
        findings += [found for one in brands.values() for found in (_number(one.brand), _address(one.brand), _kit(one))]
        findings += _links(installation, {one.brand.base_url for one in brands.values()})
    if as_json:
        print_json({"findings": [as_dict(one) for one in findings]})
    else:
        for one in findings:
            console.print(f"{_SIGNS[one.level]}  {escape(f'{one.name}: {one.what}')}", soft_wrap=True)
            if one.hint:
                console.print(f"      {one.hint}", markup=False, soft_wrap=True)
    if any(one.level == "bad" for one in findings):
        sys.exit(1)


def _held(connection: Connection, now: datetime) -> list[Finding]:
    """Messages that wait for a human: nothing else lets them go."""
    found = waiting(connection, now - timedelta(days=30))
    hint = "Under Messages, State: Held stands why; whoever has looked lets them go there."
    return [Finding("messages", "warning", f"{n} held: {rule}", hint) for rule, n in found] or [
        Finding("messages", "good", "none is held")
    ]


def _number(brand: Brand) -> Finding:
    """Whether people can text the brand: forms, QR codes and keywords name its number."""
    if phone(brand.from_phone):
        return Finding("texts", "good", f"{brand.name} has the number {brand.from_phone}")
    hint = "Set it in Settings, Brand: until then forms and QR codes tell people to text a number that is nobody's."
    return Finding("texts", "warning", f"{brand.name} has no number to text: {brand.from_phone or 'none'}", hint)


def _address(brand: Brand) -> Finding:
    """Whether the foot of promotional emails can say where the brand is: without, dispatch holds them."""
    if brand.postal_address.strip():
        return Finding("emails", "good", f"{brand.name} has a postal address")
    hint = "Set it in Settings, Brand: until then promotional emails are held (15 U.S.C. 7704(a))."
    return Finding("emails", "warning", f"{brand.name} has no postal address", hint)


def _kit(facts: BrandFacts) -> Finding:
    """Whether emails look as their brand wants them."""
    if facts.flaw:
        return Finding("emails", "bad", f"{facts.brand.name} is written for with the usual kit: {facts.flaw}")
    return Finding("emails", "good", f"{facts.brand.name} has a kit that can be read")


def _links(installation: Installation, addresses: set[str]) -> list[Finding]:
    """Whether what links in messages start with leads here."""
    config = installation.config
    usual = (config.base_url or f"http://{config.host}:{config.port}").rstrip("/")
    return [_link(address) for address in sorted({address.rstrip("/") or usual for address in addresses})]


def _link(address: str) -> Finding:
    if shared := shared_shortener(f"{address}/"):
        return Finding("links", "bad", f"links go through {shared}", SHORTENED)
    try:
        answer = httpx2.get(f"{address}/healthz", timeout=_PATIENCE)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        hint = "Start `antiphon up`, or mend the address for links in Settings and its DNS."
        return Finding("links", "warning", f"{address} does not answer: {type(error).__name__}", hint)
    if answer.status_code == HTTPStatus.OK and answer.text == "ok":
        return Finding("links", "good", f"{address} answers")
    hint = "Point the domain at Antiphon, or mend the address for links in Settings."
    return Finding("links", "bad", f"{address} is somebody else: it answers {answer.status_code} to /healthz", hint)


def _around(installation: Installation) -> list[Finding]:
    """What the database does not know: the server, the disk, the pages."""
    with installation.database.read() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    whose = "embedded" if installation.embedded else "your own"
    free = shutil.disk_usage(installation.config.data_dir).free
    disk: Finding
    if free < GIB:
        hint = "When it is full, nothing more is taken in; nothing that was taken in is lost."
        disk = Finding("disk", "bad", f"{free // (1 << 20)} MB are free in {installation.config.data_dir}", hint)
    else:
        disk = Finding("disk", "good", f"{free / GIB:.1f} GB are free in {installation.config.data_dir}")
    if (DIST / "manifest.json").exists():
        pages = Finding("pages", "good", "built")
    else:
        pages = Finding("pages", "bad", "the web assets are missing", "In a checkout, `make setup` builds them.")
    schema = Finding("schema", "good", f"revision {migrate.current(installation.database)}")
    return [Finding("database", "good", f"PostgreSQL {version}, {whose}"), schema, disk, pages]
