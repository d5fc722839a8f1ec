"""Files as people have them, in whatever encoding and archive, into UTF-8 text. Pure but for the files."""

import codecs
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from antiphon.kit.errors import AntiphonError

#: Bytes of all tables of one file together, unpacked.
MAX_SIZE = 1024 * 1024 * 1024
MAX_MEMBERS = 50
_BLOCK = 1024 * 1024
_TABLES = frozenset({".csv", ".tsv", ".txt"})

#: How files that are no text begin, what each is, and the way to a table.
_SHEET = "Save the sheet as “CSV UTF-8” and import that."
_BINARY = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook or another Office document", _SHEET),
    (b"%PDF", "a PDF", "Export a table, as .csv, where the PDF was made."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, or pack it as .zip."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it, or pack it as .zip."),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as .zip."),
    (b"PAR1", "a Parquet file", "Bring it in with `antiphon import people`."),
    (b"SQLite format 3\0", "a SQLite database", "Export the table as .csv."),
    (b"\x89PNG", "a picture", "Choose the table instead."),
    (b"\xff\xd8\xff", "a picture", "Choose the table instead."),
)
#: A table has no zero bytes; a cell or two that have them are forgiven.
_ZEROS = 0.02

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


class Table:
    """One table as UTF-8 text; ``encoding`` says, once it is read to the end, what it was written in."""

    def __init__(self, name: str, file: IO[bytes], limit: int) -> None:
        self.name = name
        self.encoding = "UTF-8"
        self._file = file
        self._limit = limit

    def blocks(self) -> Iterator[bytes]:
        """The text in blocks of at least a line each. Lines end in a newline, whatever they ended in."""
        return _unix(self._decoded())

    def _decoded(self) -> Iterator[bytes]:
        head = self._take(4096)
        if head.startswith(codecs.BOM_UTF8):  # its lines may be mixed all the same
            return self._lines(head.removeprefix(codecs.BOM_UTF8))
        found = next(((codec, name) for bom, codec, name in _BOMS if head.startswith(bom)), None) or _wide(head)
        if found:
            self.encoding = found[1]
            return self._recode(head, found[0])
        self._refuse_binary(head)
        return self._lines(head)

    def _refuse_binary(self, head: bytes) -> None:
        for magic, what, way in _BINARY:
            if head.startswith(magic):
                raise AntiphonError(f"{self.name} is {what}, not a table.", way)
        if head.count(0) > len(head) * _ZEROS:
            raise AntiphonError(f"{self.name} is no text, so it is not a table.", _SHEET)

    def _read(self, head: bytes) -> Iterator[bytes]:
        taken = 0
        block = head
        while block:
            taken += len(block)
            if taken > self._limit:
                raise AntiphonError(
                    f"{self.name} is larger than {self._limit // 2**20} MB unpacked.", "Split it and import the pieces."
                )
            yield block
            block = self._take(_BLOCK)

    def _take(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise AntiphonError(f"{self.name} cannot be unpacked: {error}.", "Was it written to the end?") from error

    def _recode(self, head: bytes, codec: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(codec)("replace")
        for block in self._read(head):
            yield decoder.decode(block).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")

    def _lines(self, head: bytes) -> Iterator[bytes]:
        """UTF-8 as it is; a line that is none is taken as Windows-1252, because such files are often mixed."""
        rest, odd = b"", 0
        for block in self._read(head):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            if len(rest) > _BLOCK and not newline:  # one line of many megabytes
                whole, rest = rest, b""
            text, strange = _utf8(whole + newline)
            odd += strange
            yield text
        text, strange = _utf8(rest)
        odd += strange
        if odd:
            self.encoding = "Windows-1252" if odd > 3 else f"UTF-8 but for {odd} lines in Windows-1252"
        yield text


def _wide(head: bytes) -> tuple[str, str] | None:
    """UTF-16 without its mark: every second byte of plain text is zero."""
    if len(head) < 16:
        return None
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > 0.4 > even:
        return "utf-16-le", "UTF-16"
    return ("utf-16-be", "UTF-16") if even > 0.4 > odd else None


def _utf8(block: bytes) -> tuple[bytes, int]:
    try:
        block.decode()
    except UnicodeDecodeError:
        pass
    else:
        return block, 0
    lines, odd = [], 0
    for line in block.split(b"\n"):
        try:
            line.decode()
            lines.append(line)
        except UnicodeDecodeError:
            odd += 1
            lines.append(_western(line).encode())
    return b"\n".join(lines), odd


def _western(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _unix(blocks: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for block in blocks:
        text = held + block
        held = b"\r" if text.endswith(b"\r") else b""  # its other half may come with the next block
        if held:
            text = text[:-1]
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    if held:
        yield b"\n"


@contextmanager
def opened(file: IO[bytes], name: str) -> Iterator[Iterator[Table]]:
    """The tables of a file: itself, or those of an archive. Each must be read before the next is asked for.

    Raises ``AntiphonError`` for what is no table: a workbook, an archive that is broken, locked, or packed to explode.
    """
    file.seek(0)
    packed = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if not packed:
        yield iter((Table(name, file, MAX_SIZE),))
        return
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise AntiphonError(f"{name} is not an archive that can be read: {error}.", "Pack it again as .zip.") from error
    with archive:
        yield _members(archive, name)


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[Table]:
    inside = [one for one in archive.infolist() if not one.is_dir()]
    names = {one.filename for one in inside}
    if "[Content_Types].xml" in names:
        what = "an Excel workbook" if any(each.startswith("xl/") for each in names) else "an Office document"
        raise AntiphonError(f"{name} is {what}, not a table.", _SHEET)
    if {"content.xml", "mimetype"} <= names or "Index/Document.iwa" in names:
        raise AntiphonError(f"{name} is a spreadsheet of another program, not a table.", _SHEET)
    wanted = [one for one in inside if _is_table(one.filename)]
    if not wanted:
        raise AntiphonError(f"{name} holds no table.", "Pack .csv files, as the other service exported them.")
    if len(wanted) > MAX_MEMBERS:
        raise AntiphonError(f"{name} holds {len(wanted)} tables; at most {MAX_MEMBERS} are read.", "Pack fewer.")
    if any(one.flag_bits & 1 for one in wanted):
        raise AntiphonError(f"{name} is locked with a password.", "Unpack it and import what is inside.")
    left = MAX_SIZE
    for one in wanted:
        if one.file_size > left:  # the directory admits it; what it hides, the reader's limit finds
            raise AntiphonError(f"{name} is larger than {MAX_SIZE // 2**20} MB unpacked.", "Pack fewer tables at once.")
        with archive.open(one) as member:
            yield Table(PurePosixPath(one.filename).name, member, min(left, one.file_size + 1))
        left -= one.file_size


def _is_table(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in _TABLES and "__MACOSX" not in path.parts and not path.name.startswith(".")
