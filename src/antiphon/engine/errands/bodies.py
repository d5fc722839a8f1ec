"""What calls say: the bodies of claimed errands, with their templates compiled once per version and step."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers.naming import named_in
from antiphon.catalogue.offers.rendering import values_of
from antiphon.content.context import Brand, Recipient, best_status
from antiphon.content.templates import Template, TemplateError
from antiphon.delivery.facts import read_brands
from antiphon.engine.errands import queries
from antiphon.engine.errands.calling import default_body, filled, parsed, request_of
from antiphon.engine.errands.models import Answer, Calls, Errand, Request
from antiphon.engine.errands.reading import Pointers, pointers_of
from antiphon.journeys.steps.call import CallStep
from antiphon.kit.signing import Signer

_Known = Sequence[tuple[Errand, CallStep]]
_BRAND = 1


class Bodies:
    """Makes requests of errands."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._templates: dict[tuple[int, str], dict[str, Template] | TemplateError] = {}

    def made(self, connection: Connection, errands: _Known, now: datetime) -> Calls:
        """The requests of ``errands``, and those of which no body can be made."""
        if not errands:
            return Calls()
        pointers = pointers_of(connection, [one for one, _ in errands])
        own = [(one, step) for one, step in errands if step.body is not None]
        recipients = _recipients(connection, own, now)
        brand = read_brands(connection)[_BRAND].brand if own else None
        calls = Calls()
        for one, step in errands:
            try:
                request = self._request(one, step, pointers, recipients.get(one.key), brand, now)
            except TemplateError as error:
                calls.refused.append((one, Answer(error=error.what, hopeless=True)))
            else:
                calls.requests.append((one, request))
        return calls

    def _request(
        self,
        one: Errand,
        step: CallStep,
        pointers: Pointers,
        recipient: Recipient | None,
        brand: Brand | None,
        now: datetime,
    ) -> Request:
        if recipient is None or brand is None:
            body = default_body(one, pointers.get(one.who, ()))
        else:
            body = filled(self._compiled(one, step), one, recipient, brand)
        return request_of(self._signer, one, step, body, now)

    def _compiled(self, one: Errand, step: CallStep) -> dict[str, Template]:
        key = one.version, one.step
        if key not in self._templates:
            try:
                self._templates[key] = parsed(step)
            except TemplateError as error:
                self._templates[key] = error
        found = self._templates[key]
        if isinstance(found, TemplateError):
            raise TemplateError(found.what, found.hint)
        return found


def _recipients(connection: Connection, errands: _Known, now: datetime) -> dict[Any, Recipient]:
    """Whom the bodies of their own speak of, by the errand's key."""
    if not errands:
        return {}
    people = sorted({one.who for one, _ in errands})
    states: defaultdict[tuple[int, int, str], list[str]] = defaultdict(list)
    given = {"buckets": [bucket for bucket, _ in people], "people": [person for _, person in people]}
    for row in connection.execute(queries.ADDRESSES, given):
        states[row.bucket, row.person, row.channel].append(row.marketing)
    named = frozenset[str]().union(*(named_in({"body": step.body}) for _, step in errands))
    codes = values_of(connection, people, named, now)
    return {
        one.key: Recipient(
            one.traits, best_status(states[*one.who, "email"]), best_status(states[*one.who, "sms"]),
            codes.get(one.who, {}),
        )
        for one, _ in errands
    }  # fmt: skip
