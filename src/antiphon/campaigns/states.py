"""What is done with a campaign as a whole: saved, launched, paused, resumed, cancelled.

Each is a command (``engine.commands``): one process at a time carries them out, so that of many clicks one launches.
"""

import hashlib
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Row

from antiphon.campaigns import queries
from antiphon.campaigns.check import check_segments, completed
from antiphon.campaigns.kept import Kept, earlier_of, find
from antiphon.campaigns.models import Campaign
from antiphon.campaigns.source import CampaignError, placed, read_campaign
from antiphon.campaigns.windows import times
from antiphon.kit.definitions import errors_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.problems import Problem

#: States in which it can still be changed.
OPEN = ("draft", "reviewed")
_AGAIN = "Mend that, then review it again."
LAUNCHED = ("planning", "sending", "paused", "done")


#: Addresses of pages that stand beside those of campaigns.
TAKEN = frozenset({"new", "look"})


def save(
    connection: Connection, source: str, by: str, now: datetime, *, base: str | None = None, lenient: bool = False
) -> dict[str, Any]:
    """Keep a file as a draft; unchanged, it keeps its review. Raises ``CampaignError`` with everything that is wrong.

    ``base`` is the digest of what was changed, '' where there was nothing: what somebody else has made of it meanwhile is not
    lost. ``lenient`` keeps a file that names what is not there, with its ``problems``: it cannot be launched so.
    """
    whole, errors = read_whole(connection, source)
    name = whole.campaign
    error = CampaignError(placed(source, errors), f"Campaign `{name}`") if errors else None
    if error is not None and not lenient:
        raise error
    if name in TAKEN:
        raise AntiphonError(f"A campaign cannot be called `{name}`: a page is.", "Give it another name.")
    row = connection.execute(queries.BY_SLUG, {"slug": name}).first()
    if base is not None:
        _check_base(row, name, base)
    definition = whole.model_dump(mode="json", by_alias=True, exclude_unset=True)
    values = {"slug": name, "name": whole.name, "definition": Jsonb(definition), "source": source}
    values |= {"sha256": digest_of(whole), "now": now, "by": by, "error": str(error) if error else None}
    changed = row is None or row.sha256 != values["sha256"]
    if row is None:
        connection.execute(queries.ADD, values)
    elif changed and row.state not in OPEN:
        raise AntiphonError(
            f"`{name}` is {row.state}: what it says does not change any more.", "Give this one another name."
        )
    elif changed or error is not None:
        connection.execute(queries.CHANGE, values | {"id": row.id})
    state = "draft" if changed or row is None or error is not None else row.state
    return {"campaign": name, "changed": changed, "state": state} | ({"problems": str(error)} if error else {})


def read_whole(connection: Connection, source: str) -> tuple[Campaign, list[Problem]]:
    """A file with the emails of the library that it names, and what this installation lacks for it.

    Raises ``CampaignError`` where the file itself is not good.
    """
    whole, problems = completed(connection, read_campaign(source))
    return whole, errors_of(problems)


def digest_of(whole: Campaign) -> str:
    return hashlib.sha256(whole.model_dump_json(by_alias=True, exclude_unset=True).encode()).hexdigest()


def _check_base(row: Row[Any] | None, name: str, base: str) -> None:
    if not base and row is not None:
        raise AntiphonError(f"There is a campaign `{name}` already.", "Give this one another name.")
    if row is not None and row.sha256 != base:
        raise AntiphonError(
            f"{row.changed_by} has changed `{name}` since you opened it.",
            "Open it again; what you typed stands here still.",
        )


def keep_review(
    connection: Connection, slug: str, sha256: str, review: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """A review counts for what was reviewed, not for what somebody has made of it meanwhile."""
    known = find(connection, slug)
    values = {"id": known.id, "sha256": sha256, "review": Jsonb(review), "now": now}
    if not connection.execute(queries.REVIEWED, values).rowcount:
        raise AntiphonError(f"`{slug}` was changed or launched meanwhile.", "Review it again.")
    return {"campaign": slug, "state": "reviewed"}


def keep_failure(connection: Connection, slug: str, sha256: str, error: str) -> dict[str, Any]:
    """Why a review came to nothing: what was reviewed so cannot be launched until it is reviewed well."""
    known = find(connection, slug)
    connection.execute(queries.REVIEW_FAILED, {"id": known.id, "sha256": sha256, "error": error})
    return {"campaign": slug, "problems": error}


def launch(connection: Connection, slug: str, by: str, now: datetime, sha256: str | None = None) -> dict[str, Any]:
    """Launch what was reviewed; ``launched`` is false where it was before. ``sha256``: of what somebody saw reviewed."""
    known = _saved(connection, slug)
    state = known.row.state
    if state in LAUNCHED:
        return {"campaign": slug, "state": state, "launched": False}
    if state == "cancelled":
        raise AntiphonError(f"`{slug}` was cancelled.", "Give it another name, review it and launch that.")
    if known.row.review_error is not None:
        raise AntiphonError(
            f"The review of `{slug}` failed, so it cannot be launched. {known.row.review_error}", _AGAIN
        )
    if sha256 is not None and known.row.sha256 != sha256:
        raise AntiphonError(
            f"{known.row.changed_by} has changed `{slug}` since you reviewed it.", "Look at its review again."
        )
    if state != "reviewed":
        raise AntiphonError(f"`{slug}` was not reviewed as it is now.", f"`antiphon campaigns review {slug}` does.")
    problems = check_segments(known.campaign, connection.execute(queries.SEGMENT_NAMES).scalars().all())
    if problems:
        raise CampaignError(placed(known.row.source, problems), f"Campaign `{slug}`")
    when = times(known.campaign, connection.execute(queries.BRAND).one().zone, now, earlier_closes(connection, known))
    values = {"id": known.id, "now": now, "by": by, "gather_at": when.gather, "plan_at": when.plan}
    values |= {"opens_at": when.opens, "closes_at": when.closes}
    if not connection.execute(queries.LAUNCH, values).rowcount:
        return {"campaign": slug, "state": "planning", "launched": False}
    if known.campaign.throttle is not None:
        pace = {"id": known.id, "per_hour": known.campaign.throttle, "opens_at": when.opens}
        connection.execute(queries.SET_PACE, pace)
    return {"campaign": slug, "state": "planning", "launched": True, "opens_at": when.opens.isoformat()}


def _saved(connection: Connection, slug: str) -> Kept:
    try:
        return find(connection, slug)
    except NotFoundError as error:
        raise NotFoundError(
            error.what,
            "A file is saved by `antiphon campaigns review FILE`; one that is not good is not, and `antiphon campaigns check "
            "FILE` tells why.",
        ) from None


def earlier_closes(connection: Connection, known: Kept) -> datetime | None:
    """When the window of the campaign ends that it follows. Raises ``AntiphonError`` where that one was never launched."""
    earlier = earlier_of(connection, known.campaign)
    if earlier is None:
        return None
    if earlier.row.launched_at is None:
        raise AntiphonError(
            f"`{earlier.campaign.campaign}`, which it follows, was not launched.", "Launch that one first."
        )
    return earlier.closes


def pause(connection: Connection, slug: str, now: datetime) -> dict[str, Any]:
    """Nothing of it is planned or handed over any more until it goes on. Repeated, it changes nothing."""
    known = find(connection, slug)
    if known.row.state in {"planning", "sending"}:
        connection.execute(queries.PAUSE, {"id": known.id, "now": now})
    elif known.row.state != "paused":
        raise AntiphonError(f"`{slug}` is {known.row.state}: there is nothing to pause.")
    return {"campaign": slug, "state": "paused"}


def resume(connection: Connection, slug: str, now: datetime) -> dict[str, Any]:
    """Go on after a pause, or after an error that was mended."""
    known = find(connection, slug)
    state = known.row.state
    if state == "paused":
        connection.execute(queries.RESUME, {"id": known.id, "now": now})
        state = known.row.paused_in
    elif state in {"planning", "sending"} and known.row.held_error is not None:
        connection.execute(queries.HOLD, {"id": known.id, "error": None})
    elif state not in {"planning", "sending"}:
        raise AntiphonError(f"`{slug}` is {state}: it cannot go on.")
    return {"campaign": slug, "state": state}


def cancel(connection: Connection, slug: str, now: datetime) -> dict[str, Any]:
    """What was not handed over never leaves. For good; repeated, it changes nothing."""
    known = find(connection, slug)
    state = known.row.state
    if state == "done":
        raise AntiphonError(f"`{slug}` is done: nothing of it waits any more.")
    if state != "cancelled":
        waking = None if known.row.launched_at is None else 0
        connection.execute(queries.CANCEL, {"id": known.id, "now": now, "waking": waking})
    return {"campaign": slug, "state": "cancelled"}
