"""Emails in their frames: served by themselves, because a frame inherits the policy of the page it stands in."""

import re

from fastapi.responses import HTMLResponse

from antiphon.content.marks import unseen

_POLICY = (
    "sandbox allow-same-origin{links}; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data: https: http:; font-src https: data:; frame-ancestors 'self'"
)
_POPUPS = " allow-popups allow-popups-to-escape-sandbox"
_BASE = '<base target="_blank">'
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def framed(html: str, *, links: bool) -> HTMLResponse:
    """An email as stored: no scripts, no forms, and no open is counted. ``links``: whether they open, in a window beside."""
    html = unseen(html)
    found = _HEAD.search(html)
    body = html[: found.end()] + _BASE + html[found.end() :] if found else _BASE + html
    headers = {"Content-Security-Policy": _POLICY.format(links=_POPUPS if links else ""), "Cache-Control": "no-store"}
    return HTMLResponse(body, headers=headers)
