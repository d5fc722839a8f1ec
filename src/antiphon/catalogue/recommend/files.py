"""Lines of orders from a file, whatever its columns are called."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from antiphon.catalogue.recommend.split import OrderLines
from antiphon.kit.datafiles import columns_of, open_table
from antiphon.kit.errors import AntiphonError

#: Ours, and what files call them, in lower case.
NAMES: Mapping[str, tuple[str, ...]] = {
    "person": ("person", "customer_id", "customerid", "userid", "user_id", "household_id", "customer"),
    "product": ("product", "product_id", "productid", "stockcode", "sku", "item"),
    "order": ("order", "order_id", "orderid", "invoiceno", "invoice", "basket_id"),
    "time": ("time", "at", "timestamp", "invoicedate", "transaction_timestamp", "date"),
    "quantity": ("quantity", "qty"),
}


def read_orders(path: Path, names: Mapping[str, str], only: str | None = None) -> OrderLines:
    """Lines that name a person and a product; those with a quantity of 0 or less (returns) are left out.

    ``names``: our column → the file's, where it is called otherwise. ``only``: a regular expression at the start of product
    ids, for files in which postage and fees are lines as well.
    """
    header, read = open_table(path)
    columns = columns_of(header, NAMES, names, without=("quantity",))
    wanted = [name for name in columns.values() if name is not None]
    data = dict(zip(wanted, read(wanted), strict=True))
    quantity = columns["quantity"]
    told = [data[columns[ours] or ""] for ours in ("person", "product", "order", "time")]
    quantities = data[quantity] if quantity is not None else [1] * len(told[0])
    return _lines(zip(*told, quantities, strict=True), _matcher(only))


def _matcher(only: str | None) -> re.Pattern[str]:
    try:
        return re.compile(only or "")
    except re.error as error:
        raise AntiphonError(f"{only} is no regular expression: {error}.", r"For example --only '\d{5}'.") from error


def _lines(rows: Iterable[Sequence[Any]], only: re.Pattern[str]) -> OrderLines:
    people, products, orders, times = [], [], [], []
    for number, (person, product, order, at, quantity) in enumerate(rows, 1):
        if person in {None, ""} or product in {None, ""} or not only.match(str(product)) or _returned(quantity, number):
            continue
        people.append(str(person))
        products.append(str(product).strip().upper())
        orders.append(str(order))
        times.append(_seconds(at, number))
    return OrderLines(people, products, orders, times)


def _returned(quantity: Any, number: int) -> bool:
    try:
        return quantity not in {None, ""} and float(quantity) <= 0
    except ValueError:
        raise AntiphonError(f"Row {number}: {quantity!r} is no quantity.", "Quantities are numbers.") from None


def _seconds(at: Any, number: int) -> int:
    """Since 1970; what names no zone is taken for UTC."""
    try:
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at).strip())
    except ValueError:
        raise AntiphonError(f"Row {number}: {at!r} is no time.", "Write ISO 8601, as 2026-03-01T12:00:00Z.") from None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
