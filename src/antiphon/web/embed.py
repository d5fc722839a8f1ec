"""The browser tag at an address that never changes: shops write it into their pages once."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from antiphon.web import assets

router = APIRouter(include_in_schema=False)

#: For five minutes browsers do not ask; then they ask whether it changed, which costs no bytes.
_CACHE = "public, max-age=300, stale-while-revalidate=86400"


@router.get("/antiphon.js")
def tag(request: Request) -> Response:
    content, mark = assets.tag()
    headers = {"ETag": mark, "Cache-Control": _CACHE, "Cross-Origin-Resource-Policy": "cross-origin"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/javascript", headers=headers)
