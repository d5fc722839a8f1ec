"""Settings: the brand, the ways out, the keys that let events in."""

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from antiphon.content.languages import AUTO, languages
from antiphon.decisions.pressure.setting import save as save_limits
from antiphon.decisions.settings import Budget, brand_settings
from antiphon.delivery.throttle import Sender
from antiphon.engine.errands.calling import secret_of
from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source, revoke_source
from antiphon.journeys.errands.hosts import hosts, replace
from antiphon.kit.errors import NotFoundError
from antiphon.kit.zones import zone_id, zone_names
from antiphon.store.audit import record
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.delivery.pages import reach
from antiphon.web.forms import Shown, errors_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.settings import queries
from antiphon.web.settings.forms import (
    BrandSettingsForm,
    PressureForm,
    SenderForm,
    as_line,
    hosts_of,
    mailbox_of,
    prices_of,
)

router = APIRouter(include_in_schema=False, prefix="/settings")


@router.get("")
def settings(request: Request, viewer: SignedInViewer, saved: str = "") -> Response:
    return _settings_page(request, viewer, saved=saved)


def _settings_page(
    request: Request,
    viewer: Viewer,
    *,
    saved: str = "",
    part: str = "",
    shown: Shown | None = None,
    new_key: str = "",
) -> Response:
    """``shown`` is the form ``part`` with what was typed; the others show what is kept."""
    with page_read(request) as connection:
        brand = connection.execute(queries.BRAND).one()
        senders = {row.id: row for row in connection.execute(queries.SENDERS)}
        sources = connection.execute(queries.SOURCES).all()
        mailbox = connection.execute(queries.MAILBOX).scalar() or ""
        priced = brand_settings(connection.execute(queries.PRICES).scalar_one())
        callable_ = hosts(connection)
    email = senders["email"]
    forms = {
        "brand": Posted(
            brand=brand.name, base_url=brand.base_url, from_name=brand.from_name, from_email=brand.from_email,
            from_phone=brand.from_phone, postal_address=brand.postal_address, zone=zone_names()[brand.zone],
            language=brand.language, implied=brand.implied,
        ),
        "sender": Posted(
            provider=email.provider, rate=f"{email.rate:g}",
            **{name: str(email.settings.get(name) or "") for name in ("host", "port", "username", "tls")},
        ),
        "mailbox": Posted(mailbox=mailbox),
        "prices": Posted(
            price=f"{priced.sms.cost:g}",
            prices="\n".join(f"{country} {price:g}" for country, price in sorted(priced.sms_prices.items())),
        ),
        "pressure": Posted(
            day=str(priced.caps.day), week=str(priced.caps.week),
            budget_day=_amount(priced.budget.day), budget_month=_amount(priced.budget.month),
        ),
        "calls": Posted(hosts="\n".join(map(as_line, callable_))),
        "source": Posted(scope=Scope.SERVER),
    }  # fmt: skip
    if shown is not None:
        forms[part] = shown.fields
    return page(
        request, "settings/settings.html", viewer, status=shown.status if shown else 200, saved=saved, forms=forms,
        new_key=new_key, errors={name: shown.errors if shown and name == part else {} for name in forms}, senders=senders,
        sources=sources,
        languages={code: words.own_name for code, words in languages().items()} | {AUTO: "The reader’s own, by their browser"},
        zones=zone_names(), base_url=context_of(request).base_url,
        has_password=bool(email.settings.get("password")), secret=secret_of(context_of(request).signer),
    )  # fmt: skip


@router.post("/brand")
def save_brand(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context = context_of(request)
    try:
        filled = BrandSettingsForm.model_validate(dict(form))
    except ValidationError as error:
        return _settings_page(request, viewer, part="brand", shown=Shown(form, errors_of(error)))
    values = filled.model_dump() | {"zone": zone_id(filled.zone)}
    with context.database.begin("settings") as connection:
        before = dict(connection.execute(queries.BRAND).mappings().one())
        connection.execute(queries.SAVE_BRAND, values)
        before["brand"] = before.pop("name")
        before["zone"] = zone_names()[before["zone"]]
        now, after = context.clock(), filled.model_dump()
        record(connection, now, viewer.actor, "settings", "brand saved", "brand 1", before=before, after=after)
    return _saved("brand")


@router.post("/sender")
def save_sender(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Keep the email sender, once its server answers."""
    context, now = context_of(request), context_of(request).clock()
    try:
        filled = SenderForm.model_validate(dict(form))
        errors = filled.problem()
    except ValidationError as error:
        errors = errors_of(error)
    if errors:
        return _settings_page(request, viewer, part="sender", shown=Shown(form, errors))
    with page_read(request) as connection:
        kept = next(row for row in connection.execute(queries.SENDERS) if row.id == "email")
    found = filled.settings(dict(kept.settings))
    burst = max(1.0, filled.rate)
    wrong = reach(context, Sender("email", "email", filled.provider, found, filled.rate, burst, burst, now, None, None))
    if wrong is not None:
        errors = {"host": f"{wrong} Nothing was saved."}
        return _settings_page(request, viewer, part="sender", shown=Shown(form, errors))
    values = {"id": "email", "provider": filled.provider, "rate": filled.rate, "burst": burst}
    with context.database.begin("settings") as connection:
        connection.execute(queries.SAVE_SENDER, values | {"settings": orjson.dumps(found).decode()})
        before = {"provider": kept.provider, "rate": kept.rate, "host": kept.settings.get("host")}
        after = {"provider": filled.provider, "rate": filled.rate, "host": found.get("host")}
        what = "email sender saved"
        record(connection, now, viewer.actor, "settings", what, "sender email", before=before, after=after)
    context.wake()
    return _saved("senders")


@router.post("/mailbox")
def save_mailbox(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Where mail to leave by comes in: from now on each email names an address of its own there."""
    context = context_of(request)
    mailbox, wrong = mailbox_of(form["mailbox"])
    if wrong:
        return _settings_page(request, viewer, part="mailbox", shown=Shown(form, {"mailbox": wrong}))
    now = context.clock()
    with context.database.begin("settings") as connection:
        before = connection.execute(queries.MAILBOX).scalar() or ""
        connection.execute(queries.SAVE_MAILBOX, {"mailbox": mailbox, "now": now, "by": viewer.email})
        record(
            connection, now, viewer.actor, "settings", "unsubscribe mailbox saved", "",
            before={"mailbox": before}, after={"mailbox": mailbox},
        )  # fmt: skip
    return _saved("mailbox")


@router.post("/prices")
def save_prices(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """What a segment of a text costs: by country, and elsewhere."""
    context = context_of(request)
    prices, wrong = prices_of(form["prices"])
    usual, wrong_usual = prices_of(f"XX {form['price']}")
    if wrong or wrong_usual or not usual:
        errors = {"prices": wrong} if wrong else {"price": "Write what a segment costs, such as 0.0125."}
        return _settings_page(request, viewer, part="prices", shown=Shown(form, errors))
    with context.database.begin("settings") as connection:
        kept = brand_settings(connection.execute(queries.PRICES).scalar_one())
        sms = kept.sms.model_copy(update={"cost": usual["XX"]})
        values = {"sms": sms.model_dump_json(), "prices": orjson.dumps(prices).decode()}
        connection.execute(queries.SAVE_PRICES, values)
        record(
            connection, context.clock(), viewer.actor, "settings", "prices of texts saved", "brand 1",
            before={"price": kept.sms.cost, "prices": kept.sms_prices}, after={"price": sms.cost, "prices": prices},
        )  # fmt: skip
    return _saved("prices")


@router.post("/pressure")
def save_pressure(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """How much people get, and what texts may cost."""
    context = context_of(request)
    try:
        found = PressureForm.model_validate(dict(form))
    except ValidationError as error:
        return _settings_page(request, viewer, part="pressure", shown=Shown(form, errors_of(error)))
    budget = Budget(day=found.budget_day, month=found.budget_month)
    save_limits(context.database, context.clock(), viewer.actor, day=found.day, week=found.week, budget=budget)
    return _saved("pressure")


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


@router.post("/calls")
def save_calls(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Which programs journeys may call."""
    context = context_of(request)
    found, wrong = hosts_of(form["hosts"])
    if wrong:
        return _settings_page(request, viewer, part="calls", shown=Shown(form, {"hosts": wrong}))
    replace(context.database, found, context.clock(), viewer.actor)
    return _saved("calls")


@router.post("/sources")
def add_source(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Make a write key. It is shown this once: only its hash is kept."""
    context, name = context_of(request), form["name"].strip()
    if not 0 < len(name) <= 100:
        errors = {"name": "Give it a name of up to 100 characters, such as the shop it is for."}
        return _settings_page(request, viewer, part="source", shown=Shown(form, errors))
    scope = form["scope"] or Scope.SERVER
    if scope not in set(Scope):
        errors = {"scope": "Choose what the key may send."}
        return _settings_page(request, viewer, part="source", shown=Shown(form, errors))
    with page_read(request) as connection:
        taken = any(row.name == name for row in connection.execute(queries.SOURCES))
    if taken:
        errors = {"name": "There is a key of this name. Choose another, or revoke that one."}
        return _settings_page(request, viewer, part="source", shown=Shown(form, errors))
    key = create_source(context.database, name, context.clock(), Scope(scope), viewer.actor)
    return _settings_page(request, viewer, new_key=key)


@router.post("/sources/{source}/revoke")
def end_source(request: Request, viewer: SignedInViewer, form: OwnForm, source: int) -> Response:  # noqa: ARG001
    context = context_of(request)
    with page_read(request) as connection:
        row = next((row for row in connection.execute(queries.SOURCES) if row.id == source), None)
    if row is None:
        raise NotFoundError("There is no such write key", "Settings has the list of all there are.")
    revoke_source(context.database, row.name, context.clock(), viewer.actor)
    return _saved("sources")


def _saved(part: str) -> Response:
    return RedirectResponse(f"/settings?saved={part}#{part}", status_code=303)
