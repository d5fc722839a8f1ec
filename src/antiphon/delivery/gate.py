"""The last gate: whether one message may leave at ``now``, from what is known where its address lives.

Rules, each with the id that is written beside what it stopped:

- ``duplicate``, ``exit``, ``expired``, ``erased``
- ``journey.archived`` cancels; ``journey.paused`` defers, a little each time, until it goes on or the message expires
- ``campaign.cancelled`` cancels; ``campaign.paused`` defers as long as the message may, for going on wakes it; the claim
  itself applies ``campaign.throttle`` (``delivery.pace``), a merge of two people ``campaign.merged`` (``delivery.recall``)
- ``backup.restored``: it was due before an old backup was restored and may have been sent since; held for a human
- ``suppression.<reason>``: STOP and its kin. It bars everything on that address and channel; a transactional email is
  barred by a hard bounce or a complaint only.
- service messages (``content.service``) answer the person, so that neither hours nor spacing nor consent hold them. The
  one confirmation of a STOP and the answers to HELP pass a suppression; a request by email to confirm a new sign-up passes
  an older unsubscribe; nothing else does. ``cap.service_24h``
- ``preference.paused``: the person asked for a pause
- ``recover.answered``, ``consent.email``: the text of a ``recover`` step, whose person answered to the emails after all, or
  left them
- ``consent.missing``, ``consent.pending``, ``consent.unsubscribed``, ``consent.expired``, ``consent.cart``
- ``carrier.48h``, ``carrier.one_text``: abandonment texts (all US carriers)
- ``quiet_hours.<channel>``, ``spacing.<channel>``, ``cap.<channel>_24h``: these defer, or drop what would be too late
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from antiphon.content.service import kind_of
from antiphon.decisions.settings import BrandSettings
from antiphon.delivery.models import ERASED, PASS, SPENT, ConsentState, Facts, Message, Owner, Sent, Verdict
from antiphon.rules import quiet
from antiphon.rules.area import laws_of, zones_in, zones_of

CARRIER_WINDOW = timedelta(hours=48)
DAY = timedelta(hours=24)
ENDED = frozenset({"exited", "merged", "cancelled", ERASED})

RESTORED = "backup.restored"
CANCELLED, PAUSED = "campaign.cancelled", "campaign.paused"

#: Most service messages to one address in 24 hours, against machines that answer machines.
SERVICE_CAP = 10

_NEVER = ConsentState()
_HARD = frozenset({"hard bounce", "complaint"})
_ROUNDS = 16
#: How often a message of a paused journey is looked at again.
_PAUSED = timedelta(minutes=10)
#: How far a message of a paused campaign is put off, and how long before its end it is looked at for the last time.
_PUT_OFF, _LAST = timedelta(hours=6), timedelta(minutes=1)


def judge_in_turn(
    messages: Iterable[tuple[Message, Facts]], now: datetime, settings: Mapping[int, BrandSettings]
) -> list[tuple[Message, Verdict]]:
    """Judge a batch one after another: what passes counts against what follows to the same address."""
    passed: dict[tuple[str, str], list[Sent]] = {}
    texts: dict[tuple[str, str], Owner] = {}
    keys: dict[object, int] = {}
    found = []
    for message, known in sorted(messages, key=lambda pair: (pair[0].due_at, pair[0].id)):
        place, text = (message.channel, message.address), (message.address, message.occasion_key)
        facts = replace(
            known,
            sent=(*known.sent, *passed.get(place, ())),
            text_owner=texts.get(text, known.text_owner),
            key_owner=keys.get((message.address, message.key), known.key_owner),
        )
        verdict = judge(message, facts, now, settings[message.brand])
        if verdict.action == "pass":
            keys[message.address, message.key] = message.id
            if message.promotional or message.service:
                sent = Sent(
                    message.id, now, message.person, abandonment=message.abandonment_text, service=message.service
                )
                passed.setdefault(place, []).append(sent)
            if message.abandonment_text:
                texts[text] = Owner(message.id, "claimed")
        found.append((message, verdict))
    return found


def judge(message: Message, facts: Facts, now: datetime, settings: BrandSettings) -> Verdict:
    """The verdict on one message from all rules."""
    if facts.key_owner not in {None, message.id}:
        return Verdict("drop", "duplicate", detail={"of": facts.key_owner})
    found = barred(message, facts, now) or _carrier(message, facts, now) or _restored(message, facts)
    if found is None and message.service:
        return _service_cap(message, facts, now) or PASS
    return found or _when(message, facts, now, settings)


def _restored(message: Message, facts: Facts) -> Verdict | None:
    """Only what is planned: what a human let go is due."""
    before = facts.hold_before
    if before is None or message.state != "planned" or message.due_at > before:
        return None
    return Verdict("hold", RESTORED, detail={"witnessed_until": before.isoformat()})


def last_look(message: Message, facts: Facts, now: datetime, settings: BrandSettings) -> Verdict | None:
    """What bars a message just before the wire: what has changed since the claim, and the hours, for time went on."""
    found = barred(message, facts, now)
    if found is not None:
        return found
    closed = None if message.service else _hours(message, facts, now, settings)
    if closed is None:
        return None
    if closed.until is None:
        return Verdict("drop", closed.rule, detail=closed.detail)
    return _unless_too_late(message, closed, closed.until)


def barred(message: Message, facts: Facts, now: datetime) -> Verdict | None:
    """What may change between claim and wire: exits, expiry, suppression, consent, a pause."""
    if ended := _ended(message, facts):
        return ended
    if message.expires_at is not None and now >= message.expires_at:
        return Verdict("drop", "expired", detail={"expires_at": message.expires_at.isoformat()})
    if facts.suppressed and not _passes(message, facts):
        rule = f"suppression.{facts.suppressed.replace(' ', '_')}"
        return Verdict("cancel", rule, detail={"address": message.address})
    found = _consent(message, facts, now) or _kept_back(message, facts) or _paused(message, facts, now)
    if found is None and facts.journey_state == "paused":
        return _stands_still(message, now)
    return found


def _ended(message: Message, facts: Facts) -> Verdict | None:
    """By the end of what planned it."""
    if facts.journey_state == "archived":
        return Verdict("cancel", "journey.archived", detail={"journey": message.journey})
    if facts.journey_state == "cancelled":
        return Verdict("cancel", CANCELLED, detail={"campaign": -message.journey})
    if facts.run_outcome in ENDED:
        rule = "erased" if facts.run_outcome == ERASED else "exit"
        return Verdict("cancel", rule, detail={"run": message.run, "outcome": facts.run_outcome})
    return None


def _stands_still(message: Message, now: datetime) -> Verdict:
    """By a pause of what planned it."""
    if message.journey < 0:
        return _put_off(message, now)
    paused = Verdict("defer", "journey.paused", now + _PAUSED, {"journey": message.journey})
    return _unless_too_late(message, paused, now + _PAUSED)


def _put_off(message: Message, now: datetime) -> Verdict:
    """Of a paused campaign: a million messages must not be looked at every few minutes, and none lost by being put off."""
    until, last = now + _PUT_OFF, None if message.expires_at is None else message.expires_at - _LAST
    if last is not None and now < last < until:
        until = last
    return _unless_too_late(message, Verdict("defer", PAUSED, until, {"campaign": -message.journey}), until)


def _passes(message: Message, facts: Facts) -> bool:
    """Whether a message may reach an address that is suppressed."""
    sms, reason = message.channel == "sms", facts.suppressed
    if reason in _HARD or message.promotional:
        return False
    if not message.service:
        return not sms or reason == "preference"
    kind, _ = kind_of(message.step)
    if sms:
        return kind == "help" or (kind == "stop" and reason == "stop")
    # a form asked for it after the person had left: without the request nobody could come back to a mailing
    return kind == "confirm" and facts.suppressed_at is not None and facts.suppressed_at < message.occasion_at


def _service_cap(message: Message, facts: Facts, now: datetime) -> Verdict | None:
    day = [one.at for one in facts.sent if one.service and one.message != message.id and one.at > now - DAY]
    if len(day) < SERVICE_CAP:
        return None
    return Verdict("drop", "cap.service_24h", detail={"cap": SERVICE_CAP, "sent": [at.isoformat() for at in day]})


def _kept_back(message: Message, facts: Facts) -> Verdict | None:
    return None if facts.kept_back is None else Verdict("cancel", facts.kept_back, detail={"run": message.run})


def _paused(message: Message, facts: Facts, now: datetime) -> Verdict | None:
    """The person's own wish; what was bought is told all the same."""
    until = facts.consent.get("marketing", _NEVER).paused_until
    if not message.promotional or until is None or until <= now:
        return None
    return _unless_too_late(message, Verdict("defer", "preference.paused", until), until)


def _consent(message: Message, facts: Facts, now: datetime) -> Verdict | None:
    if message.service:
        kind, _ = kind_of(message.step)
        known = {given.state for given in facts.consent.values()} & {"pending", "subscribed"}
        if kind == "code":  # what it tells is an advertisement
            known = {"subscribed"} & {facts.consent.get("marketing", _NEVER).state}
        free = known or kind in {"stop", "help"}
        return None if free else Verdict("drop", "consent.missing", detail={"purpose": message.purpose})
    if not message.promotional:
        state = facts.consent.get("transactional", _NEVER).state
        return (
            Verdict("drop", "consent.unsubscribed", detail={"purpose": "transactional"})
            if (state == "unsubscribed")
            else None
        )
    needed = ["marketing"] + (["cart"] if message.abandonment_text else [])
    for purpose in needed:
        given = facts.consent.get(purpose, _NEVER)
        detail = {"purpose": purpose, "state": given.state, "double_opt_in": given.double_opt_in}
        if given.state != "subscribed":
            rule = {"never": "consent.missing"}.get(given.state, f"consent.{given.state}")
            return Verdict("drop", "consent.cart" if purpose == "cart" else rule, detail=detail)
        if given.expires_at is not None and given.expires_at <= now:
            return Verdict("drop", "consent.expired", detail=detail | {"expires_at": given.expires_at.isoformat()})
        if purpose == "cart" and not given.double_opt_in:
            return Verdict("drop", "consent.cart", detail=detail)
    return None


def _carrier(message: Message, facts: Facts, now: datetime) -> Verdict | None:
    if not message.abandonment_text:
        return None
    if now > message.occasion_at + CARRIER_WINDOW:
        return Verdict("drop", "carrier.48h", detail={"occasion_at": message.occasion_at.isoformat()})
    owner = facts.text_owner
    if owner is not None and owner.message != message.id and owner.state not in SPENT:
        return Verdict("drop", "carrier.one_text", detail={"text": owner.message, "occasion": message.occasion_key})
    others = [one for one in facts.sent if one.abandonment and one.person != message.person]
    if any(now < one.at + CARRIER_WINDOW for one in others):
        # the carrier sees a phone, not the people behind it (docs/decisions/0009)
        return Verdict("drop", "carrier.one_text", detail={"text": others[-1].message, "of": "another person"})
    return None


def _when(message: Message, facts: Facts, now: datetime, settings: BrandSettings) -> Verdict:
    """Pass, or the first instant at which hours, spacing and caps all allow it."""
    at, first = now, None
    for _ in range(_ROUNDS):
        step = _pressure(message, facts.sent, at, settings) or _hours(message, facts, at, settings)
        if step is None:
            break
        first = first or step
        if step.until is None or step.until <= at:
            return Verdict("drop", step.rule, detail=step.detail)
        at = step.until
    else:
        return Verdict("drop", first.rule if first else None, detail=first.detail if first else {})
    return PASS if first is None else _unless_too_late(message, first, at)


def _unless_too_late(message: Message, first: Verdict, at: datetime) -> Verdict:
    """``first`` defers until ``at``, or ends a message for which that is too late."""
    late = too_late(message, at)
    detail = {**first.detail, "until": at.isoformat()}
    if late is not None:
        return Verdict("drop", late, detail=detail | {"barred_by": first.rule})
    return Verdict("defer", first.rule, at, detail)


def too_late(message: Message, at: datetime) -> str | None:
    """The rule by which a message may not leave at ``at`` any more: nothing is deferred until then."""
    if message.abandonment_text and at > message.occasion_at + CARRIER_WINDOW:
        return "carrier.48h"
    if message.expires_at is not None and at >= message.expires_at:
        return "expired"
    return None


def _hours(message: Message, facts: Facts, at: datetime, settings: BrandSettings) -> Verdict | None:
    """By the zones that it was planned with and all that is known now: of its number, and of its person's orders."""
    zones = message.zones
    laws: tuple[str, ...] = ()
    if message.channel == "sms":
        zones = tuple(dict.fromkeys((*quiet.places(zones), *zones_of(message.address), *zones_in(facts.places))))
        laws = laws_of(message.address, facts.places)
    arguments = (message.channel, message.purpose, zones, at, settings.quiet, laws)
    if quiet.allowed(*arguments):
        return None
    held = quiet.barring(message.channel, message.purpose, zones, at, laws)
    detail = {
        "zones": list(zones),
        "laws": list(laws),
        "held": list(held),
        "at": at.isoformat(),
        "version": quiet.VERSION,
    }
    return Verdict("defer", f"quiet_hours.{message.channel}", quiet.next_allowed(*arguments), detail)


def _pressure(message: Message, sent: tuple[Sent, ...], at: datetime, settings: BrandSettings) -> Verdict | None:
    """Spacing, then the cap of any 24 hours. Transactional messages neither wait nor make others wait."""
    if not message.promotional:
        return None
    instants = sorted(one.at for one in sent if one.message != message.id and not one.service)
    channel = message.channel
    spacing = settings.spacing.sms if channel == "sms" else settings.spacing.email
    if instants and at < instants[-1] + spacing:
        detail = {"last": instants[-1].isoformat(), "spacing_s": int(spacing.total_seconds())}
        return Verdict("defer", f"spacing.{channel}", instants[-1] + spacing, detail)
    cap = settings.caps.sms if channel == "sms" else settings.caps.email
    day = [one for one in instants if one > at - DAY]
    if len(day) >= cap:
        detail = {"cap": cap, "sent": [one.isoformat() for one in day]}
        return Verdict("defer", f"cap.{channel}_24h", day[len(day) - cap] + DAY if cap else None, detail)
    return None
