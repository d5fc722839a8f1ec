"""Dispatch: lease, claim and gate, render, hand over. One ``Dispatcher`` per worker; any number side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import UUID, uuid5

from antiphon.catalogue.offers.naming import NO_OFFERS, Named
from antiphon.content.bound import upper_bound
from antiphon.content.context import Brand, Occasion, Recipient
from antiphon.content.mail import NothingToShowError
from antiphon.content.models import MessageContent
from antiphon.content.needs import NOTHING, Extras
from antiphon.content.render import Rendered, Renderer, Target
from antiphon.content.service import ServiceRenderer, ServiceText, kind_of, longest
from antiphon.content.templates import TemplateError
from antiphon.delivery import queries, throttle
from antiphon.delivery.claim import Claimed, claim_due
from antiphon.delivery.extras import read_extras
from antiphon.delivery.facts import BrandFacts, read_brands
from antiphon.delivery.hand import SUB_BATCH, Handed, Parcel, hand_sub_batch
from antiphon.delivery.loop import LoopThread
from antiphon.delivery.models import Change, DispatchReport, Message, SweepReport
from antiphon.delivery.people import offers_named, read_people
from antiphon.delivery.providers.base import Provider, ProviderError
from antiphon.delivery.providers.registry import build
from antiphon.delivery.record import settle
from antiphon.delivery.service import read_service_texts
from antiphon.delivery.sweep import sweep
from antiphon.delivery.throttle import Lease, Sender
from antiphon.delivery.witness import Witness
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.store.keys import keys

#: Events about which one text may be written, under the carriers' rules.
ABANDONMENTS = frozenset({"Browse Abandoned", "Cart Abandoned", "Checkout Abandoned"})

_CLAIMS = UUID("5c1f2f5e-6c2b-4b0e-9a53-6c0f6f1f3a11")
#: How far ahead a round looks for what falls due: workers look again long before.
_HORIZON = timedelta(hours=1)
#: Wait after a provider could not be reached, doubled each time up to the longest.
_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
#: A round hands over no more after this many seconds, long before its lease ends: the rest is given back.
_ROUND_SECONDS = 60.0


class Dispatcher:
    """Carries messages from the outbox over the wire.

    ``content_of(version, step)`` gives a step's content, ``recovers`` whether it is a ``recover`` step; ``worker`` names this
    process; ``base_url`` is what links in messages start with where the brand names none.
    """

    def __init__(
        self,
        database: Database,
        content_of: Callable[[int, str], MessageContent],
        worker: str,
        signer: Signer,
        base_url: str,
        recovers: Callable[[int, str], bool] = lambda _version, _step: False,
    ) -> None:
        self._database = database
        self._recovers = recovers
        self._content_of = content_of
        self._worker = worker
        self._renderer = Renderer(signer, base_url)
        self._service = ServiceRenderer(signer, base_url)
        self._loop = LoopThread(f"dispatch-{worker}")
        self._providers: dict[str, tuple[Sender, Provider]] = {}
        self._brands: dict[int, BrandFacts] = {}
        self._named: dict[tuple[int, str, str], Named] = {}  # of versions, which never change
        self._failures: dict[str, int] = {}
        self._rounds = 0
        self.horizon = _HORIZON
        # beside the key, in the data directory
        self._witness = Witness(signer.home / "witness.json" if signer.home else None)
        self._hold_before: datetime | None = None

    def run_once(self, now: datetime, limit: int = 500, clock: Callable[[], datetime] | None = None) -> DispatchReport:
        """One round: up to ``limit`` messages of each sender that may send at ``now``.

        ``clock`` tells how late it has become meanwhile; without one, time stands still.
        """
        clock = clock or (lambda: now)
        report = DispatchReport()
        channels, report.next_due = self._agenda(now)
        if not channels:
            return report
        self._hold_before = self._witness.look(self._database, now)
        with self._database.read() as connection:
            brands = self._brands = read_brands(connection)
        for one in throttle.lease(self._database, now, limit, channels):
            self._round(one, clock, brands, report)
        if not report.more:
            report.next_due = self._next_due(now)
        return report

    def sweep(self, now: datetime) -> SweepReport:
        """Dead claims back to due; dead handing to unknown."""
        return sweep(self._database, now)

    def close(self) -> None:
        """Let go of connections and of the loop."""
        for _, provider in self._providers.values():
            provider.close()
        self._providers.clear()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def checkpoint(self, name: str) -> None:
        """Called between commits (claimed, rendered, handing, sent, settled); tests end a process here."""

    def _round(
        self, one: Lease, clock: Callable[[], datetime], brands: dict[int, BrandFacts], report: DispatchReport
    ) -> None:
        sender, began, now = one.sender, monotonic(), clock()
        try:
            provider = self._provider(sender)
        except ProviderError as error:
            throttle.give_back(self._database, sender, one.tokens)
            self._pause(sender, now, error.message)
            return
        claim = self._next_claim(now)
        settings = {number: brand.settings for number, brand in brands.items()}
        claimed = claim_due(
            self._database,
            now,
            sender.channel,
            one.tokens,
            claim,
            self._cost,
            settings,
            self._hold_before,
            self._recovers,
        )
        self.checkpoint("claimed")
        report.claimed += len(claimed.messages)
        _count(report, claimed.stopped)
        parcels = self._render(claimed, claim, now, brands, report)
        self.checkpoint("rendered")
        spent = self._hand_over(parcels, sender, provider, claim, clock, brands, report, began)
        throttle.give_back(self._database, sender, one.tokens - spent)
        report.more = report.more or claimed.full

    def _render(
        self, claimed: Claimed, claim: UUID, now: datetime, brands: dict[int, BrandFacts], report: DispatchReport
    ) -> list[Parcel]:
        """What each message says; a message whose template fails has failed, alone."""
        if not claimed.messages:
            return []
        named = {m.id: self._offers_of(m) for m in claimed.messages}
        speaking = {message: each.all for message, each in named.items() if each.all}
        people = read_people(self._database, claimed.messages, now, speaking)
        own = self._own_words(claimed.messages)
        extras = read_extras(self._database, claimed.messages, people, self._content_of, now)
        parcels, stopped = [], []
        for m in claimed.messages:
            occasion = people.occasions[m.id]
            if m.channel == "sms" and occasion.name in ABANDONMENTS and not m.abandonment_text:
                # whatever planned it as something else: the carriers' rules were not applied to it
                stopped.append(Change(m, "claimed", "held", "carrier.purpose", detail={"occasion": occasion.name}))
                continue
            if lacking := named[m.id].needed.difference(people.recipients[m.id].offers):
                stopped.append(Change(m, "claimed", "dropped", "offer.none", detail={"offers": sorted(lacking)}))
                continue
            brand = brands[m.brand].brand
            if m.channel == "email" and m.promotional and not brand.postal_address.strip():
                # 15 U.S.C. 7704(a)(5): once there is one, somebody releases it
                stopped.append(Change(m, "claimed", "held", "brand.postal_address"))
                continue
            try:
                rendered = self._say(m, people.recipients[m.id], occasion, brand, own, extras.get(m.id, NOTHING))
                parcels.append(Parcel(m, rendered))
            except NothingToShowError as error:
                stopped.append(Change(m, "claimed", "dropped", "content.empty", detail={"why": str(error)}))
            except (AntiphonError, KeyError) as error:  # KeyError: its version, or the step in it, is gone
                stopped.append(Change(m, "claimed", "failed", "template.error", error=str(error)))
        if stopped:
            with self._database.begin("dispatch") as connection:
                _count(report, settle(connection, now, claim, stopped))
        return parcels

    def _offers_of(self, message: Message) -> Named:
        """The offers that a message names. Where its content is not to be had, rendering will say so."""
        if message.service:
            return NO_OFFERS
        key = message.version, message.step, message.channel
        if key not in self._named:
            try:
                self._named[key] = offers_named(self._content_of(*key[:2]), message.channel)
            except (AntiphonError, KeyError):
                return NO_OFFERS
        return self._named[key]

    def _own_words(self, messages: Sequence[Message]) -> dict[tuple[int, str, str], ServiceText]:
        if not any(m.service for m in messages):
            return {}
        with self._database.read() as connection:
            return read_service_texts(connection)

    def _say(
        self,
        m: Message,
        recipient: Recipient,
        occasion: Occasion,
        brand: Brand,
        own: Mapping[tuple[int, str, str], ServiceText],
        extras: Extras | TemplateError,
    ) -> Rendered:
        if isinstance(extras, TemplateError):
            raise extras
        target = Target(m.abucket, m.id, m.channel, m.address, m.promotional)
        if m.service:
            words = own.get((m.brand, kind_of(m.step)[0], m.channel))
            return self._service.render(m.step, words, target, brand, m.occasion_key)
        content = self._content_of(m.version, m.step)
        return self._renderer.render((m.version, m.step), content, target, recipient, occasion, brand, extras)

    def _hand_over(
        self,
        parcels: list[Parcel],
        sender: Sender,
        provider: Provider,
        claim: UUID,
        clock: Callable[[], datetime],
        brands: dict[int, BrandFacts],
        report: DispatchReport,
        began: float,
    ) -> int:
        """Hand over in sub-batches; returns the tokens spent. What is left when it stops goes back."""
        spent = 0
        while parcels and monotonic() - began < _ROUND_SECONDS:
            batch, parcels = parcels[:SUB_BATCH], parcels[SUB_BATCH:]
            handed = hand_sub_batch(
                self._database, clock, claim, sender.id, provider, batch, brands, self.checkpoint, self._witness
            )
            _count(report, handed.changes)
            spent += _tokens(batch, handed)
            if handed.unreachable is not None:
                self._pause(sender, clock(), handed.unreachable)
                break
            if handed.changes:
                self._failures.pop(sender.id, None)
                throttle.resume(self._database, sender)
        down = sender.id in self._failures
        left = [parcel.message for parcel in parcels]
        self._release(left, claim, clock(), report, "sender.paused" if down else None)
        return spent

    def _release(
        self, messages: Sequence[Message], claim: UUID, now: datetime, report: DispatchReport, rule: str | None
    ) -> None:
        if messages:
            changes = [Change(m, "claimed", "due", rule) for m in messages]
            with self._database.begin("dispatch") as connection:
                _count(report, settle(connection, now, claim, changes))

    def _pause(self, sender: Sender, now: datetime, error: str) -> None:
        count = self._failures.get(sender.id, 0)
        self._failures[sender.id] = count + 1
        wait = min(_PAUSE * 2 ** min(count, 10), _LONGEST_PAUSE)
        throttle.pause(self._database, sender, now + wait, error)

    def _provider(self, sender: Sender) -> Provider:
        """The provider of a sender; built anew when its settings changed."""
        kept = self._providers.get(sender.id)
        if kept is not None:
            if (kept[0].provider, kept[0].settings) == (sender.provider, sender.settings):
                return kept[1]
            del self._providers[sender.id]
            kept[1].close()
        provider = build(sender, self._database, self._loop.run)
        self._providers[sender.id] = sender, provider
        return provider

    def _cost(self, message: Message) -> int:
        """Tokens to reserve: one for an email, the most segments that the version's text can need."""
        if message.channel != "sms":
            return 1
        if message.service:
            return max(map(upper_bound, longest(kind_of(message.step)[0], "sms")))
        key = message.version, message.step
        try:
            content = self._content_of(*key).sms
            brand = self._brands[message.brand].brand
            return self._renderer.most(key, content, brand, promotional=message.promotional) if content else 1
        except AntiphonError:  # rendering will say so
            return 1

    def _next_claim(self, now: datetime) -> UUID:
        """A token that no other claim has: worker, instant and number."""
        self._rounds += 1
        return uuid5(_CLAIMS, f"{self._worker}|{now.isoformat()}|{self._rounds}")

    def _agenda(self, now: datetime) -> tuple[set[str], datetime | None]:
        """The channels of which something is due, and when the next message will be."""
        values = {"abuckets": keys(BUCKETS), "now": now, "horizon": now + self.horizon}
        with self._database.read() as connection:
            rows = connection.execute(queries.AGENDA, values).all()
        return {row.channel for row in rows if row.channel}, next((row.due_at for row in rows if row.due_at), None)

    def _next_due(self, now: datetime) -> datetime | None:
        """When to come again: the next message due, the end of a pause, the next token of a sender that ran dry."""
        channels, due = self._agenda(now)
        instants = [due] if due else []
        for sender in throttle.chosen(throttle.read_senders(self._database)):
            if sender.channel in channels and sender.paused_until is not None and sender.paused_until > now:
                instants.append(sender.paused_until)
            elif sender.channel in channels and throttle.refilled(sender, now) < 1:
                instants.append(throttle.wait_for(sender, now))
        return min(instants, default=None)


def _count(report: DispatchReport, changes: Iterable[Change]) -> None:
    for change in changes:
        report.count(change)


def _tokens(batch: Sequence[Parcel], handed: Handed) -> int:
    """What a sub-batch cost: its segments as rendered, for what may have gone out."""
    gone = {c.message.id for c in handed.changes if c.to_state in {"accepted", "unknown", "failed"}}
    return sum(p.rendered.segments or 1 for p in batch if p.message.id in gone)
