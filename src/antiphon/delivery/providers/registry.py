"""Providers by the name that a sender's row gives."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from antiphon.delivery.loop import LoopThread
from antiphon.delivery.providers.base import Provider, ProviderError
from antiphon.delivery.providers.sandbox import Sandbox
from antiphon.delivery.providers.smtp import Run, Smtp
from antiphon.delivery.throttle import Sender
from antiphon.kit.faults import fault, own_words
from antiphon.store.db import Database


@contextmanager
def opened(sender: Sender, database: Database) -> Iterator[Provider]:
    """The provider of a sender for a moment, on a loop of its own; raises as ``build`` does."""
    loop = LoopThread(f"once-{sender.id}")
    try:
        provider = build(sender, database, loop.run)
        try:
            yield provider
        finally:
            provider.close()
    finally:
        loop.close()


def build(sender: Sender, database: Database, run: Run) -> Provider:
    """The provider of a sender; raises :class:`ProviderError` when its settings make none."""
    try:
        match sender.provider:
            case "sandbox":
                return Sandbox(database, sender.settings)
            case "smtp":
                return Smtp(sender.settings, run)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"The setting {place} of sender {sender.id} is not possible: {own_words(first) or f'it {fault(first)}.'}"
        raise ProviderError(f"{what} Mend it in Settings.", permanent=True) from None
    raise ProviderError(f"Sender {sender.id} names a provider {sender.provider!r} that there is not.", permanent=True)
