"""Recognising those who come by a link of a message: the token in the link, and what their browser keeps of it.

A click on a message's link leads to the shop with a fresh token, ``?aph=``. The tag hands it in, and the browser's device
id is tied to the address that the message went to. A token names a message, never an address; it is

- signed, for one origin of the shop: another site, or a forger, has nothing;
- good for a quarter of an hour: one from a history, a log or a copied address is over;
- good for one device: the first that hands it in. Whoever shows it again is told nothing and tied to nobody;
- never given to programs that follow links, and to so many browsers of one message only.

What comes back is the *pass*: signed, good for this device id alone, and again without an address. With it the browser may
ask which channels this person has, so that it need not ask for them once more; nobody can ask so about an address.
"""

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection

from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.models import Arrival
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.kit.signing import BadTokenError, Signer
from antiphon.signup import giving, limits, queries
from antiphon.store.db import Database

#: Whose arrivals recognitions are: those of links.
SOURCE = "links"
PARAMETER = "aph"
GOOD_FOR = timedelta(minutes=15)
PASS_LASTS = timedelta(days=180)
#: Browsers of one message that are recognised; what is forwarded to many is nobody's.
BROWSERS = 4

_TOKEN = struct.Struct(">hqIQ8s")  # abucket, message, expiry in seconds, nonce, whom it is for
_PASS = struct.Struct(">hqI8s")
_TOKEN_SALT, _PASS_SALT = "antiphon.visit", "antiphon.pass"
_KIND = {"email": "email", "sms": "phone"}
#: What ties addresses to one person: of the others, several may use one.
_PERSONAL = frozenset({"customer_id", *_KIND.values()})

#: Channel and normalised address.
Address = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What a browser gets to know of its own person: a new ``key`` (pass), empty without one, and their channels."""

    key: str = ""
    channels: tuple[str, ...] = ()


def led(signer: Signer, url: str, message: tuple[int, int], origins: tuple[str, ...], now: datetime, nonce: int) -> str:
    """``url`` with a token, where it leads to a page of the shop; as it is where it leads elsewhere."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if origin not in origins:
        return url
    payload = _TOKEN.pack(*message, int((now + GOOD_FOR).timestamp()), nonce, _for(origin))
    token = signer.sign(_TOKEN_SALT, payload)
    query = "&".join(part for part in parts.query.split("&") if part and not part.startswith(f"{PARAMETER}="))
    return urlunsplit(parts._replace(query=f"{query}{'&' if query else ''}{PARAMETER}={token}"))


def recognise(
    database: Database, signer: Signer, token: str, origin: str, device: str, now: datetime, received: datetime | None
) -> str:
    """Tie a device to the person whom a token is about; returns the device's pass, or '' when the token says nothing."""
    try:
        abucket, message, until, nonce, audience = _unpack(_TOKEN, signer.unsign(_TOKEN_SALT, token))
    except BadTokenError:
        return ""
    if until < now.timestamp() or audience != _for(origin):
        return ""
    with database.begin("sign-up") as connection:
        address = _address(connection, abucket, message)
        if address is None:
            return ""
        if not limits.once(connection, signer, "visit", f"{message}|{nonce}", GOOD_FOR, now):
            return ""
        if limits.count(connection, signer, "message", str(message), PASS_LASTS, now) > BROWSERS:
            return ""
        write_arrivals(connection, [_met(device, address, message, nonce, now)], received)
    payload = _PASS.pack(abucket, message, int((now + PASS_LASTS).timestamp()), _for(device))
    return signer.sign(_PASS_SALT, payload)


def channels(database: Database, signer: Signer, key: str, device: str, now: datetime) -> Known:
    """What the holder of a pass may know: whether its own address, and what is proven to go with it, is subscribed.

    A number that was typed into a form beside the address proves nothing: it may be anybody's.
    """
    try:
        abucket, message, until, holder = _unpack(_PASS, signer.unsign(_PASS_SALT, key))
    except BadTokenError:
        return Known()
    if until < now.timestamp() or holder != _for(device):
        return Known()
    with database.read() as connection:
        address = _address(connection, abucket, message)
        if address is None:
            return Known()
        return Known(key, _told(connection, address))


def _told(connection: Connection, own: Address) -> tuple[str, ...]:
    return tuple(sorted({channel for (channel, _), subscribed in _proven(connection, own) if subscribed}))


def proven_with(database: Database, own: Address) -> list[Address]:
    """The other addresses of the same person that are proven to be, whatever they agreed to."""
    with database.read() as connection:
        return [address for address, _ in _proven(connection, own) if address != own]


def _proven(connection: Connection, own: Address) -> list[tuple[Address, bool]]:
    """An address and what is proven to go with it, each with whether it is subscribed."""
    person = connection.execute(queries.HOLDER, _place(own)).scalar()
    if person is None:
        return []
    where = {"bucket": bucket_of(person), "person": person}
    found = [
        ((str(row.channel), str(row.address)), row.marketing == "subscribed")
        for row in connection.execute(queries.ADDRESSES, where)
    ]
    if all(address == own for address, _ in found):
        return found
    ties, forms = _ties(connection, own), _forms(connection, own)
    return [
        (address, subscribed)
        for address, subscribed in found
        if address == own or ties & _ties(connection, address) or forms & _forms(connection, address)
    ]


def _ties(connection: Connection, address: Address) -> set[tuple[str, str]]:
    """The address, and the addresses and customer ids that are proven to go with it; not by what was typed or clicked."""
    servers = set(connection.execute(queries.SERVERS).scalars()) - {giving.SOURCE, SOURCE}
    rows = connection.execute(queries.TIES, _place(address) | {"sources": sorted(servers)})
    ties = {(row.other_kind, row.other_value) for row in rows if row.other_kind in _PERSONAL}
    return {(_KIND[address[0]], address[1])} | ties


def _forms(connection: Connection, address: Address) -> set[str]:
    where = _place(address) | {"channel": address[0], "source": giving.SOURCE}
    return set(connection.execute(queries.CONFIRMED_FORMS, where).scalars())


def _place(address: Address) -> dict[str, Any]:
    channel, value = address
    return {"abucket": abucket_of(value), "kind": _KIND[channel], "value": value}


def _met(device: str, address: tuple[str, str], message: int, nonce: int, at: datetime) -> Arrival:
    channel, value = address
    body = {"type": "identify", "anonymousId": device, "traits": {_KIND[channel]: value}}
    return Arrival(SOURCE, f"visit:{message}:{nonce}", "identify", at, False, body)


def _address(connection: Connection, abucket: int, message: int) -> tuple[str, str] | None:
    row = connection.execute(queries.MESSAGE_ADDRESS, {"abucket": abucket, "id": message}).one_or_none()
    return (row.channel, row.address) if row else None


def _unpack(form: struct.Struct, payload: bytes) -> tuple[Any, ...]:
    if len(payload) != form.size:
        raise BadTokenError
    return form.unpack(payload)


def _for(audience: str) -> bytes:
    """An origin or a device inside a token, in eight bytes."""
    return sha256(audience.encode()).digest()[:8]
