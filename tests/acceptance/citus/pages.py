"""Every page of the application, by following its links: no page may ask what a cluster refuses."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import unescape

from fastapi.testclient import TestClient

from antiphon.web.accounts.permissions import PERMISSIONS, ROUTES
from tests.acceptance.citus.places import WrongError
from tests.acceptance.citus.stage import Stage

_LINK = re.compile(r'(?:href|src|hx-get)="(/[^"#]*)"')
#: Pages of one kind that are looked at, with a query and without: a person like any other.
EACH = 2
#: Where no link of a page leads: what the canvas and a QR code's page fetch by themselves.
UNLINKED = {"/journeys/{slug}/counts.json", "/qr/{keyword}.png"}

_FOUND = {
    "/journeys/{}/changes": "SELECT slug FROM journey j JOIN journey_version v ON v.journey = j.id WHERE number = 2 LIMIT 1",
    "/catalogue/feeds/{}/report.csv": "SELECT id FROM feed LIMIT 1",
    "/messages/{}.{}/email": "SELECT abucket, id FROM outbox WHERE channel = 'email' AND state = 'accepted' LIMIT 1",
    "/people/{}/runs/{}": "SELECT person, id FROM run ORDER BY id LIMIT 1",
    "/people/at/{}/{}": "SELECT j.slug, r.step FROM run r JOIN journey j ON j.id = r.journey ORDER BY r.id LIMIT 1",
}


def walk(stage: Stage) -> str:
    """Raises ``WrongError`` for pages that answer with 500 or more, and for kinds that were not seen; returns how many were."""
    browser, kinds = stage.signed_in(), _kinds()
    looked: Counter[str] = Counter()
    waiting = [path for path in kinds if "{" not in path] + list(_more(stage))
    seen = set(waiting)
    broken: list[str] = []
    while waiting:
        address = waiting.pop(0)
        kind = _kind(address, kinds)
        if kind is None or looked[kind] >= EACH:
            continue
        looked[kind] += 1
        links = [link for link in map(unescape, _LINK.findall(_look(browser, address, broken))) if link not in seen]
        seen.update(links)
        waiting += links
    missed = kinds.keys() - UNLINKED - {kind.rstrip("?") for kind in looked}
    broken += [f"no link led to {path}" for path in sorted(missed)]
    if broken:
        raise WrongError("; ".join(broken))
    return f"{sum(looked.values())} pages of {len(kinds) - len(UNLINKED)} kinds"


def _more(stage: Stage) -> Iterator[str]:
    """Of kinds to which the few pages that are looked at may have no link."""
    for kind, sql in _FOUND.items():
        yield from (kind.format(*row) for row in stage.rows(sql))


def _kinds() -> dict[str, re.Pattern[str]]:
    """The paths of all pages for who is signed in, as they are declared; those without parameters before the others."""
    paths = [
        route.removeprefix("GET ") for route, need in ROUTES.items() if route.startswith("GET ") and need in PERMISSIONS
    ]
    return {path: _pattern(path) for path in sorted(paths, key=lambda path: path.count("{"))}


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile("".join(_part(part) if part.startswith("{") else re.escape(part) for part in parts))


def _part(name: str) -> str:
    return ".+" if name.endswith(":path}") else "[^/]+"


def _kind(address: str, kinds: Mapping[str, re.Pattern[str]]) -> str | None:
    path, _, query = address.partition("?")
    found = next((kind for kind, pattern in kinds.items() if pattern.fullmatch(path)), None)
    return found and found + "?" * bool(query)


def _look(browser: TestClient, address: str, broken: list[str]) -> str:
    answer = browser.get(address)
    if answer.status_code >= 500:
        broken.append(f"{address} answers {answer.status_code}")
        return ""
    return answer.text if "html" in answer.headers.get("content-type", "") else ""
