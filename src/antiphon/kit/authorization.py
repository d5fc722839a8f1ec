"""What the header ``Authorization`` shows."""

import base64
import binascii


def basic_user(header: str) -> str:
    """The user name of basic auth; '' where there is none that can be read."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def shown_secret(header: str) -> str:
    """A bearer's secret, or the same as the user name of basic auth; '' where neither can be read."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else basic_user(header)
