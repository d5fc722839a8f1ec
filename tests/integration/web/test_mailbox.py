"""Mail to leave by, from a mail server's pipe to the suppression; and the mailbox's form."""

import asyncio
import os
import smtplib
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from fastapi.testclient import TestClient
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import post
from tests.integration.web.test_ways_out import ANN, MAILBOX, mail, reasons, way_out
from tests.ports import free_port

from antiphon.delivery.facts import read_brands
from antiphon.intake.inbound import receive_text

__all__ = ["way_out"]  # a fixture


class _Pipe:
    """A mail server whose mailbox is a pipe into the command, as Postfix and Exim have them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        command = [str(Path(sys.executable).with_name("antiphon")), "mail", "receive"]
        words = [*command, *(word for one in envelope.rcpt_tos for word in ("--recipient", one))]
        done = await asyncio.create_subprocess_exec(
            *words, env=self.environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await done.communicate(envelope.original_content)
        code = {0: "250", os.EX_DATAERR: "554", os.EX_TEMPFAIL: "451"}[done.returncode or 0]
        return f"{code} {said.decode().strip()}"


def _mailed(port: int, to: str, raw: bytes) -> tuple[int, str]:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.ehlo()
        server.mail("someone@elsewhere.example")
        server.rcpt(to)
        code, said = server.data(raw)
    return code, said.decode()


def test_a_mail_server_hands_over_what_it_gets(shop: ShopUnderTest, way_out: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"x" * 32)
    environment = dict(os.environ) | {"ANTIPHON_DATA_DIR": str(tmp_path), "ANTIPHON_DATABASE_URL": shop.db.url}
    pipe = _Pipe(environment)
    controller = Controller(pipe, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        port = controller.port
        assert _mailed(port, way_out, mail("list@elsewhere.example")) == (250, f"{ANN} is unsubscribed.")
        code, said = _mailed(port, MAILBOX, mail(MAILBOX, subject="Where is my order?"))
        assert (code, "nothing was changed" in said) == (250, True), said
        assert _mailed(port, MAILBOX, b"no mail at all")[0] == 554
        pipe.environment = environment | {"ANTIPHON_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
        assert _mailed(port, way_out, mail(way_out))[0] == 451, "the mail server keeps it and comes again"
    finally:
        controller.stop()
    assert reasons(shop) == [(ANN, "mail")]


def test_the_mailbox_is_set_on_its_form(shop: ShopUnderTest, owner: TestClient) -> None:
    for wrong in ("leave", "leave+x@in.example.com", f"{'l' * 35}@in.example.com"):
        answer = post(owner, "/settings", "/settings/mailbox", mailbox=wrong)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text, wrong
    assert post(owner, "/settings", "/settings/mailbox", mailbox=" Leave@In.Example.com").status_code == 303
    assert 'value="leave@in.example.com"' in owner.get("/settings").text
    assert shop.one("SELECT value #>> '{}' FROM setting WHERE key = 'inbound_mailbox'") == MAILBOX
    assert shop.one("SELECT count(*) FROM audit WHERE what = 'unsubscribe mailbox saved'") == 1
    assert post(owner, "/settings", "/settings/mailbox", mailbox="").status_code == 303
    with shop.db.read() as connection:
        assert all(facts.mailbox == "" for facts in read_brands(connection).values())


def test_a_brand_says_in_what_language_antiphon_speaks_for_it(shop: ShopUnderTest, owner: TestClient) -> None:
    brand = {"brand": "Lamps", "zone": "Europe/Dublin", "from_name": "Lamps", "from_email": "shop@example.com"}
    rest = {"from_phone": "+12125550100", "postal_address": "1 Main Street", "base_url": "https://shop.example"}
    assert post(owner, "/settings", "/settings/brand", **brand, **rest, language="tlh").status_code == 422
    assert post(owner, "/settings", "/settings/brand", **brand, **rest, language="es").status_code == 303
    assert '<option value="es" selected>' in owner.get("/settings").text
    assert "Responde STOP para cancelar" in owner.get("/consent/words").text
    receive_text(shop.db, "+12125550101", "+12125550100", "HELP")
    shop.engine.cycle()
    assert "para recibir ayuda" in shop.one("SELECT string_agg(body, ' ') FROM sandbox_message")
