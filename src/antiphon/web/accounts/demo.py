"""The demo's account: made on first use, entered by a link instead of a password."""

from datetime import datetime

from antiphon.store.db import Database
from antiphon.web.accounts import queries
from antiphon.web.accounts.secrets import new_token
from antiphon.web.accounts.sessions import create_sign_in_link
from antiphon.web.accounts.setup import add_owner

EMAIL = "demo@example.com"


def demo_sign_in(database: Database, now: datetime) -> str:
    """The path of a link that signs its reader in as the owner of the demo shop.

    The account's password is thrown away: in a demo, whoever reads the terminal is the owner.
    """
    add_owner(database, "Demo", EMAIL, new_token(), now)
    with database.read() as connection:
        account = connection.execute(queries.FIRST_ACCOUNT).scalar_one()
    return create_sign_in_link(database, account, now)
