"""Files in every encoding and archive come out as one kind of text, or are refused in a sentence."""

import io
import zipfile

import pytest

from antiphon.intake.files import plaintext
from antiphon.intake.files.plaintext import opened
from antiphon.kit.errors import AntiphonError

TEXT = "email,name\r\nzoe@example.com,Zoë Müller\r\n"
PLAIN = TEXT.replace("\r\n", "\n")


def text_of(raw: bytes, name: str = "file.csv") -> list[tuple[str, str, str]]:
    with opened(io.BytesIO(raw), name) as tables:
        return [(table.name, b"".join(table.blocks()).decode(), table.encoding) for table in tables]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-32"),
        (TEXT.encode("cp1252"), "UTF-8 but for 1 lines in Windows-1252"),
        (TEXT.replace("\r\n", "\r").encode(), "UTF-8"),
    ],
)
def test_encodings(raw: bytes, encoding: str) -> None:
    assert text_of(raw) == [("file.csv", PLAIN, encoding)]


def test_a_file_of_two_encodings_loses_nothing() -> None:
    raw = "ü,1\n".encode() * 50_000 + "ü,2\n".encode("cp1252") * 10
    ((_, text, encoding),) = text_of(raw)
    assert text == "ü,1\n" * 50_000 + "ü,2\n" * 10
    assert encoding == "Windows-1252"


def archive(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, raw in members.items():
            packed.writestr(name, raw)
    return made.getvalue()


def test_an_archive_of_tables() -> None:
    raw = archive({"a/subscribed.csv": TEXT.encode(), "__MACOSX/._a.csv": b"x", "readme.pdf": b"x", "b.csv": b"c\n1\n"})
    assert [(name, text) for name, text, _ in text_of(raw, "list.zip")] == [
        ("subscribed.csv", PLAIN),
        ("b.csv", "c\n1\n"),
    ]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (archive({"[Content_Types].xml": b"x", "xl/sheet.csv": b"x"}), "is an Excel workbook"),
        (archive({"mimetype": b"x", "content.xml": b"x"}), "is a spreadsheet of another program"),
        (archive({"readme.pdf": b"x"}), "holds no table"),
        (archive({f"{n}.csv": b"x" for n in range(51)}), "at most 50"),
        (archive({"a.csv": TEXT.encode() * 99})[:-40], "not an archive that can be read"),
    ],
)
def test_what_is_no_table_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(AntiphonError, match=words):
        text_of(raw, "list.zip")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old Excel workbook"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"\x1f\x8b\x08abc", "a gzip archive"),
        (bytes(range(256)) * 4 + b"\0" * 100, "is no text"),
    ],
)
def test_what_is_no_text_is_called_by_its_name(raw: bytes, words: str) -> None:
    with pytest.raises(AntiphonError, match=words):
        text_of(raw)


def test_an_archive_that_would_explode_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plaintext, "MAX_SIZE", 1_000_000)
    with pytest.raises(AntiphonError, match="larger than 0 MB unpacked"):
        text_of(archive({"a.csv": b"x" * 2_000_000}))
    many = archive({f"{n}.csv": b"x" * 400_000 for n in range(3)})
    with pytest.raises(AntiphonError, match="unpacked"):
        text_of(many)


def test_an_archive_that_lies_about_its_size_is_cut_off() -> None:
    raw = bytearray(archive({"a.csv": b"x\n" * 1_000_000}))
    size = (2_000_000).to_bytes(4, "little")
    for place in (raw.find(size), raw.rfind(size)):
        raw[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(AntiphonError):
        text_of(bytes(raw))
