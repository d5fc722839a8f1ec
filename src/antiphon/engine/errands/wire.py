"""Calls over the wire: many at once, each within ten seconds, to addresses that may be called and nowhere else."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpx2
import orjson

from antiphon import __version__
from antiphon.engine.errands.models import Answer, Request
from antiphon.journeys.errands.addresses import Allowed, Place, admitted, is_public

#: Seconds for all of a call: the name, the connection, the answer.
TOTAL = 10.0
#: Of an answer so much is read.
MOST_BYTES = 4_096
#: Addresses of one host that are tried.
_ADDRESSES = 3
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
_OWN = {"user-agent": f"Antiphon/{__version__}", "accept": "application/json", "accept-encoding": "identity"}


class _RefusedError(Exception):
    """A host that may not be called."""


def call_all(requests: Sequence[Request], hosts: Sequence[Allowed], total: float = TOTAL) -> list[Answer]:
    """Make requests side by side; the answers in their order. Never raises for what the other side does."""

    async def run() -> list[Answer]:
        # each call has a connection of its own: two hosts at one address would share one, which was verified for the first
        async with httpx2.AsyncClient(
            verify=_trusted(), trust_env=False, follow_redirects=False, limits=_LIMITS, timeout=total
        ) as client:
            return list(await asyncio.gather(*(_call(client, one, hosts, total) for one in requests)))

    return asyncio.run(run())


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _call(client: httpx2.AsyncClient, request: Request, hosts: Sequence[Allowed], total: float) -> Answer:
    try:
        async with asyncio.timeout(total):
            return await _attempt(client, request, await _addresses(request.place, hosts))
    except TimeoutError:
        return Answer(error=f"no answer within {total:g} seconds")
    except _RefusedError as error:
        return Answer(error=str(error))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        return Answer(error=f"{type(error).__name__}: {error}"[:300])


async def _addresses(place: Place, hosts: Sequence[Allowed]) -> list[str]:
    """Where a host lives, as found now and connected to as found: a name cannot lead elsewhere in between."""
    entry = admitted(place, hosts)
    if entry is None:
        raise _RefusedError(f"the host {place.words} is not allowed: `antiphon calls allow {place.words}`")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise _RefusedError(f"there is no host {place.host}: {error.strerror}") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not entry.private and not all(is_public(ip_address(each)) for each in addresses):
        raise _RefusedError(f"{place.host} lies in a private network, for which it is not allowed")
    return addresses[:_ADDRESSES]


async def _attempt(client: httpx2.AsyncClient, request: Request, addresses: Sequence[str]) -> Answer:
    place = request.place
    headers = {**_OWN, **{name.lower(): value for name, value in request.headers.items()}, "host": place.words}
    for number, address in enumerate(addresses, 1):
        host = f"[{address}]" if ":" in address else address
        url = f"{place.scheme}://{host}:{place.port}{place.path}"
        extensions = {"sni_hostname": place.host} if place.scheme == "https" else {}
        try:
            sent = client.stream(request.method, url, headers=headers, content=request.body, extensions=extensions)
            async with sent as response:
                return await _read(response)
        except httpx2.ConnectError:
            if number == len(addresses):
                raise
    raise _RefusedError(f"there is no address of {place.host}")


async def _read(response: httpx2.Response) -> Answer:
    """The status, and what an answer says where it is short and simple; the rest of a long one is not even read."""
    status, body = response.status_code, b""
    if not response.headers.get("content-encoding"):
        try:
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > MOST_BYTES:
                    body = b""
                    break
        except httpx2.HTTPError:
            body = b""  # it has answered: the status counts
    error = "" if 200 <= status < 300 else f"answered {status}"
    error = "answered with a redirection, which is not followed" if 300 <= status < 400 else error
    asked = response.headers.get("retry-after", "")
    wait = min(int(asked), 86_400) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return Answer(status, error, _said(body), wait)


def _said(body: bytes) -> dict[str, Any]:
    """An answer that is an object of single values; anything else is not kept."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(found, dict) or not all(isinstance(v, str | int | float | bool | None) for v in found.values()):
        return {}
    return {} if b"\\u0000" in body else found
