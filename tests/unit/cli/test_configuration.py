"""What the environment says wrongly is said in a sentence."""

import pytest

from antiphon.cli.installation import configuration
from antiphon.kit.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANTIPHON_PORT", "abc"),
        ("ANTIPHON_PORT", "70000"),
        ("ANTIPHON_DATABASE_URL", "shop"),
        ("ANTIPHON_DATABASE_URL", "mysql://shop/db"),
        ("ANTIPHON_DATABASE_URL", "postgresql://shop:port/db"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name) as caught:
        configuration()
    assert caught.value.hint


def test_a_server_of_ones_own_may_be_named_in_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgresql://shop/db", "postgres://shop/db", "postgresql+psycopg://shop/db?host=/tmp"):
        monkeypatch.setenv("ANTIPHON_DATABASE_URL", url)
        assert configuration().database_url == url
