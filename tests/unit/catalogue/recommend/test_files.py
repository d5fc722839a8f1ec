"""Lines of orders from files, as they are called there."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from antiphon.catalogue.recommend.files import read_orders
from antiphon.kit.errors import AntiphonError

HEAD = "InvoiceNo;StockCode;Quantity;InvoiceDate;CustomerID\n"


def test_csv_with_names_that_shops_use(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(
        HEAD + "1;85123a;6;2010-12-01T08:26:00;17850\n1;POST;1;2010-12-01T08:26:00;17850\n"
        "2;71053;-6;2010-12-02T08:26:00Z;17850\n3;71053;6;2010-12-02T08:26:00;\n"
    )
    found = read_orders(file, {}, r"\d{5}")
    assert (found.person, found.product, found.order) == (["17850"], ["85123A"], ["1"])
    assert found.at == [1291191960]


def test_parquet_and_names_that_are_told(tmp_path: Path) -> None:
    file = tmp_path / "lines.parquet"
    table = {"who": [1, None], "what": ["a", "b"], "order_id": ["x", "y"], "when": ["2010-12-01", "2010-12-01"]}
    pq.write_table(pa.table(table), file)
    found = read_orders(file, {"person": "who", "product": "what", "time": "when"})
    assert (found.person, found.product, found.order, found.at) == (["1"], ["A"], ["x"], [1291161600])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "Which column is person"),
        ("person,product,order,time\n1,2,3,yesterday\n", "'yesterday' is no time"),
        ("person,product,order,time,quantity\n1,2,3,2010-12-01,many\n", "'many' is no quantity"),
        ("person,product,order,time\n1,2,3\n", "Row 2 has not"),
        ("", "Which column is person"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(text)
    with pytest.raises(AntiphonError, match=says):
        read_orders(file, {})


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(AntiphonError, match="There is no file"):
        read_orders(tmp_path / "nothing.csv", {})
    (tmp_path / "bad.parquet").write_text("no")
    with pytest.raises(AntiphonError, match="is not Parquet"):
        read_orders(tmp_path / "bad.parquet", {})
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(AntiphonError, match="is not UTF-8"):
        read_orders(tmp_path / "bad.csv", {})
    (tmp_path / "good.csv").write_text("person,product,order,time\n")
    with pytest.raises(AntiphonError, match="no regular expression"):
        read_orders(tmp_path / "good.csv", {}, "(")
    with pytest.raises(AntiphonError, match="no column who"):
        read_orders(tmp_path / "good.csv", {"person": "who"})
