"""Text-to-join: words that, texted to a brand's number, begin an opt-in for what their wording asks for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from antiphon.addresses import queries
from antiphon.addresses.wordings import Wording, keep_wording
from antiphon.kit.errors import AntiphonError
from antiphon.rules.replies.classify import classify
from antiphon.rules.replies.fold import normalise
from antiphon.store.db import Database

LONGEST = 30


@dataclass(frozen=True, slots=True)
class Keyword:
    """``wording`` is what the call to action beside it says; ``ended_at``: it begins nothing any more."""

    brand: int
    word: str
    wording: Wording
    created_at: datetime
    ended_at: datetime | None = None


def find_keyword(connection: Connection, brand: int, body: str) -> Keyword | None:
    """The keyword that a text is, and nothing else but its case and punctuation."""
    word = normalise(body)
    if not 0 < len(word) <= LONGEST:
        return None
    row = connection.execute(queries.KEYWORD, {"brand": brand, "word": word}).one_or_none()
    if row is None:
        return None
    return Keyword(brand, word, Wording(brand, row.channel, tuple(row.purposes), row.locale, row.text), row.created_at)


def list_keywords(connection: Connection) -> list[Keyword]:
    """All keywords, those that ended too, by brand and word."""
    return [
        Keyword(
            r.brand,
            r.word,
            Wording(r.brand, r.channel, tuple(r.purposes), r.locale, r.text),
            r.created_at,
            r.ended_at,
        )
        for r in connection.execute(queries.KEYWORDS)
    ]


def save_keyword(database: Database, word: str, wording: Wording, now: datetime, by: str) -> Keyword:
    """Make a keyword, or give one another wording; a word that means something by itself is refused."""
    plain = normalise(word)
    if not 0 < len(plain) <= LONGEST:
        raise AntiphonError("A keyword is 1 to 30 letters or digits.", "Choose a short word, such as JOIN.")
    if meaning := meaning_of_word(plain):
        raise AntiphonError(f"{plain.upper()} already means {meaning.upper()}.", "Choose another word, such as JOIN.")
    if wording.channel != "sms" or "marketing" not in wording.purposes:
        raise AntiphonError("A keyword signs up for marketing texts.", "Choose texts and marketing.")
    if len(wording.text.strip()) < len("Reply STOP to opt out"):
        raise AntiphonError("The wording beside the keyword is missing.", "Write the call to action as people see it.")
    with database.begin("settings") as connection:
        version = keep_wording(connection, wording, now, by)
        values = {"brand": wording.brand, "word": plain, "wording": version, "now": now}
        connection.execute(queries.SAVE_KEYWORD, values)
    return Keyword(wording.brand, plain, wording, now)


def meaning_of_word(word: str) -> str:
    """What a word means to everybody who texts it (STOP, HELP, YES …); '' when a brand may give it a meaning."""
    reply = classify(word)
    return "" if reply.intent == "none" or (reply.intent == "start" and not reply.sure) else reply.intent


def end_keyword(database: Database, brand: int, word: str, now: datetime) -> bool:
    """End a keyword; returns whether it still worked. Who signed up by it stays signed up."""
    with database.begin("settings") as connection:
        return connection.execute(queries.END_KEYWORD, {"brand": brand, "word": word, "now": now}).rowcount > 0
