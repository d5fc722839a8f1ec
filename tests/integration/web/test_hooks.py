"""Webhooks on the settings page: made, shown once, changed, removed; what is wrong stands at its field."""

import re

from fastapi.testclient import TestClient
from tests.integration.web.conftest import Site, post

from antiphon.web.hooks.pages import EXAMPLE

PAGE = "/settings/webhooks"


def test_a_webhook_is_made_used_changed_and_removed(site: Site, owner: TestClient) -> None:
    assert "New webhook" in owner.get(PAGE).text
    made = post(owner, PAGE, PAGE, definition=EXAMPLE.replace("\n", "\r\n")).text
    found = re.search(r"/v1/hooks/reviews\?token=[\w-]+", made)
    assert found
    assert found[0] not in owner.get(PAGE).text
    body = {"review": {"reviewer": {"email": "ann@example.com"}, "uuid": 1}}
    assert site.browser().post(found[0], json=body).status_code == 200
    assert site.browser().post(found[0], json={}).status_code == 400
    assert "nothing at review.reviewer.email" in owner.get(PAGE).text
    changed = post(owner, PAGE, PAGE, definition=EXAMPLE.replace("Product Reviewed", "Review Left"))
    assert changed.status_code == 303
    shown = owner.get(changed.headers["location"]).text
    assert "Review Left" in shown
    assert "Refused" not in shown
    assert site.browser().post(found[0], json=body).status_code == 200
    assert post(owner, PAGE, f"{PAGE}/reviews/remove").status_code == 303
    assert site.browser().post(found[0], json=body).status_code == 404


def test_what_is_wrong_stands_at_its_field(site: Site, owner: TestClient) -> None:
    wrong = post(owner, PAGE, PAGE, definition="name: Re Views")
    assert (wrong.status_code, "name: Re Views" in wrong.text, "cannot be used" in wrong.text) == (422, True, True)
    unsigned = post(owner, PAGE, PAGE, definition=EXAMPLE + "signature: {header: X-Sign}\n")
    assert "there is no secret" in unsigned.text
    assert post(owner, PAGE, PAGE, definition=EXAMPLE + "signature: {header: X-Sign}\n", secret="s").status_code == 200
    assert owner.get(f"{PAGE}?change=nobody").status_code == 404
