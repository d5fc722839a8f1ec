"""Replies: a corpus of texts with what they mean, and what must hold of any text."""

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.rules.replies.classify import classify
from antiphon.rules.replies.data import table, version
from antiphon.rules.replies.fold import normalise
from antiphon.rules.replies.phrases import Pattern
from antiphon.rules.replies.quoted import own_words
from antiphon.rules.replies.typos import meant, parted, slips

STAGES = ("insist", "innocent", "stop", "doubt", "delight", "start", "help")


def corpus() -> list[tuple[str, str, bool, str]]:
    """Language, intent, sure, text."""
    found = []
    for line in (Path(__file__).parent / "replies.tsv").read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            language, intent, sure, text = line.split("\t")
            text = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), text.replace("\\n", "\n"))
            found.append((language, intent, sure == "sure", text))
    return found


CORPUS = corpus()
KEYWORDS = [(row["intent"], word) for row in table("keywords")["keyword"] for word in row["words"]]
#: Words that mean it in any company of signs: no everyday words among them.
EXACT = [
    ("stop", word) for word in ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe", "arret", "alto")
]
EXACT += [("start", "start"), ("start", "unstop"), ("help", "help"), ("help", "info"), ("yes", "yes")]


@pytest.mark.parametrize(("language", "intent", "sure", "text"), CORPUS, ids=[row[3][:40] for row in CORPUS])
def test_corpus(language: str, intent: str, sure: bool, text: str) -> None:
    found = classify(text)
    assert (found.intent, found.sure) == (intent, sure), found.rule


def test_the_corpus_is_large_and_even() -> None:
    assert len(CORPUS) >= 600
    assert len({text for *_, text in CORPUS}) == len(CORPUS)
    languages = Counter(language for language, *_ in CORPUS)
    assert min(languages["en"], languages["es"], languages["fr"]) >= 80
    assert Counter(intent for _, intent, *_ in CORPUS)["none"] >= 130


@pytest.mark.parametrize(("intent", "word"), sorted(set(KEYWORDS)))
def test_every_keyword_is_written_as_texts_are_compared_and_means_what_its_row_says(intent: str, word: str) -> None:
    assert normalise(word) == word
    assert classify(word.upper()).intent == intent


def test_no_word_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for intent, word in KEYWORDS:
        meanings.setdefault(word, set()).add(intent)
    assert not {word for word, intents in meanings.items() if len(intents) > 1}


@pytest.mark.parametrize("name", ["keywords", "phrases"])
def test_every_row_has_a_source(name: str) -> None:
    data = table(name)
    assert data["version"] <= version()
    for row in data[name.removesuffix("s")]:
        assert row["source"] in data["sources"]
        assert row["lang"]


def test_every_pattern_can_be_read() -> None:
    for phrase in table("phrases")["phrase"]:
        assert phrase["stage"] in STAGES
        for row in phrase["say"]:
            assert row == " ".join(row.split())
            Pattern(phrase["id"], row)
    for words in table("phrases")["classes"].values():
        assert all(normalise(word) == word for word in words), words


def test_what_may_be_missing_begins_no_pattern() -> None:
    with pytest.raises(ValueError, match="begins with what may be missing"):
        Pattern("x", "please? stop")


# --- what must hold of any text ---------------------------------------------------------------------------------------

INVISIBLE = st.sampled_from(["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u0301", "\ufe0f"])
AROUND = st.text(st.sampled_from(list(" \t\n.!?,;:…*_-~#()[]{}<>|/\\\"'“”‘’«»🛑🙏😂👍")), max_size=6)  # noqa: RUF001


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(st.characters(), max_size=300))
def test_every_text_has_an_answer(text: str) -> None:
    assert classify(text).intent in {"stop", "start", "help", "yes", "none"}


@given(st.sampled_from(EXACT), AROUND, AROUND, st.data())
def test_case_signs_and_invisible_characters_keep_the_intent(
    pair: tuple[str, str], before: str, after: str, data: st.DataObject
) -> None:
    intent, word = pair
    typed = "".join(letter.upper() if data.draw(st.booleans()) else letter for letter in word)
    hidden = "".join(letter + (data.draw(INVISIBLE) if data.draw(st.booleans()) else "") for letter in typed)
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalpha() and data.draw(st.booleans()) else c for c in typed)
    for text in (typed, hidden, wide):
        assert classify(f"{before}{text}{after}").intent == intent


@given(st.sampled_from([word for _, word in EXACT]), st.data())
def test_spaces_between_letters_keep_the_intent(word: str, data: st.DataObject) -> None:
    apart = data.draw(st.sampled_from([" ", ".", "-", " . ", "\u00a0", "*"])).join(word.replace(" ", ""))
    assert classify(apart).intent == classify(word).intent


@given(
    st.sampled_from([text for _, intent, _, text in CORPUS if intent == "stop" and text.strip()]),
    st.sampled_from(" \n!🙏"),
)
def test_what_opts_out_does_so_with_a_sign_behind_it(text: str, sign: str) -> None:
    assert classify(text + sign).intent == "stop"


@pytest.mark.parametrize(
    "piece",
    [
        "is it in stock today ",
        "a",
        "!",
        ">\n",
        "on 1\n",
        "don't never want the ",
        "bus stop ",
        "a.",
        "from: a\n",
        "no mas de ",
        "\u200b",
    ],
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    classify("warm")

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.thread_time()
        classify(text)
        return time.thread_time() - start

    small = min(seconds(20_000) for _ in range(3))
    assert seconds(200_000) < 40 * small + 0.5  # 10 times the text; a quadratic search would take 100 times as long


def test_a_megabyte_has_an_answer() -> None:
    assert classify("is it in stock? don't stop by. " * 32_000).intent == "none"
    assert classify("is it in stock? " * 64_000 + "now stop").intent == "stop"


# --- the parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("STOP\n\nOn Tue, Nov 3 at 10:00 Lamps wrote:\n> Sale\n> Reply STOP", "STOP"),
        ("> Sale\n> Reply STOP\nIs it red?", "Is it red?"),
        ("On Monday I wrote: stop", "On Monday I wrote: stop"),
        ("Oui\n\nLe lun. 3 nov. 2026 à 10:00, Lampes a écrit :\nPromo, STOP au 36111", "Oui"),
        ("Sí\nEl lun, 3 nov 2026, Lamps escribió:\nOferta, responda ALTO", "Sí"),
        ("Red please\nSent from my phone", "Red please"),
        ("see https://lamps.example/stop or lamps.com/stop now", "see or now"),
        ("Loved “Reply STOP to end”", ""),
    ],
)
def test_only_the_senders_own_words_count(text: str, own: str) -> None:
    assert " ".join(own_words(text).split()) == own


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("stop", "stop", 0), ("stpo", "stop", 1), ("stp", "stop", 1), ("shops", "stop", 2), ("", "ab", 2)],
)
def test_slips(one: str, other: str, expected: int) -> None:
    assert slips(one, other) == slips(other, one) == expected


@given(st.text("abcst", max_size=6), st.text("abcst", max_size=6), st.text("abcst", max_size=6))
def test_slips_behave_like_a_distance(a: str, b: str, c: str) -> None:
    assert (slips(a, b) == 0) is (a == b)
    assert slips(a, b) == slips(b, a) <= max(len(a), len(b))


def test_real_words_are_no_misspellings() -> None:
    assert [word for word in table("keywords")["typos"]["never"] if meant(word)] == []
    assert (meant("stpo"), meant("unsuscribe"), meant("shop"), meant("is")) == ("stop", "unsubscribe", None, None)


def test_words_that_were_run_together_come_apart() -> None:
    assert (parted("stoptexting"), parted("pleasestop"), parted("unstoppable")) == ("stop texting", "please stop", None)
