"""Every page of the application, by following its links: no page may ask what a cluster refuses."""

import re
from collections import Counter
from html import unescape

from fastapi.testclient import TestClient

from antiphon.web.accounts.sessions import create_sign_in_link
from antiphon.web.accounts.setup import add_owner
from tests.acceptance.citus.acts import Stage
from tests.acceptance.citus.places import WrongError

_LINK = re.compile(r'(?:href|src|hx-get)="(/[^"#]*)"')
_PASSED_OVER = ("/assets", "/sign-out", "/static")
#: Addresses of one shape that are looked at: a person like any other.
EACH = 2
START = ("/", "/people/conflicts", "/consent/replies", "/settings", "/audit", "/audit.csv", "/people/export.csv")


def walk(stage: Stage) -> str:
    """Raises ``WrongError`` for pages that answer with 500 or more; returns how many were seen."""
    database, now = stage.engine.database, stage.now()
    made = add_owner(database, "Robin", "owner@shop.example", "correct horse battery", now)
    browser = stage.visitor
    browser.get(create_sign_in_link(database, made.account if made else 1, now))
    shapes: Counter[str] = Counter()
    waiting, seen = list(START), set(START)
    broken: list[str] = []
    while waiting:
        address = waiting.pop(0)
        shape = re.sub(r"\d+", "0", address.split("?", maxsplit=1)[0]) + "?" * ("?" in address)
        if shapes[shape] >= EACH or address.startswith(_PASSED_OVER):
            continue
        shapes[shape] += 1
        found = _look(browser, address, broken)
        links = [link for link in map(unescape, _LINK.findall(found)) if link not in seen]
        seen.update(links)
        waiting += links
    if broken:
        raise WrongError("; ".join(broken))
    return f"{sum(shapes.values())} pages of {len(shapes)} kinds"


def _look(browser: TestClient, address: str, broken: list[str]) -> str:
    answer = browser.get(address)
    if answer.status_code >= 500:
        broken.append(f"{address} answers {answer.status_code}")
        return ""
    return answer.text if "html" in answer.headers.get("content-type", "") else ""
