"""The doors of the web application: what keeps them shut is said in a sentence, before anything else is begun."""

import socket
from pathlib import Path

import pytest

from antiphon.cli.serve import listening, up
from antiphon.kit.config import Config
from antiphon.kit.errors import ConfigError


def test_the_doors_are_open_inside_the_block() -> None:
    with listening(Config(host="127.0.0.1", port=0)) as (door,), socket.create_connection(door.getsockname()):
        pass
    assert door.fileno() == -1


def test_a_busy_port_is_named_before_anything_is_said_or_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} of 127.0.0.1 is not free") as caught:
            up(port=port)
    assert "--port" in caught.value.hint
    assert capsys.readouterr() == ("", "")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_that_is_none_is_said(host: str) -> None:
    with pytest.raises(ConfigError, match=host), listening(Config(host=host)):
        pass
