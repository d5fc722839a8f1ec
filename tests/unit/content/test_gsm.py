"""Segment counts, at every boundary that providers bill by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.content.gsm import BASIC, EXTENDED, Reference, bound, is_gsm, outside, parts, segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 0),
        ("a", "GSM-7", 1, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # 152 septets, then a pair: the 153rd place stays empty
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("a" * 153 + "€" + "a" * 151, "GSM-7", 306, 2),
        ("€" * 153, "GSM-7", 306, 3),  # 76 pairs a part, not 76.5
        ("§ñÇ@", "GSM-7", 4, 1),
        ("ç", "UCS-2", 1, 1),  # lower case is not in GSM-7
        ("é", "GSM-7", 1, 1),
        ("á", "UCS-2", 1, 1),
        ("it’s", "UCS-2", 4, 1),
        ("`", "UCS-2", 1, 1),
        ("\u00a0", "UCS-2", 1, 1),
        ("…", "UCS-2", 1, 1),
        ("ё" * 70, "UCS-2", 70, 1),
        ("ё" * 71, "UCS-2", 71, 2),
        ("ё" * 134, "UCS-2", 134, 2),
        ("ё" * 135, "UCS-2", 135, 3),
        ("📦" * 35, "UCS-2", 70, 1),
        ("📦" * 36, "UCS-2", 72, 2),
        # 66 units, then a surrogate pair: it moves whole to the next part
        ("ё" * 66 + "📦" + "ё" * 66, "UCS-2", 134, 3),
        ("ё" * 67 + "📦" + "ё" * 65, "UCS-2", 134, 2),
        ("📦" * 67, "UCS-2", 134, 3),  # 33 pairs a part
        ("👨‍👩‍👧", "UCS-2", 8, 1),
        ("line\nline\r", "GSM-7", 10, 1),
        ("[x]", "GSM-7", 5, 1),
    ],
)
def test_segments(text: str, encoding: str, units: int, count: int) -> None:
    counted = segments(text)
    assert (counted.encoding, counted.units, counted.count) == (encoding, units, count)


def test_the_alphabet_has_all_of_its_places() -> None:
    assert len(BASIC) == 127  # 128 less the escape itself
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text(alphabet=sorted(BASIC | EXTENDED) + list("ёç📦"), max_size=700))
def test_no_count_lies_above_its_bound_or_below_the_division(text: str) -> None:
    counted = segments(text)
    single, part = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    least = 1 if 0 < counted.units <= single else -(-counted.units // part)
    assert least <= counted.count <= bound(counted.units, counted.encoding)


#: What a segment holds, by hand: 1,120 bits less a header of 6 or 7 bytes, in septets or in units of 16 bits.
ROOM: dict[tuple[bool, Reference], tuple[int, int]] = {
    (True, 8): (160, 153), (False, 8): (70, 67), (True, 16): (160, 152), (False, 16): (70, 66),
}  # fmt: skip


def packed(text: str, reference: Reference) -> tuple[bool, int, list[str]]:
    """Put into segments sign by sign, each whole: the slow and plain way to say what they are."""
    gsm = all(char in BASIC or char in EXTENDED for char in text)
    single, part = ROOM[gsm, reference]

    def size(char: str) -> int:
        return 1 + (char in EXTENDED if gsm else ord(char) > 0xFFFF)

    units = sum(map(size, text))
    if units <= single:
        return gsm, units, [text] if text else []
    found, left = [""], part
    for char in text:
        if size(char) > left:
            found.append("")
            left = part
        found[-1] += char
        left -= size(char)
    return gsm, units, found


def boundaries() -> list[str]:
    """Texts that end, and that have a pair, around every place where a segment may end."""
    texts = []
    for last, filler, pairs in ((464, "a", "€[^"), (202, "ё", "📦🇺"), (202, "a", "📦")):
        edges = (
            (159, 160, 161, 305, 306, 307, 458, 459, 460)
            if pairs != "📦" and filler == "a"
            else (69, 70, 71, 133, 134, 135, 200, 201, 202)
        )
        for length in edges:
            texts.append(filler * length)
            for pair in pairs:
                texts += [filler * (length - 2 - behind) + pair + filler * behind for behind in range(4)]
                cut = 153 if length > 153 else 67
                texts += [(filler * before + pair + filler * last)[: length - 1] for before in range(cut - 2, cut + 1)]
    return texts


@pytest.mark.parametrize("reference", [8, 16])
def test_the_corpus_at_the_boundaries(reference: Reference) -> None:
    corpus = boundaries()
    assert len(corpus) > 200
    counts = set()
    for text in corpus:
        gsm, units, found = packed(text, reference)
        counted = segments(text, reference)
        assert (counted.encoding == "GSM-7", counted.units, counted.count) == (gsm, units, len(found)), repr(text)
        assert parts(text, reference) == found
        counts.add((gsm, counted.count))
    assert counts >= {(True, 1), (True, 2), (True, 3), (True, 4), (False, 1), (False, 2), (False, 3), (False, 4)}


ANY = (
    st.text(alphabet=sorted(BASIC | EXTENDED) + list("ёç📦\u200d👩`"), max_size=700)
    | st.text("a€", max_size=700)
    | st.text("ё📦", max_size=300)
)


@given(ANY, st.sampled_from([8, 16]))
def test_packing_agrees_with_packing_by_hand(text: str, reference: Reference) -> None:
    gsm, units, found = packed(text, reference)
    counted = segments(text, reference)
    assert (counted.encoding == "GSM-7", counted.units, counted.count) == (gsm, units, len(found))
    assert parts(text, reference) == found
    assert "".join(found) == text
    assert is_gsm(text) == gsm == (not outside(text))


@given(ANY, ANY, st.sampled_from([8, 16]))
def test_more_text_never_needs_fewer_segments(text: str, more: str, reference: Reference) -> None:
    assert segments(text, reference).count <= segments(text + more, reference).count


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("\ud83d", 1, 1),
        ("\ud83d\ude00", 2, 1),  # two halves are a pair
        ("a" * 66 + "\ud83d\ude00" + "a" * 66, 134, 3),
        ("a" * 66 + "\ude00\ud83d" + "a" * 66, 134, 2),  # the wrong way round they are not
        ("\udce9" * 71, 71, 2),
    ],
)
def test_lone_surrogates_are_counted(text: str, units: int, count: int) -> None:
    assert segments(text) == segments(text, 8)
    assert (segments(text).encoding, segments(text).units, segments(text).count) == ("UCS-2", units, count)
    assert len(parts(text)) == count


def test_line_ends_and_form_feed() -> None:
    assert segments("\r\n" * 80).units == 160
    assert segments("\f" * 80).units == 160
    assert segments("\x1b").encoding == "UCS-2", "the escape itself is no sign"
    assert segments("\t").encoding == "UCS-2"
    assert outside("a`b…`") == ["`", "…"]
