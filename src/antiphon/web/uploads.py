"""Files that come in by a form and go out as a download, and how fast what is in them is worked off."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.datastructures import UploadFile
from starlette.responses import Response

from antiphon.intake.files.plaintext import MAX_SIZE
from antiphon.kit.errors import AntiphonError
from antiphon.web.guard import Posted, SignedInViewer, own_form
from antiphon.web.words import Look

#: How a file that was handed in stands, as people see it.
FILE_STATES: dict[str, Look] = {
    "uploaded": Look("To be looked at", "eye", "wait"),
    "running": Look("Coming in", "hourglass", "plain"),
    "done": Look("Done", "circle-check", "good"),
    "failed": Look("Stopped by an error", "circle-alert", "bad"),
    "cancelled": Look("Cancelled", "x", "quiet"),
}

#: Room for the form around the file.
_MARGIN = 64 * 1024


async def uploaded(request: Request, viewer: SignedInViewer) -> AsyncIterator[tuple[Posted, UploadFile | None]]:
    """The fields and the file of a form; what is too large is refused before any of it is read."""
    said = request.headers.get("content-length", "")
    if not said.isdigit():
        raise AntiphonError("This upload does not say how large it is.", "Upload it with a browser.")
    if int(said) > MAX_SIZE + _MARGIN:
        raise AntiphonError(f"The file is larger than {MAX_SIZE // 2**20} MB.", "Split it and upload the pieces.")
    async with request.form() as form:
        file = form.get("file")
        yield await own_form(request, viewer), file if isinstance(file, UploadFile) and file.filename else None


Uploaded = Annotated[tuple[Posted, UploadFile | None], Depends(uploaded)]


def handed_in(request: Request, where: str) -> Response:
    """To the page of what was uploaded: the browser's script gets its address, a form a redirect."""
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": where})
    return RedirectResponse(where, status_code=303)


def pace(rows: int, share: float, since: datetime | None, now: datetime) -> tuple[float, float] | None:
    """Rows a second, and seconds left, of what has come to ``share`` (0 to 1); ``None`` while there is nothing to tell it by."""
    if since is None or not rows or share <= 0:
        return None
    seconds = max((now - since).total_seconds(), 0.1)
    return rows / seconds, seconds / share * (1 - share)


def download(blocks: Iterator[str], name: str) -> Response:
    """Text as a file that the browser saves."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return StreamingResponse(blocks, media_type="text/csv; charset=utf-8", headers=headers)
