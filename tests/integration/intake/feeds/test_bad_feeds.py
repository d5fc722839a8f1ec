"""A feed of five megabytes with everything wrong that rows can have: each is named, the rest comes in, nobody waits."""

import io
import tracemalloc
from collections import Counter

from tests.conftest import NOON
from tests.integration.intake.feeds.test_feeds import now_of

from antiphon.catalogue.read import products
from antiphon.intake.feeds.keeping import faults, find, kept, start, upload
from antiphon.intake.feeds.preview import preview
from antiphon.intake.feeds.running import run_feeds
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

MEGABYTE = 2**20
GOOD = 2_500
#: What stands instead of every hundredth good row, and what is said of it.
WRONG = {
    "{n},Lamp,19.90 USD,EUR,1,": "price: it names two currencies, EUR and USD",
    "{n},Lamp,cheap,EUR,1,": "price: 'cheap' is no price",
    "{n},Lamp,-4,EUR,1,": "price: '-4' is no price: it must be at least 0 and below 10¹²",
    "{n},Lamp,4,EUR,many,": "stock: 'many' is no count",
    "{n},Lamp,4,,1,": "price: it names no currency; say one, such as EUR",
    "{n},Lamp,4,EUR,1,,surplus,cells": "it has 8 cells for 6 columns",
    ",Lamp,4,EUR,1,": "it has no product id",
    "0,Lamp,4,USD,1,": "price: it is in USD, but the product's prices are in EUR; delete the product first if the shop "
    "changed its currency, or give each currency's product an id of its own",
    '{n},"Lamp,4,EUR,1,': "a quote is opened and never closed",
    "{n}," + "T" * MEGABYTE + ",4,EUR,1,": "a row of more than 256 KB",
}


def hostile() -> bytes:
    """A mark at the beginning, other line ends in places, lines of another encoding."""
    rows = ["\ufeffid,title,price,currency,stock,description"]
    for n in range(GOOD):
        rows.append(f"{n},Lamp № {n},{n % 90 + 10}.90,EUR,{n % 7},{'d' * 1_700}" + "\r" * (n % 50 == 1))
        if n % 100 == 99:
            broken = list(WRONG)[: None if n == 99 else -1]
            rows += [wrong.format(n=f"x{n}-{place}") for place, wrong in enumerate(broken)]
    data = "\n".join(rows).encode().replace("Lamp № 7,".encode(), b"L\xe4mpchen,")
    assert len(data) > 5 * MEGABYTE
    return data


def test_a_bad_feed_of_five_megabytes(db: Database) -> None:
    bad = upload(db, io.BytesIO(hostile()), "bad.csv", NOON, COMMAND_LINE)
    small = upload(db, io.BytesIO(b"id,title,price,currency\ns1,Lamp,1,EUR\n"), "small.csv", NOON, COMMAND_LINE)
    with db.read() as connection:
        found = find(connection, bad)
        looked = preview(connection, found, kept(connection, bad, found.size), NOON)
    assert set(looked.faults) == set(WRONG.values())
    assert not looked.whole
    for number in (bad, small):
        start(db, number, NOON, COMMAND_LINE)
    tracemalloc.start()
    run_feeds(db, NOON)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MEGABYTE
    assert (now_of(db, bad).state, now_of(db, small).state) == ("running", "done")
    while run_feeds(db, NOON):
        pass
    done = now_of(db, bad)
    blocks = GOOD // 100
    assert (done.state, done.counts["added"], done.counts["refused"]) == ("done", GOOD, blocks * (len(WRONG) - 1) + 1)
    said = list(faults(db, bad))
    assert Counter(row.reason for row in said) == {
        reason: 1 if reason.startswith("a row of more") else blocks for reason in WRONG.values()
    }
    assert [row.line for row in said[:10]] == list(range(102, 112))
    assert max(len(row.raw) for row in said) == 2_000
    with db.read() as connection:
        assert products(connection, ["7"])["7"].title == "Lämpchen"
        assert products(connection, ["8"])["8"].title == "Lamp № 8"
