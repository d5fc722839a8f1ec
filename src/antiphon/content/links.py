"""Links in messages: redirects that tell who clicked, and the way out of a list.

A click's token holds the message and the number of the link; where it leads stands in the message's log, so that nobody
can bend it and a text stays short. An unsubscribe token holds the address itself: it must work when all else is gone.
"""

import json
import re
import struct
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from antiphon.kit.buckets import BUCKETS
from antiphon.kit.signing import BadTokenError, Signer

#: The message's id, the place of its abucket among the buckets, the number of the link: 10 bytes. With 6 of the signature they
#: are 22 characters. Of all tokens of one message and link 1 in 2^48 is right: who tries 1,000 a second for a year has 1 chance
#: in 9,000, for one link of one message whose id (64 bits of a hash) they know. All that it gives is that link's redirect.
_CLICK, _CLICK_SALT, _CLICK_MAC = struct.Struct(">qBB"), "antiphon.c", 6
#: As they were until November 2026, 26 characters: links that were sent go on working.
_LONG_CLICK, _LONG_CLICK_SALT, _LONG_CLICK_MAC = struct.Struct(">hqB"), "antiphon.click", 8
_LONG_CLICK_LENGTH = 26
_MAIL, _MAIL_SALT, _MAIL_MAC = struct.Struct(">hq"), "antiphon.mail", 8
_PLACES = {bucket: place for place, bucket in enumerate(BUCKETS)}

#: Characters of a link behind its base URL, and at most of the way to the preferences of a phone number (E.164, 16 characters).
LINK_TAIL, PREFERENCES_TAIL = len("/c/") + 22, len("/preferences/") + 67
_OPEN, _OPEN_SALT, _OPEN_MAC = struct.Struct(">hq"), "antiphon.open", 8
_OUT_SALT = "antiphon.unsubscribe"
_HOLDER_SALTS = {"confirm": "antiphon.confirm", "preferences": "antiphon.preferences"}

#: A link of an email: what stands before the quotes, and what stands in them.
#: Another link's beginning ends the search, so that many of them without an end are gone through once.
HREF = re.compile(r'(<a\b(?:[^<>]|<(?!a\b))*?\bhref=)"([^"]*)"', re.IGNORECASE)
#: A web address in a text; a mark behind it is the sentence's.
URL = re.compile(r"""https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]""", re.IGNORECASE)
_SAFE = re.compile(r"(https?://|mailto:|tel:|sms:|#)", re.IGNORECASE)

MOST_LINKS = 255
#: The number of the link that no person can see: whatever follows it is no person.
TRAP = 255

_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_MARKED = re.compile("[&<>\"']").search


@dataclass(frozen=True, slots=True)
class ClickedLink:
    abucket: int
    message: int
    number: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an unsubscribe link ends: the mail to one address, told by one message."""

    channel: str
    address: str
    brand: int
    message: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds an address, to one brand. Says nothing of what the address has agreed to."""

    channel: str
    address: str
    brand: int


def holder_token(signer: Signer, use: str, holder: Holder) -> str:
    """The token of a page for the holder of an address; ``use`` is confirm or preferences."""
    payload = _json([holder.channel, holder.address, holder.brand])
    return signer.sign(_HOLDER_SALTS[use], payload.encode())


def read_holder(signer: Signer, use: str, token: str) -> Holder:
    fields: list[Any] = json.loads(signer.unsign(_HOLDER_SALTS[use], token))
    return Holder(*fields)


@dataclass(frozen=True, slots=True)
class MailedOut:
    """The message whose reader mails to leave."""

    abucket: int
    message: int


def mail_token(signer: Signer, abucket: int, message: int) -> str:
    """A token for an address's local part: 29 letters and digits, because mail servers may change the case."""
    signed = signer.sign(_MAIL_SALT, _MAIL.pack(abucket, message), _MAIL_MAC)
    return b32encode(urlsafe_b64decode(signed + "=" * (-len(signed) % 4))).decode().rstrip("=").lower()


def read_mail_token(signer: Signer, token: str) -> MailedOut:
    try:
        raw = b32decode(token.upper() + "=" * (-len(token) % 8))
    except (Base64Error, ValueError) as error:
        raise BadTokenError from error
    payload = signer.unsign(_MAIL_SALT, urlsafe_b64encode(raw).decode(), _MAIL_MAC)
    if len(payload) != _MAIL.size:
        raise BadTokenError
    return MailedOut(*_MAIL.unpack(payload))


def read_click(signer: Signer, token: str) -> ClickedLink:
    """The link that a token stands for; raises :class:`BadTokenError` for one that was not signed here."""
    if len(token) == _LONG_CLICK_LENGTH:
        payload = signer.unsign(_LONG_CLICK_SALT, token, _LONG_CLICK_MAC)
        return ClickedLink(*_LONG_CLICK.unpack(_sized(payload, _LONG_CLICK)))
    message, place, number = _CLICK.unpack(_sized(signer.unsign(_CLICK_SALT, token, _CLICK_MAC), _CLICK))
    return ClickedLink(BUCKETS[place], message, number)


def _sized(payload: bytes, of: struct.Struct) -> bytes:
    if len(payload) != of.size:
        raise BadTokenError
    return payload


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """The email whose picture was asked for."""

    abucket: int
    message: int


def read_open(signer: Signer, token: str) -> OpenedMail:
    return OpenedMail(*_OPEN.unpack(_sized(signer.unsign(_OPEN_SALT, token, _OPEN_MAC), _OPEN)))


def unsubscribe_token(signer: Signer, out: Subscription) -> str:
    payload = _json([out.channel, out.address, out.brand, out.message])
    return signer.sign(_OUT_SALT, payload.encode())


def read_unsubscribe(signer: Signer, token: str) -> Subscription:
    fields: list[Any] = json.loads(signer.unsign(_OUT_SALT, token))
    return Subscription(*fields)


def prepared(value: str) -> tuple[str, str]:
    """What stands between a link's quotes in HTML: as it stays for everybody, in quotes, or else the address to redirect to."""
    url = unescape(value).strip()
    if not _SAFE.match(url):
        return '"#"', ""
    return ("", url) if url.lower().startswith("http") else (f'"{value}"', "")


@dataclass(slots=True)
class Links:
    """The links of one message as it is rendered: ``urls`` in the order of their numbers."""

    signer: Signer
    base_url: str
    abucket: int
    message: int
    urls: list[str] = field(default_factory=list)
    untouched: frozenset[str] = frozenset()
    _made: dict[str, str] = field(default_factory=dict)

    def short(self, url: str) -> str:
        """The redirect to ``url``; the same for the same address, and beyond 255 of them the address itself."""
        if url not in self._made:
            self._made[url] = self._short(url)
        return self._made[url]

    def open_url(self) -> str:
        """The picture by which an email tells that it was opened."""
        payload = _OPEN.pack(self.abucket, self.message)
        return f"{self.base_url}/o/{self.signer.sign(_OPEN_SALT, payload, _OPEN_MAC)}"

    def trap_url(self) -> str:
        """The link that no person can see."""
        return self._redirect(TRAP)

    def forget(self, kept: int) -> None:
        """Of the links so far only the first ``kept`` stay: the rest was rendered for nothing."""
        del self.urls[kept:]
        self._made.clear()

    def _short(self, url: str) -> str:
        if url in self.untouched or url.startswith(f"{self.base_url}/c/"):
            return url
        if url not in self.urls:
            if len(self.urls) == MOST_LINKS:
                return url
            self.urls.append(url)
        return self._redirect(self.urls.index(url))

    def _redirect(self, number: int) -> str:
        payload = _CLICK.pack(self.message, _PLACES[self.abucket], number)
        return f"{self.base_url}/c/{self.signer.sign(_CLICK_SALT, payload, _CLICK_MAC)}"

    def in_html(self, html: str) -> str:
        """Rewrite each link of an email; what is neither web, mail nor phone leads nowhere."""
        return HREF.sub(lambda match: match[1] + self.attribute(match[2]), html)

    def attribute(self, value: str) -> str:
        """The address of a link as it stands in HTML, rewritten and in quotes."""
        fixed, url = prepared(value)
        return fixed or self.quoted(url)

    def quoted(self, url: str) -> str:
        """The redirect to ``url`` in quotes, for HTML."""
        found = self.short(url)
        return f'"{escape(found) if _MARKED(found) else found}"'

    def in_text(self, text: str) -> str:
        """Rewrite each web address of a text; looked for by its ``://``, which is faster than a search for the pattern."""
        parts: list[str] = []
        end, colon = 0, text.find("://")
        while colon >= 0:
            # https is looked for first: it begins further left
            match = URL.match(text, colon - 5) if colon - 5 >= end else None
            if not match and colon - 4 >= end:
                match = URL.match(text, colon - 4)
            if match:
                parts += (text[end : match.start()], self.short(match[0]))
                end = match.end()
            colon = text.find("://", max(colon + 3, end))
        return "".join((*parts, text[end:])) if parts else text
