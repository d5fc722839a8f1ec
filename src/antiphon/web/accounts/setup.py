"""The first run: whoever holds the link that the process printed becomes the owner."""

from datetime import datetime
from hmac import compare_digest
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.kit.zones import zone_id
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.web.accounts import queries
from antiphon.web.accounts.models import SignedIn
from antiphon.web.accounts.secrets import SHORTEST_PASSWORD, hash_password, new_token, token_hash
from antiphon.web.accounts.sessions import start_session

_KEY = "setup"
_SAVE = queries.SAVE_SETTING.bindparams(bindparam("value", type_=JSONB))


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error


def _known_zone(value: str) -> str:
    if zone_id(value) is None:
        raise ValueError("Choose one of the list, such as America/New_York.")
    return value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
EmailAddress = Annotated[Line, AfterValidator(_email)]
ZoneName = Annotated[Line, AfterValidator(_known_zone)]


class BrandForm(BaseModel):
    """Whose name messages carry."""

    model_config = ConfigDict(frozen=True)

    brand: Line
    from_name: Line
    from_email: EmailAddress
    postal_address: Line
    zone: ZoneName


class SetupForm(BrandForm):
    """The owner and the brand, in one go."""

    name: Line
    email: EmailAddress
    password: Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=200)]


def has_account(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.execute(queries.HAS_ACCOUNT).scalar_one())


def setup_path(database: Database, now: datetime) -> str | None:
    """The path of a new set-up link, which ends any older one; ``None`` once there is an account."""
    if has_account(database):
        return None
    token = new_token()
    with database.begin("settings") as connection:
        connection.execute(_SAVE, {"key": _KEY, "value": token_hash(token), "now": now, "who": "process"})
    return f"/setup?token={token}"


def token_fits(database: Database, token: str) -> bool:
    with database.read() as connection:
        stored = connection.execute(queries.SETTING, {"key": _KEY}).scalar_one_or_none()
    return isinstance(stored, str) and compare_digest(stored, token_hash(token))


def add_owner(database: Database, name: str, email: str, password: str, now: datetime) -> SignedIn | None:
    """The first account and its session; ``None`` when somebody else has become the owner meanwhile."""
    with database.begin("accounts") as connection:
        connection.execute(queries.LOCK_ACCOUNTS)
        if connection.execute(queries.HAS_ACCOUNT).scalar_one():
            return None
        values = {
            "email": email.strip().lower(),
            "name": name,
            "password_hash": hash_password(password),
            "role": "owner",
            "state": "active",
            "now": now,
        }
        account = connection.execute(queries.ADD_ACCOUNT, values).scalar_one()
        record(connection, now, Actor(email, "user"), "accounts", "owner account made", f"user {email}")
        return start_session(connection, account, now)


def set_up(database: Database, form: SetupForm, now: datetime) -> SignedIn | None:
    """Make the owner, name the brand, end the link."""
    signed_in = add_owner(database, form.name, form.email, form.password, now)
    if signed_in is not None:
        save_brand(database, form, Actor(form.email, "user"), now)
    return signed_in


def save_brand(database: Database, form: BrandForm, who: Actor, now: datetime) -> None:
    with database.begin("settings") as connection:
        values = {
            "name": form.brand,
            "from_name": form.from_name,
            "from_email": form.from_email,
            "postal_address": form.postal_address,
            "zone": zone_id(form.zone),
        }
        connection.execute(queries.NAME_BRAND, values)
        connection.execute(queries.DROP_SETTING, {"key": _KEY})
        record(connection, now, who, "settings", "brand saved", "brand 1", after=values | {"zone": form.zone})
