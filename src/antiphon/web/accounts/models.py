"""Who looks at a page."""

from dataclasses import dataclass

from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor
from antiphon.web.accounts.permissions import PERMISSIONS, ROLES, allowed, needed
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
    session: str = ""  # the hash of the session's token
    masked: bool = False  # personal data is hidden from this viewer
    origin: str | None = None

    def may(self, permission: str) -> bool:
        return permission in allowed(self.role, masked=self.masked)

    def opens(self, path: str) -> bool:
        """Whether a page, by its route's path, is theirs to open."""
        return self.may(needed("GET", path))

    @property
    def actor(self) -> Actor:
        """As the audit log names them."""
        return Actor(self.email, "user", self.origin)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: ``token`` goes into the cookie and nowhere else."""

    token: str
    account: int


class NotSignedInError(Exception):
    """Nobody is signed in; the way on depends on whether the installation has an account yet."""


class NotAllowedError(AntiphonError):
    """Somebody is signed in whose role does not allow this."""

    status = 403

    def __init__(self, viewer: Viewer, permission: str) -> None:
        role = ROLES[viewer.role].name if viewer.role in ROLES else viewer.role
        hidden = viewer.masked and permission in ROLES[viewer.role].may
        what = "Personal data is hidden from you here" if hidden else f"Your role, {role}, does not include this"
        super().__init__(what, f"It takes a role with: {PERMISSIONS[permission]}. An owner can change roles.")
        self.permission = permission


class FormExpiredError(AntiphonError):
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This form is older than your session, so nothing was changed.",
            "Go back, reload the page and send it again.",
        )
