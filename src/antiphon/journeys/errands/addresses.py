"""Which addresses journeys may call. Pure.

Whoever edits journeys must not reach inside the network by them: a call goes to hosts that an owner has allowed, and to
addresses of private networks only where the owner has said so for that very host.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from antiphon.kit.errors import ConfigError

LONGEST_URL = 2_000
#: The most hosts of an installation.
MOST_HOSTS = 100
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_VISIBLE = re.compile(r"[!-~]+")
_PORTS = {"https": 443, "http": 80}
#: IPv6 addresses that lead to an IPv4 address, which stands in their last four bytes (RFC 6052).
_NAT64 = 0x64FF9B << 96


class Place(NamedTuple):
    """Where a URL leads: ``path`` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def words(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Allowed(BaseModel):
    """A host that may be called. Without a ``port`` it is the usual one; ``private``: it may lie in a private network, and
    be called by plain HTTP."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int | None = None
    private: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def admits(self, place: Place) -> bool:
        if place.host != self.host or (place.scheme == "http" and not self.private):
            return False
        return place.port == (self.port or _PORTS[place.scheme])


def place_of(url: str) -> Place:
    """The parts of a URL that can be called; raises ``ValueError`` that says what is wrong with it."""
    if len(url) > LONGEST_URL or not _VISIBLE.fullmatch(url) or "\\" in url:
        raise ValueError(f"an address has no blanks, and at most {LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url[:100]!r} is no address") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url[:100]!r} is no address; write it as https://hooks.shop.example/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a name and a password do not belong into an address; write them as a header")
    if parts.fragment:
        raise ValueError("what stands behind # is never sent; leave it out")
    host = _host(parts.hostname)
    if parts.scheme == "http" and not _may_be_private(host):
        raise ValueError("an address begins with https://; http:// reaches a private network's addresses only")
    path = parts.path or "/"
    return Place(parts.scheme, host, port or _PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path)


def allowed_of(typed: str, *, private: bool = False) -> Allowed:
    """A host as people write it: ``hooks.shop.example``, ``erp.internal:8080``, an address. Raises ``ConfigError``.

    An address of a private network says by itself that it is one.
    """
    written = typed.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    bare = written.count(":") > 1 and not written.startswith("[")
    try:
        parts = urlsplit(f"//[{written}]" if bare else f"//{written}")
        port, name = parts.port, _host("" if set(written) & set("/?#@") or parts.port == 0 else parts.hostname or "")
    except ValueError:
        raise ConfigError(
            f"{typed.strip()[:100]!r} is no host.", "Write it as hooks.shop.example, or as erp.internal:8080."
        ) from None
    own = name == "localhost" or ((found := _address(name)) is not None and not is_public(found))
    return Allowed(host=name, port=port, private=private or own)


def admitted(place: Place, hosts: Iterable[Allowed]) -> Allowed | None:
    """The entry by which a place may be called."""
    fitting = [one for one in hosts if one.admits(place)]
    return max(fitting, key=lambda one: one.private, default=None)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address lies in nobody's private network, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner is None and int(address) >> 32 == _NAT64 >> 32:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return address.ipv4_mapped is None and is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def _host(name: str) -> str:
    """A host's name as it is compared: lower case, ASCII, no dot at its end."""
    if (found := _address(name)) is not None:
        return str(found)
    try:
        plain = name.lower().rstrip(".").encode("idna").decode() if not name.isascii() else name.lower().rstrip(".")
    except UnicodeError as error:
        raise ValueError(f"{name[:100]!r} is no host") from error
    if not _NAME.fullmatch(plain):
        raise ValueError(f"{name[:100]!r} is no host")
    return plain


def _may_be_private(host: str) -> bool:
    """Whether a host may be one of a private network: its own address, or a name that only the owner can vouch for."""
    found = _address(host)
    return found is None or not is_public(found)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None
