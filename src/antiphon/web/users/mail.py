"""Mail from the product to its own users, by the email sender of the shop."""

from antiphon.delivery import throttle
from antiphon.delivery.providers.base import Outgoing, ProviderError
from antiphon.delivery.providers.registry import opened
from antiphon.kit.buckets import abucket_of, hash64
from antiphon.web.context import WebContext
from antiphon.web.users import queries


def send(context: WebContext, address: str, subject: str, body: str, key: str) -> str | None:
    """Send one mail now; ``key`` makes its Message-ID. Returns why it did not go out, ``None`` when it did.

    Without a mail server nothing leaves: the Sandbox would keep the link for everybody who may look there.
    """
    senders = throttle.chosen(throttle.read_senders(context.database))
    sender = next((one for one in senders if one.channel == "email"), None)
    if sender is None or sender.provider == "sandbox":
        return "No mail server is set under Settings."
    with context.database.read() as connection:
        brand = connection.execute(queries.BRAND).one()
    number, abucket = hash64(key), abucket_of(address)
    mail = Outgoing(number, abucket, "email", address, brand.from_email, brand.from_name, subject, body)
    try:
        with opened(sender, context.database) as provider:
            (outcome,) = provider.send([mail], context.clock())
    except ProviderError as error:
        return error.message
    return None if outcome.result == "accepted" else outcome.error or "The mail server did not take it."
