"""The web application: pages for those who run the shop, intake, and the pages that links in messages lead to."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from sqlalchemy import text

from antiphon.delivery import public
from antiphon.intake import api, mail_api
from antiphon.intake import public as holders
from antiphon.intake.hooks import api as hooks
from antiphon.intake.klaviyo import api as klaviyo
from antiphon.signup import api as sign_up
from antiphon.signup import pages as hosted
from antiphon.web import embed, qr
from antiphon.web.accounts import pages as accounts
from antiphon.web.api import api as json_api
from antiphon.web.api import campaigns as api_campaigns
from antiphon.web.api import consents as api_consents
from antiphon.web.api import identity as api_identity
from antiphon.web.api import offers as api_offers
from antiphon.web.api import pages as api_keys
from antiphon.web.api import products as api_products
from antiphon.web.api import segments as api_segments
from antiphon.web.assets import Assets
from antiphon.web.audiences import pages as audiences
from antiphon.web.audit import pages as audit
from antiphon.web.bounds import BoundedBodies
from antiphon.web.campaigns import edit as campaigns_edit
from antiphon.web.campaigns import pages as campaigns
from antiphon.web.campaigns.answers import KeptAnswers
from antiphon.web.catalogue import feeds as catalogue_feeds
from antiphon.web.catalogue import pages as catalogue
from antiphon.web.consent import pages as consent
from antiphon.web.consent import words as consent_words
from antiphon.web.content import emails
from antiphon.web.content import texts as content_texts
from antiphon.web.context import WebContext
from antiphon.web.delivery import pages as delivery
from antiphon.web.errors import add_handlers
from antiphon.web.habits import pages as habits
from antiphon.web.headers import SecurityHeaders
from antiphon.web.hooks import pages as webhooks
from antiphon.web.identity import pages as identity
from antiphon.web.imports import exports
from antiphon.web.imports import pages as imports
from antiphon.web.journeys import edit as journeys_edit
from antiphon.web.journeys import gallery as journeys_gallery
from antiphon.web.journeys import pages as journeys
from antiphon.web.journeys import runs as journeys_runs
from antiphon.web.messages import pages as messages
from antiphon.web.offers import pages as offers
from antiphon.web.people import pages as people
from antiphon.web.pressure import pages as pressure
from antiphon.web.privacy import pages as privacy
from antiphon.web.sandbox import pages as sandbox
from antiphon.web.settings import pages as settings
from antiphon.web.signup import install, units
from antiphon.web.today import pages as today
from antiphon.web.today.kept import KeptFigures
from antiphon.web.users import pages as users

#: Everything that has addresses; what each asks for is declared in ``web.accounts.permissions``.
PARTS = (
    sign_up,
    qr,
    emails,
    mail_api,
    api,
    klaviyo,
    hooks,
    hosted,
    embed,
    public,
    holders,
    accounts,
    today,
    identity,
    imports,
    exports,
    journeys_runs,
    habits,
    people,
    journeys_gallery,
    journeys_edit,
    journeys,
    audiences,
    campaigns_edit,
    campaigns,
    catalogue_feeds,
    catalogue,
    offers,
    messages,
    sandbox,
    delivery,
    consent,
    consent_words,
    content_texts,
    install,
    units,
    settings,
    webhooks,
    users,
    audit,
    api_keys,
    json_api,
    api_consents,
    api_identity,
    api_products,
    api_offers,
    api_segments,
    api_campaigns,
    pressure,
    privacy,
)


def create_app(context: WebContext) -> FastAPI:
    """Everything that this installation answers to over HTTP."""
    app = FastAPI(title="Antiphon", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.context = context
    app.state.figures = KeptFigures(context.database)
    app.state.answers = KeptAnswers(context.database)
    add_handlers(app)
    app.add_middleware(BoundedBodies)
    app.add_middleware(SecurityHeaders, secure=context.secure)
    app.mount("/static/dist", Assets(), name="assets")
    for part in PARTS:
        app.include_router(part.router)

    @app.get("/healthz", include_in_schema=False)
    def healthy() -> PlainTextResponse:
        """For whoever watches the process: it answers while the database does."""
        with context.database.read() as connection:
            connection.execute(text("SELECT 1"))
        return PlainTextResponse("ok")

    return app
