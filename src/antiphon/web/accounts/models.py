"""Who looks at a page."""

from dataclasses import dataclass

from antiphon.kit.errors import AntiphonError
from antiphon.web.times import Place


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, with what every page shows of the brand."""

    account: int
    email: str
    name: str
    role: str
    csrf: str
    brand: str
    place: Place  # the shop's


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: ``token`` goes into the cookie and nowhere else."""

    token: str
    account: int


class NotSignedInError(Exception):
    """Nobody is signed in; the way on depends on whether the installation has an account yet."""


class FormExpiredError(AntiphonError):
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This form is older than your session, so nothing was changed.",
            "Go back, reload the page and send it again.",
        )
