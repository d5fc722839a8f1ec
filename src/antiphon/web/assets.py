"""The built assets: hashed names from Vite's manifest, and the icons to inline."""

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from antiphon.kit.errors import ConfigError

DIST = Path(__file__).parent / "static" / "dist"
_HASHED = re.compile(r"-[\w-]{8}\.\w+$")


@cache
def _read(name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((DIST / name).read_text())
    except FileNotFoundError as error:
        raise ConfigError("The web pages' assets have not been built.", "Run `make setup` in the checkout.") from error
    return found


def script() -> str:
    return f"/static/dist/{_read('manifest.json')['src/app.ts']['file']}"


def style() -> str:
    return f"/static/dist/{_read('manifest.json')['src/app.ts']['css'][0]}"


def unit_script() -> str:
    """The script that draws sign-up units in shops' pages; hashed, so that it may be kept for good."""
    return f"/static/dist/{_read('embed.json')['unit']}"


@cache
def tag() -> tuple[bytes, str]:
    """The browser tag and its entity tag."""
    content = (DIST / _read("embed.json")["tag"]).read_bytes()
    return content, f'"{sha256(content).hexdigest()[:16]}"'


def icon_body(name: str) -> str:
    """The inside of an icon; of one that this build does not have that of a dot."""
    found = _read("icons.json")
    return str(found.get(name) or found["circle-dot"])


def icon(name: str, classes: str = "") -> Markup:
    """A lucide icon of 16 px, drawn in the colour of the text around it and hidden from screen readers."""
    body = Markup(_read("icons.json")[name])  # noqa: S704  # from our own build
    return Markup(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>'
    ).format(classes, body)


class Assets(StaticFiles):
    """Files whose names carry a hash never change, so browsers need not ask again."""

    def __init__(self) -> None:
        super().__init__(directory=DIST, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = _HASHED.search(path) and response.status_code == 200
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # shops' pages load the units' script
        return response
