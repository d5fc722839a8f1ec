"""Who may do what: the one table of roles, and of what every address of the installation asks for.

``guard`` holds each request against ``ROUTES``. An address that is not listed is open to owners alone, and a test fails until
it is listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: What a role can be allowed, in words.
PERMISSIONS: Mapping[str, str] = {
    "own": "their own password and sessions",
    "see": "figures, journeys and deliveries",
    "people": "people and what happened to them",
    "content": "messages as their readers got them, and raw arrivals",
    "journeys": "publish journeys, switch and archive them",
    "campaigns": "make, launch and stop campaigns",
    "segments": "define and archive segments",
    "units": "sign-up units, and which pages may show them",
    "imports": "bring in people and events, decide who is who",
    "catalogue": "bring in products, say what counts as a drop",
    "offers": "offers, their pools and codes",
    "operate": "answer in the Sandbox, check senders, release messages",
    "consents": "take an opt-out by hand",
    "privacy": "export and erase people",
    "settings": "brand, senders, rules, retention",
    "keys": "write keys and API keys",
    "users": "users and their roles",
    "audit": "the audit log",
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role as people choose it. ``maskable``: personal data may be hidden from it (Settings, Users)."""

    name: str
    words: str
    may: frozenset[str]
    maskable: bool = False


_READ = frozenset({"own", "see", "people", "content"})

ROLES: Mapping[str, Role] = {
    "owner": Role("Owner", "Everything, users and keys included.", frozenset(PERMISSIONS)),
    "manager": Role(
        "Manager",
        "Journeys, campaigns, people, imports.",
        _READ | {"journeys", "campaigns", "segments", "units", "imports", "catalogue", "offers", "operate", "consents"},
    ),
    "support": Role("Support", "Answers people: opt-outs, exports, erasures.", _READ | {"consents", "privacy"}),
    "analyst": Role("Analyst", "Looks, and changes nothing.", _READ, maskable=True),
}

#: Permissions that a masked viewer loses: what cannot be shown without showing who it is.
UNMASKED = frozenset({"content"})

#: Nobody need be signed in.
OPEN = "open"
#: A write key, which intake checks itself.
WRITE_KEY = "write key"
#: What follows is the scope that an API key needs.
API_KEY = "scope "

#: What each address asks for: a permission, ``OPEN``, ``WRITE_KEY``, or an API key's scope.
ROUTES: Mapping[str, str] = {
    "GET /healthz": OPEN,
    "GET /static/dist": OPEN,
    # intake, and what links in messages lead to
    "POST /v1/batch": WRITE_KEY,
    "POST /v1/consent": WRITE_KEY,
    "POST /v1/inbound/sms": WRITE_KEY,
    "POST /v1/inbound/mail": WRITE_KEY,
    "POST /v1/b": WRITE_KEY,
    "POST /v1/{kind}": WRITE_KEY,
    # a token of its own, or a signature
    "POST /v1/hooks/{name}": WRITE_KEY,
    # what speaks to Klaviyo; its own client ends addresses with a slash and without
    "POST /api/profiles": WRITE_KEY,
    "POST /api/profiles/": WRITE_KEY,
    "PATCH /api/profiles/{profile}": WRITE_KEY,
    "PATCH /api/profiles/{profile}/": WRITE_KEY,
    "POST /api/profile-import": WRITE_KEY,
    "POST /api/profile-import/": WRITE_KEY,
    "POST /api/events": WRITE_KEY,
    "POST /api/events/": WRITE_KEY,
    "POST /api/profile-subscription-bulk-create-jobs": WRITE_KEY,
    "POST /api/profile-subscription-bulk-create-jobs/": WRITE_KEY,
    "POST /api/profile-subscription-bulk-delete-jobs": WRITE_KEY,
    "POST /api/profile-subscription-bulk-delete-jobs/": WRITE_KEY,
    # sign-up units: asked by visitors' browsers, from the shop's own pages only
    "GET /antiphon.js": OPEN,
    "POST /v1/units": OPEN,
    "POST /v1/units/{slug}/open": OPEN,
    "POST /v1/units/{slug}": OPEN,
    "GET /qr/{keyword}.png": OPEN,
    "GET /s/{slug}": OPEN,
    "POST /s/{slug}": OPEN,
    "GET /c/{token}": OPEN,
    "HEAD /c/{token}": OPEN,
    "GET /o/{token}": OPEN,
    "GET /u/{token}": OPEN,
    "HEAD /u/{token}": OPEN,
    "POST /u/{token}": OPEN,
    "GET /confirm/{token}": OPEN,
    "HEAD /confirm/{token}": OPEN,
    "POST /confirm/{token}": OPEN,
    "GET /preferences/{token}": OPEN,
    "HEAD /preferences/{token}": OPEN,
    "POST /preferences/{token}": OPEN,
    # coming in
    "GET /setup": OPEN,
    "POST /setup": OPEN,
    "GET /sign-in": OPEN,
    "POST /sign-in": OPEN,
    "GET /sign-in/{token}": OPEN,
    "GET /password/{token}": OPEN,
    "POST /password/{token}": OPEN,
    "POST /sign-out": "own",
    "GET /account": "own",
    "POST /account/password": "own",
    "POST /account/sessions/{session}/end": "own",
    "POST /account/sign-out-everywhere": "own",
    # pages
    "GET /": "see",
    "GET /people": "people",
    "GET /people/{person}": "people",
    "GET /people/{person}/habits": "people",
    "GET /send-times": "see",
    "GET /pressure": "see",
    "GET /people/at/{slug}/{step}": "people",
    "GET /people/{person}/runs/{run}": "people",
    "POST /people/{person}/runs/{run}/end": "journeys",
    # who is who; before anybody may merge, they may look
    "GET /people/conflicts": "content",
    "POST /people/conflicts": "imports",
    "GET /people/{person}/identity": "content",
    "GET /people/{person}/merge": "imports",
    "POST /people/{person}/merge": "imports",
    "POST /people/{person}/split": "imports",
    "POST /people/{person}/undo": "imports",
    # imports show raw rows, so that whoever may not bring in may not look either
    "GET /people/imports": "imports",
    "POST /people/imports": "imports",
    "GET /people/imports/{number}": "imports",
    "POST /people/imports/{number}/mapping": "imports",
    "POST /people/imports/{number}/start": "imports",
    "POST /people/imports/{number}/cancel": "imports",
    "GET /people/imports/{number}/report.csv": "imports",
    "GET /people/imports/{number}/refused.csv": "imports",
    "GET /people/export.csv": "privacy",
    "GET /journeys": "see",
    "GET /journeys/new": "journeys",
    "POST /journeys/new": "journeys",
    "GET /journeys/playbooks": "see",
    "POST /journeys/playbooks/{name}/on": "journeys",
    "POST /journeys/playbooks/{name}/draft": "journeys",
    "GET /journeys/{slug}": "see",
    "GET /journeys/{slug}/edit": "journeys",
    "POST /journeys/{slug}/draft": "journeys",
    "POST /journeys/{slug}/review": "journeys",
    "POST /journeys/{slug}/publish": "journeys",
    "POST /journeys/{slug}/rebase": "journeys",
    "POST /journeys/{slug}/discard": "journeys",
    "GET /journeys/{slug}/counts.json": "see",
    "GET /journeys/{slug}/changes": "see",
    "POST /journeys/{slug}/pause": "journeys",
    "POST /journeys/{slug}/resume": "journeys",
    "POST /journeys/{slug}/release": "journeys",
    "POST /journeys/{slug}/archive": "journeys",
    "POST /journeys/{slug}/again": "journeys",
    "GET /sign-up": "see",
    "GET /sign-up/new": "units",
    "POST /sign-up/new": "units",
    "GET /sign-up/install": "units",
    "POST /sign-up/install/origins": "units",
    "POST /sign-up/install/key": "keys",
    "POST /sign-up/preview": "units",
    "GET /sign-up/{slug}": "units",
    "POST /sign-up/{slug}": "units",
    "POST /sign-up/{slug}/{state}": "units",
    "GET /audiences": "see",
    "GET /audiences/new": "segments",
    "POST /audiences/new": "segments",
    "POST /audiences/preview": "segments",
    "POST /audiences/ready/{name}": "segments",
    "GET /audiences/{name}": "see",
    "GET /audiences/{name}/edit": "segments",
    "POST /audiences/{name}/edit": "segments",
    "POST /audiences/{name}/archive": "segments",
    "POST /audiences/{name}/restore": "segments",
    "POST /audiences/{name}/release": "segments",
    "GET /campaigns": "see",
    "GET /campaigns/new": "campaigns",
    "POST /campaigns/new": "campaigns",
    "POST /campaigns/look": "campaigns",
    "GET /campaigns/{slug}": "see",
    "GET /campaigns/{slug}/campaign.yaml": "see",
    "GET /campaigns/{slug}/edit": "campaigns",
    "POST /campaigns/{slug}/edit": "campaigns",
    "POST /campaigns/{slug}/review": "campaigns",
    "POST /campaigns/{slug}/launch": "campaigns",
    "POST /campaigns/{slug}/pause": "campaigns",
    "POST /campaigns/{slug}/resume": "campaigns",
    "POST /campaigns/{slug}/cancel": "campaigns",
    "GET /catalogue": "see",
    "POST /catalogue/settings": "catalogue",
    "GET /catalogue/feeds": "catalogue",
    "POST /catalogue/feeds": "catalogue",
    "GET /catalogue/feeds/{number}": "catalogue",
    "POST /catalogue/feeds/{number}/mapping": "catalogue",
    "POST /catalogue/feeds/{number}/start": "catalogue",
    "POST /catalogue/feeds/{number}/cancel": "catalogue",
    "GET /catalogue/feeds/{number}/report.csv": "catalogue",
    # ids are the shop's, with slashes in some
    "GET /catalogue/products/{product:path}": "see",
    "GET /offers": "see",
    "GET /offers/new": "offers",
    "POST /offers/new": "offers",
    "GET /offers/{name}": "see",
    "GET /offers/{name}/edit": "offers",
    "POST /offers/{name}/edit": "offers",
    "POST /offers/{name}/codes": "offers",
    "POST /offers/{name}/codes/preview": "offers",
    "GET /offers/{name}/codes.csv": "offers",
    "POST /offers/{name}/generate": "offers",
    "POST /offers/{name}/give": "offers",
    "POST /offers/{name}/delete": "offers",
    "GET /messages": "content",
    "POST /messages/release": "operate",
    "GET /messages/{key}": "content",
    "POST /messages/{key}/release": "operate",
    "GET /messages/{key}/email": "content",
    "GET /messages/{key}/why.json": "content",
    "GET /content": "content",
    "GET /content/texts": "content",
    "POST /content/texts/inspect": "content",
    "POST /content/texts/test": "journeys",
    # what the ways out of a test lead to
    "GET /content/test/{way}": OPEN,
    "GET /content/emails": "content",
    "POST /content/emails": "journeys",
    "GET /content/emails/kit": "settings",
    "POST /content/emails/kit": "settings",
    "GET /content/emails/{name}": "content",
    "POST /content/emails/{name}": "journeys",
    "POST /content/emails/{name}/test": "journeys",
    "GET /content/emails/{name}/shown": "content",
    "GET /content/emails/{name}/email.yaml": "content",
    "GET /sandbox": "content",
    "GET /sandbox/email/{key}": "content",
    "GET /sandbox/texts": "content",
    "POST /sandbox/texts": "operate",
    "GET /delivery": "content",
    "POST /delivery/{sender}/check": "operate",
    # consent: the sheet shows addresses in full
    "GET /consent": "content",
    "GET /consent/evidence": "content",
    "GET /consent/evidence.json": "content",
    "POST /consent/evidence": "consents",
    "GET /consent/replies": "content",
    "POST /consent/replies": "consents",
    "GET /consent/words": "settings",
    "POST /consent/words": "settings",
    "POST /consent/keywords": "settings",
    "GET /settings": "settings",
    "POST /settings/brand": "settings",
    "POST /settings/sender": "settings",
    "POST /settings/mailbox": "settings",
    "POST /settings/prices": "settings",
    "POST /settings/pressure": "settings",
    "POST /settings/calls": "settings",
    "POST /settings/sources": "keys",
    "GET /settings/webhooks": "keys",
    "POST /settings/webhooks": "keys",
    "POST /settings/webhooks/{name}/remove": "keys",
    "POST /settings/sources/{source}/revoke": "keys",
    # users
    "GET /settings/users": "users",
    "POST /settings/users": "users",
    "POST /settings/users/masking": "users",
    "POST /settings/users/{account}/role": "users",
    "POST /settings/users/{account}/link": "users",
    "POST /settings/users/{account}/deactivate": "users",
    "POST /settings/users/{account}/activate": "users",
    "POST /settings/users/{account}/sign-out": "users",
    # API keys, and what they open
    "GET /settings/api-keys": "keys",
    "POST /settings/api-keys": "keys",
    "POST /settings/api-keys/{api_key}/revoke": "keys",
    "GET /api/v1/people": API_KEY + "people:read",
    "GET /api/v1/people/{person}": API_KEY + "people:read",
    "POST /api/v1/people": API_KEY + "people:write",
    "GET /api/v1/people/{person}/identity": API_KEY + "people:read",
    "GET /api/v1/conflicts": API_KEY + "people:read",
    "POST /api/v1/people/{person}/merge": API_KEY + "identity:write",
    "POST /api/v1/people/{person}/split": API_KEY + "identity:write",
    "POST /api/v1/conflicts/keep-apart": API_KEY + "identity:write",
    "POST /api/v1/conflicts/dismiss": API_KEY + "identity:write",
    "POST /api/v1/verdicts/{act}/undo": API_KEY + "identity:write",
    "GET /api/v1/consents": API_KEY + "consents:read",
    "POST /api/v1/opt-outs": API_KEY + "consents:write",
    "GET /api/v1/journeys": API_KEY + "journeys:write",
    "POST /api/v1/journeys/{slug}/{switch}": API_KEY + "journeys:write",
    "GET /api/v1/offers": API_KEY + "offers:read",
    "POST /api/v1/offers/redeemed": API_KEY + "offers:write",
    "GET /api/v1/offers/{name}": API_KEY + "offers:read",
    "PUT /api/v1/offers/{name}": API_KEY + "offers:write",
    "DELETE /api/v1/offers/{name}": API_KEY + "offers:write",
    "POST /api/v1/offers/{name}/codes": API_KEY + "offers:write",
    "POST /api/v1/offers/{name}/generate": API_KEY + "offers:write",
    "POST /api/v1/offers/{name}/give": API_KEY + "offers:write",
    "GET /api/v1/products": API_KEY + "catalogue:read",
    "POST /api/v1/products": API_KEY + "catalogue:write",
    "GET /api/v1/products/{product:path}": API_KEY + "catalogue:read",
    "DELETE /api/v1/products/{product:path}": API_KEY + "catalogue:write",
    "GET /api/v1/campaigns": API_KEY + "campaigns:read",
    "GET /api/v1/campaigns/{slug}": API_KEY + "campaigns:read",
    "PUT /api/v1/campaigns/{slug}": API_KEY + "campaigns:write",
    "POST /api/v1/campaigns/{slug}/review": API_KEY + "campaigns:write",
    "POST /api/v1/campaigns/{slug}/{switch}": API_KEY + "campaigns:write",
    "GET /api/v1/segments": API_KEY + "segments:read",
    "POST /api/v1/segments/count": API_KEY + "segments:read",
    "GET /api/v1/segments/{name}": API_KEY + "segments:read",
    "GET /api/v1/segments/{name}/members": API_KEY + "segments:read",
    "PUT /api/v1/segments/{name}": API_KEY + "segments:write",
    "POST /api/v1/segments/{name}/{switch}": API_KEY + "segments:write",
    "POST /api/v1/people/{person}/export": API_KEY + "privacy:export",
    "POST /api/v1/people/{person}/erase": API_KEY + "privacy:erase",
    "GET /api/v1/requests/{command}": API_KEY + "privacy:erase",
    # a person's rights, and what is kept how long
    "GET /people/{person}/erase": "privacy",
    "POST /people/{person}/erase": "privacy",
    "POST /people/{person}/export": "privacy",
    "POST /people/{person}/opt-out": "consents",
    "GET /settings/retention": "settings",
    "POST /settings/retention": "settings",
    # the audit log
    "GET /settings/audit": "audit",
    "GET /settings/audit.csv": "audit",
}


def needed(method: str, path: str) -> str:
    """What a route's address asks for; what nobody declared is the owner's."""
    return ROUTES.get(f"{method} {path}", "users")


def allowed(role: str, *, masked: bool) -> frozenset[str]:
    """The permissions of a role; of one that this release does not know, its own account only."""
    known = ROLES.get(role)
    if known is None:
        return frozenset({"own"})
    return known.may - UNMASKED if masked and known.maskable else known.may
