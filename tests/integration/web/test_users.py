"""Inviting, accepting, roles, deactivation, passwords, sessions; and what the audit log says of it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.integration.web.conftest import PASSWORD, Site, csrf, post
from tests.sink import Sink, running

from antiphon.web.guard import SESSION_COOKIE

USERS = "/settings/users"


@pytest.fixture
def mail() -> Iterator[tuple[Sink, int]]:
    sink = Sink()
    with running(sink) as port:
        yield sink, port


def invite(owner: TestClient, name: str = "Kim", email: str = "kim@example.com", role: str = "manager") -> str:
    """The path of the link that the page shows."""
    answer = post(owner, USERS, USERS, name=name, email=email, role=role)
    assert answer.status_code == 200, answer.text
    found = re.search(r"/password/[\w-]+", answer.text)
    assert found
    return found[0]


def accept(site: Site, path: str, password: str = PASSWORD) -> TestClient:
    browser = site.browser()
    browser.headers["user-agent"] = "Firefox on a train"
    answer = browser.post(path, data={"password": password, "again": password, "csrf": csrf(browser.get(path).text)})
    assert answer.status_code == 303, answer.text
    return browser


def log(site: Site) -> list[tuple[str, str, str]]:
    with site.db.read() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT who, what, about FROM audit ORDER BY id"))]


def number(site: Site, email: str = "kim@example.com") -> int:
    with site.db.read() as connection:
        return int(connection.execute(text("SELECT id FROM account WHERE email = :e"), {"e": email}).scalar_one())


def test_invite_accept_and_what_the_log_says(site: Site, owner: TestClient) -> None:
    path = invite(owner)
    kim = accept(site, path)
    assert kim.get("/").status_code == 200
    assert kim.get("/settings").status_code == 403
    assert site.browser().get(path).status_code == 410  # works once
    said = log(site)
    assert ("owner@example.com", "user invited", "user kim@example.com") in said
    assert ("kim@example.com", "invitation accepted", "user kim@example.com") in said


def test_an_invitation_goes_out_by_the_shops_mail_server(site: Site, owner: TestClient, mail: tuple[Sink, int]) -> None:
    sink, port = mail
    with site.db.begin("test") as connection:
        settings = f'{{"host": "127.0.0.1", "port": {port}, "tls": "none"}}'
        connection.execute(
            text("UPDATE sender SET provider = 'smtp', settings = cast(:s AS jsonb) WHERE id = 'email'"),
            {"s": settings},
        )
    path = invite(owner)
    (sent,) = sink.taken
    assert sent["To"] == "kim@example.com"
    assert path in sent.get_content()


def test_an_invitation_needs_a_new_address_and_a_role(site: Site, owner: TestClient) -> None:
    invite(owner)
    again = post(owner, USERS, USERS, name="Kim", email="KIM@example.com", role="analyst")
    assert again.status_code == 422
    assert "has an account already" in again.text
    assert post(owner, USERS, USERS, name="Eve", email="eve@example.com", role="wizard").status_code == 422


def test_a_password_is_long_and_typed_twice(site: Site, owner: TestClient) -> None:
    path, browser = invite(owner), site.browser()
    token = csrf(browser.get(path).text)
    for fields in ({"password": "short", "again": "short"}, {"password": PASSWORD, "again": "another one"}):
        assert browser.post(path, data=fields | {"csrf": token}).status_code == 422
    assert browser.post(path, data={"password": PASSWORD, "again": PASSWORD}).status_code == 403  # no token


def test_an_old_link_ends_by_a_newer_one_and_by_time(site: Site, owner: TestClient) -> None:
    old = invite(owner)
    new = re.search(r"/password/[\w-]+", post(owner, USERS, f"{USERS}/{number(site)}/link").text)
    assert new
    assert site.browser().get(old).status_code == 410
    assert site.browser().get(new[0]).status_code == 200
    site.now += timedelta(days=7)
    assert site.browser().get(new[0]).status_code == 410


def test_the_last_owner_stays(site: Site, owner: TestClient) -> None:
    me = number(site, "owner@example.com")
    assert post(owner, USERS, f"{USERS}/{me}/role", role="analyst").status_code == 409
    assert post(owner, USERS, f"{USERS}/{me}/deactivate").status_code == 409
    invite(owner, role="owner")  # an invited owner is none yet
    assert post(owner, USERS, f"{USERS}/{me}/deactivate").status_code == 409
    path = re.search(r"/password/[\w-]+", post(owner, USERS, f"{USERS}/{number(site)}/link").text)
    assert path
    accept(site, path[0])
    assert post(owner, USERS, f"{USERS}/{me}/deactivate").status_code == 303
    assert owner.get("/").status_code == 303  # signed out at once


def test_a_deactivated_user_is_out_at_once(site: Site, owner: TestClient) -> None:
    kim = accept(site, invite(owner))
    assert post(owner, USERS, f"{USERS}/{number(site)}/deactivate").status_code == 303
    assert kim.get("/").headers["location"].startswith("/sign-in")
    refused = post(site.browser(), "/sign-in", "/sign-in", email="kim@example.com", password=PASSWORD)
    assert refused.status_code == 401
    assert post(owner, USERS, f"{USERS}/{number(site)}/activate").status_code == 303
    entered = post(site.browser(), "/sign-in", "/sign-in", email="kim@example.com", password=PASSWORD)
    assert entered.status_code == 303


def test_changing_a_role_changes_what_is_open_at_once(site: Site, owner: TestClient) -> None:
    kim = accept(site, invite(owner, role="analyst"))
    assert kim.get("/settings/audit").status_code == 403
    post(owner, USERS, f"{USERS}/{number(site)}/role", role="owner")
    assert kim.get("/settings/audit").status_code == 200
    with site.db.read() as connection:
        row = connection.execute(text("SELECT before, after FROM audit WHERE what = 'role changed'")).one()
    assert (row.before, row.after) == ({"role": "analyst"}, {"role": "owner"})


def test_a_new_password_ends_the_other_sessions(site: Site, owner: TestClient) -> None:
    path = invite(owner)
    first = accept(site, path)
    second = site.browser()
    post(second, "/sign-in", "/sign-in", email="kim@example.com", password=PASSWORD)
    new = "a wholly other password"
    wrong = post(first, "/account", "/account/password", old="guess", password=new, again=new)
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    right = post(first, "/account", "/account/password", old=PASSWORD, password=new, again=new)
    assert right.status_code == 303
    assert first.get("/").status_code == 200
    assert second.get("/").status_code == 303
    assert post(site.browser(), "/sign-in", "/sign-in", email="kim@example.com", password=PASSWORD).status_code == 401


def test_sessions_are_listed_and_ended(site: Site, owner: TestClient) -> None:
    kim = accept(site, invite(owner))
    other = site.browser()
    post(other, "/sign-in", "/sign-in", email="kim@example.com", password=PASSWORD)
    page = kim.get("/account").text
    assert "Firefox on a train" in page
    end = re.search(r"/account/sessions/\w+/end", page)
    assert end
    post(kim, "/account", end[0])
    assert other.get("/").status_code == 303
    assert post(kim, "/account", "/account/sign-out-everywhere").status_code == 303
    assert SESSION_COOKIE in kim.cookies
    assert kim.get("/").status_code == 303


def test_the_log_is_only_added_to(site: Site, owner: TestClient) -> None:
    invite(owner)
    for statement in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError) as failed, site.db.begin("test") as connection:
            connection.execute(text(statement))
        assert isinstance(failed.value.orig, psycopg.errors.RaiseException)


def test_the_log_is_filtered_paged_and_downloaded(site: Site, owner: TestClient) -> None:
    for place in range(60):
        invite(owner, name=f"N{place}", email=f"n{place}@example.com")
    page = owner.get("/settings/audit?area=accounts").text
    assert page.count("User invited") == 50
    older = re.search(r'href="(/settings/audit\?[^"]+)" rel="next"', page)
    assert older
    assert owner.get(older[1].replace("&amp;", "&")).text.count("User invited") == 10
    assert "User invited" not in owner.get("/settings/audit?area=keys").text
    one = owner.get("/settings/audit?about=user+n7@example.com").text
    assert one.count("User invited") == 1
    assert "Nothing of this kind" in owner.get("/settings/audit?until=2020-01-01").text
    assert owner.get("/settings/audit?since=soon").status_code == 400
    file = owner.get("/settings/audit.csv?area=accounts")
    assert file.headers["content-type"].startswith("text/csv")
    lines = file.text.splitlines()
    assert lines[0] == "at,kind,who,origin,area,what,about,before,after"
    assert len(lines) == 62  # the head, sixty invitations, the owner's own account
    assert ("owner@example.com", "audit log downloaded", "") in log(site)


def test_failed_and_successful_sign_ins_are_recorded(site: Site, owner: TestClient) -> None:
    for password in ("wrong wrong wrong", PASSWORD):
        post(site.browser(), "/sign-in", "/sign-in", email="owner@example.com", password=password)
    with site.db.read() as connection:
        rows = connection.execute(text("SELECT who, what, origin FROM audit WHERE area = 'sign-in' ORDER BY id"))
        said = [tuple(row) for row in rows][-2:]
    assert said == [("owner@example.com", what, "testclient") for what in ("sign-in failed", "signed in")]
