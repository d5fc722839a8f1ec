"""Pictures for emails: the QR code of a text that is ready to be sent. Emails show no other kind of picture than a linked one."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from antiphon.delivery.facts import read_brands
from antiphon.kit.errors import NotFoundError
from antiphon.signup.qr import png, text_message
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False)

_WORD = re.compile(r"[A-Za-z0-9]{1,20}")
#: Mail providers fetch it for their readers, and keep it.
_CACHE = "public, max-age=86400"


@router.get("/qr/{keyword}.png")
def code(request: Request, keyword: str) -> Response:
    """The QR code that texts a keyword to the brand's number."""
    with page_read(request) as connection:
        brands = read_brands(connection)
    number = brands[min(brands)].brand.from_phone if brands else ""
    if not number or not _WORD.fullmatch(keyword):
        raise NotFoundError("There is no such picture", "A keyword has up to 20 letters and digits.")
    headers = {"Cache-Control": _CACHE, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(png(text_message(number, keyword.upper())), media_type="image/png", headers=headers)
