"""The addresses that people hold, with the mirror of their consents."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.audiences import touches
from antiphon.intake.consenting import MAIN_BRAND, Address, States, load_consents
from antiphon.intake.facts import Fact
from antiphon.intake.graph import columns, load_identifiers
from antiphon.intake.homes import Match
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.people import queries
from antiphon.people.grouping import in_order
from antiphon.people.identifiers import EMAIL, PHONE, Key, channel_of
from antiphon.people.tables import person_address
from antiphon.rules.area import zones_of
from antiphon.store.db import copy_rows

_MIRRORED = ("marketing", "marketing_at", "transactional", "cart", "cart_double")
ADDRESS_COLUMNS = ("bucket", "person", "channel", "address", "abucket", "since", "zones", *_MIRRORED)

#: Person, channel, address.
Holding = tuple[int, str, str]


def write_addresses(
    connection: Connection, match: Match, facts: Sequence[Fact], changed: Collection[Address]
) -> set[Holding]:
    """Make sure that people hold the addresses that facts show with them; mirror consents that ``changed``.

    Returns everybody who holds one of the ``changed`` addresses. Must run after ``merging.carry_over``.
    """
    wanted = _holdings(match, facts)
    if match.splits:
        _let_go(connection, match, wanted)
    held = _load_held(connection, {who for who, _, _ in wanted if who not in match.new_people})
    fresh = {h: since for h, since in wanted.items() if h not in held}
    holders = _holders(connection, changed)
    consents = load_consents(connection, {(channel, value) for _, channel, value in fresh} | set(changed))
    copy_rows(
        connection,
        person_address,
        ADDRESS_COLUMNS,
        sorted(
            (
                bucket_of(who),
                who,
                channel,
                value,
                abucket_of(value),
                since,
                list(zones_of(value)) if channel == "sms" else [],
                *mirror(consents.get((channel, value), {})),
            )
            for (who, channel, value), since in fresh.items()
        ),
    )
    holders &= _load_held(connection, {who for who, _, _ in holders})
    _mirror_to(connection, holders - fresh.keys(), consents)
    loud = {match.person_of[fact.keys[0]] for fact in facts if not fact.backfill}
    about = any(fact.consent and not fact.backfill for fact in facts)
    _note(connection, ((who, who in loud or about) for who, _, _ in {*fresh, *holders}))
    return holders


def _note(connection: Connection, people: Iterable[tuple[int, bool]]) -> None:
    """Tell segments whose addresses or consents may be others now, and whether more than history says so."""
    touches.note(connection, ((who, touches.ADDRESS, not loud) for who, loud in people))


def _holdings(match: Match, facts: Sequence[Fact]) -> dict[Holding, datetime]:
    """Who holds which address since when: the person that the arrival is about, and the address's own."""
    wanted: dict[Holding, datetime] = {}
    for fact in facts:
        who = match.person_of[fact.keys[0]]
        for key in fact.keys:
            if key[0] not in {EMAIL, PHONE}:
                continue
            its_own = match.person_of[key]
            kept_apart = bool(match.apart) and in_order(fact.keys[0], key) in match.apart
            for holder in {its_own} if kept_apart else {who, its_own}:
                holding = (holder, channel_of(key[0]) or "", key[1])
                wanted[holding] = min(fact.at, wanted.get(holding, fact.at))
    for (holder, key), since in match.holdings.items():
        holding = (match.merges.get(holder, holder), channel_of(key[0]) or "", key[1])
        wanted[holding] = min(since, wanted.get(holding, since))
    return wanted


def _let_go(connection: Connection, match: Match, wanted: Collection[Holding]) -> None:
    """Who parted no longer holds what only the other one's identifiers were given with."""
    parted = {person for split in match.splits for person in (split.from_person, split.to_person)}
    parted -= match.merges.keys()
    gone = [holding for holding in _load_held(connection, parted) if holding not in wanted]
    if gone:
        connection.execute(
            queries.LET_GO,
            {
                "buckets": [bucket_of(person) for person, _, _ in gone],
                "people": [person for person, _, _ in gone],
                "channels": [channel for _, channel, _ in gone],
                "addresses": [value for *_, value in gone],
            },
        )


def _load_held(connection: Connection, people: Collection[int]) -> set[Holding]:
    ids = list(people)
    if not ids:
        return set()
    rows = connection.execute(queries.ADDRESSES, {"buckets": [bucket_of(p) for p in ids], "people": ids}).all()
    return {(row.person, row.channel, row.address) for row in rows}


def _holders(connection: Connection, addresses: Collection[Address]) -> set[Holding]:
    """Whoever may hold an address: its own person, and everybody whose identifiers were ever seen with it."""
    if not addresses:
        return set()
    kinds = {"email": EMAIL, "sms": PHONE}
    keys: dict[Key, Address] = {(kinds[channel], value): (channel, value) for channel, value in addresses}
    seen_with: dict[Key, set[Key]] = {}
    for a, b, c, d, *_ in connection.execute(queries.NEIGHBOURS, columns(keys)):
        seen_with.setdefault((a, b), set()).add((c, d))
    everybody = load_identifiers(connection, set(keys).union(*seen_with.values()))
    return {
        (everybody[each].person, *address)
        for key, address in keys.items()
        for each in {key} | seen_with.get(key, set())
        if each in everybody
    }


def mirror(states: States) -> tuple[str, datetime | None, str, str, bool]:
    """The columns of ``person_address`` that repeat the main brand's consents."""
    marketing, transactional, cart = (states.get((MAIN_BRAND, p)) for p in ("marketing", "transactional", "cart"))
    return (
        marketing.state if marketing else "never",
        marketing.effective_at if marketing else None,
        transactional.state if transactional else "never",
        cart.state if cart else "never",
        cart.double_opt_in if cart else False,
    )


def _mirror_to(connection: Connection, holders: Iterable[Holding], consents: Mapping[Address, States]) -> None:
    rows = [(h, mirror(consents.get((h[1], h[2]), {}))) for h in holders]
    if rows:
        connection.execute(
            queries.MIRROR_CONSENT,
            {
                "buckets": [bucket_of(h[0]) for h, _ in rows],
                "people": [h[0] for h, _ in rows],
                "channels": [h[1] for h, _ in rows],
                "addresses": [h[2] for h, _ in rows],
                **{f"{name}s": [mirrored[i] for _, mirrored in rows] for i, name in enumerate(_MIRRORED)},
            },
        )


def mirror_again(connection: Connection, changed: Collection[Address], *, quiet: bool) -> None:
    """Mirror the consents of addresses that people hold already; ``quiet``: only history changed them."""
    holders = _holders(connection, changed)
    holders &= _load_held(connection, {who for who, _, _ in holders})
    _mirror_to(connection, holders, load_consents(connection, changed))
    _note(connection, ((who, not quiet) for who, _, _ in holders))
