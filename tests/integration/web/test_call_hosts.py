"""The hosts that journeys may call, on their form and by the command line."""

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.integration.engine.callee import listening
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import post
from typer.testing import CliRunner

from antiphon.cli.main import app
from antiphon.journeys.errands.hosts import hosts


def allowed(shop: ShopUnderTest) -> list[str]:
    with shop.db.read() as connection:
        return [f"{one}{'!' if one.private else ''}" for one in hosts(connection)]


def test_hosts_are_set_on_their_form(shop: ShopUnderTest, owner: TestClient) -> None:
    for wrong in ("a/b", "*.shop.example", "h.example open", "\n".join(f"h{n}.example" for n in range(101))):
        answer = post(owner, "/settings", "/settings/calls", hosts=wrong)
        assert answer.status_code == 422
        assert 'id="hosts-error"' in answer.text, wrong
    typed = " H.example \nerp.internal:8080 private\n\n10.0.0.1"
    assert post(owner, "/settings", "/settings/calls", hosts=typed).status_code == 303
    assert allowed(shop) == ["10.0.0.1!", "erp.internal:8080!", "h.example"]
    assert "erp.internal:8080 private\nh.example</textarea>" in owner.get("/settings").text
    line = shop.rows("SELECT before, after FROM audit WHERE what = 'hosts of calls saved'")[0]
    assert line.after == {"hosts": ["10.0.0.1 (private)", "erp.internal:8080 (private)", "h.example"]}
    assert post(owner, "/settings", "/settings/calls", hosts=typed).status_code == 303
    assert shop.one("SELECT count(*) FROM audit WHERE what = 'hosts of calls saved'") == 1
    assert post(owner, "/settings", "/settings/calls", hosts="").status_code == 303
    assert allowed(shop) == []


def test_the_command_line_allows_forbids_and_tries(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", shop.db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path_factory.mktemp("home")))
    run = CliRunner()
    with listening() as callee:
        refused = run.invoke(app, ["calls", "test", callee.url])
        assert refused.exit_code == 1
        assert "is not allowed" in refused.output
        assert run.invoke(app, ["calls", "allow", callee.host]).exit_code == 0
        assert allowed(shop) == [f"{callee.host}!"]
        tried = run.invoke(app, ["calls", "test", callee.url, "--json"])
        assert (tried.exit_code, orjson.loads(tried.stdout)["status"]) == (0, 200)
        assert callee.heard[0].said["test"] is True
        shown = orjson.loads(run.invoke(app, ["calls", "hosts", "--json"]).stdout)
        assert [one["host"] for one in shown["hosts"]] == ["127.0.0.1"]
        assert run.invoke(app, ["calls", "secret"]).stdout.startswith("whsec_")
        assert run.invoke(app, ["calls", "forbid", callee.host]).exit_code == 0
        again = run.invoke(app, ["calls", "forbid", callee.host])
    assert again.exit_code != 0
    assert allowed(shop) == []
