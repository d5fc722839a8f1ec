"""How many segments a campaign's text needs for each of some people."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from antiphon.campaigns import queries
from antiphon.campaigns.models import Campaign
from antiphon.campaigns.policy import content_of
from antiphon.content.fitting import Fit, fit
from antiphon.kit.buckets import bucket_of
from antiphon.store.keys import Ids, keys


def segments(
    connection: Connection, campaign: Campaign, people: Sequence[int], steps: Sequence[str]
) -> Mapping[int, int] | None:
    """By person, of the text of the step that stands beside them; None where it is the same for everybody."""
    fits = {step: _fit(campaign, step) for step in set(steps)}
    if not any(each.names for each in fits.values()):
        return None
    names = sorted(set().union(*(each.names for each in fits.values())))
    given = {"buckets": keys([bucket_of(person) for person in people]), "people": Ids(people), "names": names}
    told: dict[int, dict[str, int]] = {}
    for row in connection.execute(queries.SHOWN, given):
        needed = {step: each.segments(row.traits) for step, each in fits.items()}
        told |= dict.fromkeys(row.people, needed)
    anyone = {step: each.most for step, each in fits.items()}
    return {person: told.get(person, anyone)[step] for person, step in zip(people, steps, strict=True)}


def _fit(campaign: Campaign, step: str) -> Fit:
    sms = content_of(campaign, step).sms
    return fit(sms.text) if sms is not None else Fit("", frozenset())
