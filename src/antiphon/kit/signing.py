"""Short signed tokens for links that leave the house: unguessable, unforgeable, never expiring."""

import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

import itsdangerous

from antiphon.kit.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from hashlib import _Hash as HASH  # only type checkers know its name

KEY_BYTES = 32

_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class BadTokenError(NotFoundError):
    """A token that this installation did not sign, or not for this use."""

    def __init__(self) -> None:
        super().__init__("This link is not one of ours, or it was cut off.", "Copy the whole address from the message.")


class Signer:
    """Signs and checks tokens with one secret; ``salt`` keeps the uses of it apart.

    ``home`` is the directory in which the secret lies, where there is one.
    """

    def __init__(self, secret: bytes, home: Path | None = None) -> None:
        self._secret = secret
        self.home = home
        self._begun: dict[str, tuple[HASH, HASH]] = {}

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The signer whose secret lies in ``path``; made on first use, readable by its owner alone.

        Keep it with the backups: links in messages already sent work only with it.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path)
            secret = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"The key file {path} cannot be used: {error.strerror}.",
                "Set ANTIPHON_DATA_DIR to a directory of yours.",
            ) from error
        if len(secret) < KEY_BYTES:
            raise ConfigError(f"The key file {path} is damaged.", "Restore it from a backup: sent links need it.")
        return cls(secret, path.parent)

    def sign(self, salt: str, payload: bytes, size: int = 16) -> str:
        """A URL-safe token of ``payload`` and ``size`` bytes of its HMAC-SHA256."""
        return urlsafe_b64encode(self._mac(salt, payload)[:size] + payload).rstrip(b"=").decode()

    def unsign(self, salt: str, token: str, size: int = 16) -> bytes:
        """The payload of a token; raises :class:`BadTokenError` for anything that ``sign`` did not make."""
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (Base64Error, ValueError) as error:
            raise BadTokenError from error
        mac, payload = raw[:size], raw[size:]
        if len(mac) < size or not hmac.compare_digest(mac, self._mac(salt, payload)[:size]):
            raise BadTokenError
        return payload

    def _mac(self, salt: str, payload: bytes) -> bytes:
        begun = self._begun.get(salt)
        if begun is None:
            signer = itsdangerous.Signer(self._secret, salt=salt, key_derivation="hmac", digest_method=sha256)
            key = signer.derive_key().ljust(_BLOCK, b"\0")
            begun = self._begun[salt] = sha256(key.translate(_INNER)), sha256(key.translate(_OUTER))
        # HMAC of RFC 2104, its two key blocks hashed once: a quarter of the time, and a mail has nine tokens
        inner, outer = begun[0].copy(), begun[1].copy()
        inner.update(payload)
        outer.update(inner.digest())
        return outer.digest()


def _create(path: Path) -> None:
    """Write a new secret unless there is one; of two processes that try at once, one wins and both read the same."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
