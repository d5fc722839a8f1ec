"""What the demo shop writes with: its brand kit, its library of emails, the keyword of its invitation, its catalogue.

The emails of its journeys stand in the library, where they can be edited; the journeys name them.
"""

from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from typing import Any

from psycopg.types.json import Jsonb
from ruamel.yaml import YAML

from antiphon.addresses.wordings import Wording
from antiphon.catalogue.words import ProductWord
from antiphon.catalogue.writing import take_words
from antiphon.content import library
from antiphon.content.kit import Invitation, Kit, Social
from antiphon.content.models import EmailContent
from antiphon.demo import queries
from antiphon.demo.catalogue import PRODUCTS, SHOP_NAME, SHOP_URL
from antiphon.intake.keywords import save_keyword
from antiphon.kit.documents import plain
from antiphon.store.db import Database

KEYWORD = "LANTERN"
KIT = Kit(
    background="#f4ede2", paper="#fffdf9", text="#33291f", quiet="#6b5a48", link="#8a3f14", button="#8a3f14", radius=4,
    font="georgia", footer="Things for the home, made to be kept.",
    social=(Social(network="instagram", url="https://instagram.com/lanternandloom.example"),
            Social(network="website", url=SHOP_URL)),
    invitation=Invitation(
        title="First to know, by text", text="New lamps and the two sales of the year, an hour early.", keyword=KEYWORD
    ),
)  # fmt: skip

#: What the shop calls the emails of its steps, where two journeys have a step of one name with the journey's.
_TITLES = {
    "abandoned-cart/first-email": "Cart: what you left",
    "abandoned-cart/second-email": "Cart: a closer look",
    "abandoned-cart/third-email": "Cart: still right for you",
    "abandoned-cart/last-email": "Cart: last note",
    "abandoned-checkout/first-email": "Checkout: did something go wrong",
    "abandoned-checkout/second-email": "Checkout: anything to clear up",
    "abandoned-checkout/third-email": "Checkout: still what you want",
    "abandoned-checkout/last-email": "Checkout: last note",
    "win-back-abandonment/detail": "Win-back: what you left",
    "win-back-abandonment/alike": "Win-back: what may fit",
    "win-back-abandonment/best": "Win-back: best sellers",
    "win-back-abandonment/last-email": "Win-back: last offer",
    "thanks": "Thank you",
    "order-thanks/thanks": "We have your order",
}
_ASKED = (
    "Text LANTERN to get recurring automated marketing texts from Lantern & Loom. Consent is not a condition of purchase. "
    "Msg frequency varies. Msg & data rates may apply. Reply STOP to cancel, HELP for help."
)


def furnish(database: Database, now: datetime, by: str) -> None:
    """The kit, the keyword and the catalogue."""
    with database.begin("settings") as connection:
        value = Jsonb(KIT.model_dump(mode="json"))
        connection.execute(queries.SAVE_SETTING, {"key": "kit.1", "value": value, "now": now, "by": by})
    save_keyword(database, KEYWORD, Wording(1, "sms", ("marketing",), "en", _ASKED), now, by)
    words = [
        ProductWord(
            id=one.id, title=one.name, url=one.url, price=one.price, currency="USD", vendor=SHOP_NAME,
            category=[one.category],
        )
        for one in PRODUCTS
    ]  # fmt: skip
    take_words(database, words, now)


def into_library(database: Database, source: str, now: datetime, by: str) -> str:
    """Put the emails of a journey's file into the library; returns the file with their names in their places."""
    reader = YAML()
    document = reader.load(source)
    names: dict[int, str] = {}
    with database.begin("emails") as connection:
        for step in document["steps"]:
            said = step.get("content", {}).get("email")
            if not said or "use" in said:
                continue
            if id(said) not in names:  # an anchor: several steps say the same
                content = EmailContent.model_validate(plain(said))
                names[id(said)] = library.make(connection, _title(document["journey"], step), content, by, now)
            step["content"]["email"] = {"use": names[id(said)]}
    written = StringIO()
    reader.dump(document, written)
    return written.getvalue()


def _title(journey: str, step: Mapping[str, Any]) -> str:
    name = str(step["id"])
    return _TITLES.get(f"{journey}/{name}") or _TITLES.get(name, name.replace("-", " ").capitalize())
