"""The Online Retail file as Segment messages, and its own figures to hold the product against.

Counted are the lines that name a customer. A person is a CustomerID; an order is an invoice, with all of its lines and
the time of its first; its revenue is the exact sum of quantity times price. An invoice that begins with C is a
cancellation: it becomes "Order Refunded" with the positive amount, and takes nothing from the revenue of orders.
Lines without a customer are nobody's: they are left out here and counted apart, so that nothing disappears unseen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

SHOP_ZONE = ZoneInfo("Europe/London")

#: Zones of the countries with more than a few customers; the shop's own for the rest.
ZONES = {
    "Germany": "Europe/Berlin", "France": "Europe/Paris", "EIRE": "Europe/Dublin", "Spain": "Europe/Madrid",
    "Belgium": "Europe/Brussels", "Switzerland": "Europe/Zurich", "Portugal": "Europe/Lisbon", "Italy": "Europe/Rome",
    "Australia": "Australia/Sydney", "Norway": "Europe/Oslo", "Finland": "Europe/Helsinki", "Japan": "Asia/Tokyo",
    "Netherlands": "Europe/Amsterdam", "Austria": "Europe/Vienna", "Denmark": "Europe/Copenhagen",
    "Sweden": "Europe/Stockholm", "Poland": "Europe/Warsaw", "Cyprus": "Asia/Nicosia", "USA": "America/New_York",
    "Canada": "America/Toronto",
}  # fmt: skip

#: Set aside by Ofcom for drama: +44 7700 900000 to 900999.
DRAMA_NUMBERS = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """What the file says. Money in pounds, exact."""

    people: int
    buyers: int  # people with at least one order
    orders: int
    revenue: Decimal
    refunds: int
    refunded: Decimal
    nobody_lines: int
    nobody_invoices: int
    nobody_revenue: Decimal  # net of cancellations


@dataclass(slots=True)
class Invoice:
    number: str
    customer: int | None
    country: str
    at: datetime
    lines: list[dict[str, Any]]
    total: Decimal

    @property
    def cancelled(self) -> bool:
        return self.number.startswith("C")


def read_invoices(path: Path) -> list[Invoice]:
    """Every invoice of the file, in the order of time."""
    table = pq.read_table(path)
    found: dict[str, Invoice] = {}
    for row in table.to_pylist():
        number = row["InvoiceNo"]
        at = row["InvoiceDate"].replace(tzinfo=SHOP_ZONE).astimezone(UTC)
        invoice = found.get(number)
        if invoice is None:
            invoice = found[number] = Invoice(number, row["CustomerID"], row["Country"], at, [], Decimal(0))
        invoice.at = min(invoice.at, at)
        price = Decimal(repr(row["UnitPrice"]))
        invoice.total += row["Quantity"] * price
        invoice.lines.append(
            {
                "product_id": row["StockCode"],
                "name": row["Description"],
                "quantity": row["Quantity"],
                "price": row["UnitPrice"],
            }
        )
    return sorted(found.values(), key=lambda invoice: (invoice.at, invoice.number))


def figures(path: Path) -> Figures:
    """The file's own figures, counted by columns: no line is shared with :func:`read_invoices`."""
    table = pq.read_table(path)
    customer = table["CustomerID"].is_valid().to_numpy()
    invoice = np.array(table["InvoiceNo"].to_pylist())
    cancelled = np.char.startswith(invoice, "C")
    # prices have at most three decimals: thousandths of a pound are whole numbers, and their sums exact
    thousandths = np.rint(table["UnitPrice"].to_numpy() * 1000).astype(np.int64) * table["Quantity"].to_numpy()
    ids = table["CustomerID"].fill_null(-1).to_numpy()

    def money(rows: Any) -> Decimal:
        return Decimal(int(thousandths[rows].sum())) / 1000

    return Figures(
        people=len(np.unique(ids[customer])),
        buyers=len(np.unique(ids[customer & ~cancelled])),
        orders=len(np.unique(invoice[customer & ~cancelled])),
        revenue=money(customer & ~cancelled),
        refunds=len(np.unique(invoice[customer & cancelled])),
        refunded=-money(customer & cancelled),
        nobody_lines=int((~customer).sum()),
        nobody_invoices=len(np.unique(invoice[~customer])),
        nobody_revenue=money(~customer),
    )


def events(invoices: list[Invoice]) -> Iterator[dict[str, Any]]:
    """A track message per invoice with a customer."""
    for invoice in invoices:
        if invoice.customer is None:
            continue
        amount = float(abs(invoice.total))
        money = {"total": amount, "currency": "GBP"} if invoice.cancelled else {"revenue": amount, "currency": "GBP"}
        yield {
            "type": "track",
            "messageId": f"retail-{invoice.number}",
            "userId": str(invoice.customer),
            "event": "Order Refunded" if invoice.cancelled else "Order Completed",
            "timestamp": invoice.at.isoformat(),
            "properties": {"order_id": invoice.number, **money, "products": invoice.lines},
        }


def people(invoices: list[Invoice], seed: int) -> list[dict[str, Any]]:
    """What the file lacks, made up from a seed and labelled so: addresses, zones and consents of every customer.

    Fields: ``userId``, ``traits`` (with ``synthetic``: true), ``at`` (a day before the first invoice), ``email_consent``,
    ``sms_consent``.
    """
    first: dict[int, Invoice] = {}
    for invoice in invoices:
        if invoice.customer is not None:
            first.setdefault(invoice.customer, invoice)
    made = []
    phones = 0
    for customer, invoice in sorted(first.items()):
        rng = np.random.default_rng([seed, customer])
        traits: dict[str, Any] = {
            "email": f"customer{customer}@example.com",
            "country": invoice.country,
            "timezone": ZONES.get(invoice.country, "Europe/London"),
            "synthetic": True,
        }
        if phones < DRAMA_NUMBERS and rng.random() < 0.25:
            traits["phone"] = f"+447700900{phones:03d}"
            phones += 1
        made.append(
            {
                "userId": str(customer),
                "traits": traits,
                "email_consent": bool(rng.random() < 0.7),
                "sms_consent": "phone" in traits and bool(rng.random() < 0.6),
            }
        )
    return made
