"""Consent texts: how they are written, what the United States ask of them, and their version.

Source of the list: CTIA Messaging Principles and Best Practices and Short Code Monitoring Handbook, 47 CFR 64.1200(f)(9),
carriers' terms for cart reminders (T-Mobile, from 1 May 2020).
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

_LINK = re.compile(r"\[([^\[\]\n]{1,80})\]\(([^()\s]{1,500})\)")


class Disclosure(NamedTuple):
    """Something that the words beside a phone field must say; ``found`` recognises it, ``example`` says it."""

    what: str
    found: re.Pattern[str]
    example: str


def _says(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


#: What must be said, in the order in which it usually is; the last one only where carts are among it.
_WHATS = (
    "who sends the texts",
    "that the texts are recurring",
    "that they are automated",
    "that they are marketing",
    "that consent is not a condition of purchase",
    "how often texts come",
    "that message and data rates may apply",
    "how to stop them",
    "how to get help",
    "a link to the terms",
    "a link to the privacy policy",
    "that cart reminders are among them",
)
#: STOP and HELP stay as they are in every language: they are what carriers and this installation act upon.
_BRAND, _STOP, _HELP = _says(r"\{brand\}"), re.compile(r"\bSTOP\b"), re.compile(r"\bHELP\b")


def _link(words: str) -> re.Pattern[str]:
    return _says(rf"\[[^\]]*\b({words})[^\]]*\]\(https://")


#: By language, in the order of ``_WHATS``: what says it, and an example. A language of ``content.languages`` that is added
#: is added here too, and a starter in it; a test asks for both.
_SAID: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "en": (
        (_BRAND, "from {brand}"),
        (_says(r"\brecurring\b"), "recurring"),
        (_says(r"\bautomated\b|\bautodial"), "automated"),
        (_says(r"\bmarketing\b|\bpromotion|\badvertis"), "marketing texts"),
        (
            _says(r"not (a|required as a) condition (of|to|for) (any )?(purchas|buy)"),
            "Consent is not a condition of purchase.",
        ),
        (
            _says(
                r"(msg|message) freq(uency|\.)?\b|\b\d+ (msgs?|messages|texts)\s?(/|per |a |each )\s?(day|week|month|mo)"
            ),
            "Message frequency varies.",
        ),
        (_says(r"(msg|message)s?\s*(&|and)\s*data rates may apply"), "Message and data rates may apply."),
        (_STOP, "Reply STOP to end"),
        (_HELP, "HELP for help."),
        (_link(r"terms\b"), "[Terms](https://…)"),
        (_link(r"privacy\b"), "[Privacy Policy](https://…)"),
        (_says(r"cart remind|reminders? (about|of|for) (your )?cart"), "cart reminders"),
    ),
    "es": (
        (_BRAND, "de {brand}"),
        (_says(r"\brecurrentes?\b"), "recurrentes"),
        (_says(r"\bautomatizad|\bautomátic"), "automatizados"),
        (_says(r"\bmarketing\b|\bpromocion|\bpublici|\bcomercial"), "mensajes de marketing"),
        (
            _says(r"no (es|son|constituye)( una)? (condición|requisito) (de|para) (la |una |ninguna )?compra"),
            "El consentimiento no es condición de compra.",
        ),
        (
            _says(r"frecuencia de (los )?mensajes|\b\d+ mensajes (al|por|cada) (día|semana|mes)"),
            "La frecuencia de mensajes varía.",
        ),
        (_says(r"tarifas de mensajes? y datos"), "Pueden aplicarse tarifas de mensajes y datos."),
        (_STOP, "Responde STOP para cancelar"),
        (_HELP, "HELP para ayuda."),
        (_link(r"términos|condiciones"), "[Términos](https://…)"),
        (_link(r"privacidad"), "[Política de privacidad](https://…)"),
        (_says(r"recordatorios? (de|sobre) (tu |su |el )?carrito"), "recordatorios de carrito"),
    ),
    "fr": (
        (_BRAND, "de {brand}"),
        (_says(r"\brécurrents?\b"), "récurrents"),
        (_says(r"\bautomatis|\bautomatique"), "automatisés"),
        (_says(r"\bmarketing\b|\bpromotion|\bpublicit|\bcommercia"), "SMS marketing"),
        (
            _says(r"n[’']est pas (une |la )?condition (d[’']|à l[’']|pour l[’']|de l[’']|de tout )achat"),
            "Le consentement n’est pas une condition d’achat.",
        ),
        (
            _says(r"fréquence (des|d[’'])\s?(messages|envois?|SMS)|\b\d+ (messages|SMS) par (jour|semaine|mois)"),
            "La fréquence des messages varie.",
        ),
        (
            _says(r"frais de messages? et de données"),
            "Des frais de messages et de données peuvent s’appliquer.",
        ),
        (_STOP, "Répondez STOP pour arrêter"),
        (_HELP, "HELP pour de l’aide."),
        (_link(r"conditions"), "[Conditions](https://…)"),
        (_link(r"confidentialité|vie privée"), "[Politique de confidentialité](https://…)"),
        (_says(r"rappels? (de|du|d[’']un|de votre) panier"), "rappels de panier"),
    ),
    "de": (
        (_BRAND, "von {brand}"),
        (_says(r"\bwiederkehrend|\bregelmäßig"), "wiederkehrende"),
        (_says(r"\bautomatis|\bautomatisch"), "automatische"),
        (_says(r"\bmarketing|\bwerb|\bwerbe"), "Werbe-SMS"),
        (
            _says(r"(keine|nicht) (bedingung|voraussetzung) (für|eines|des) (einen |den )?(kauf|erwerb|einkauf)"),
            "Die Einwilligung ist keine Bedingung für einen Kauf.",
        ),
        (
            _says(r"(zahl|häufigkeit) der (nachrichten|SMS)|\b\d+ (nachrichten|SMS) (am|pro|im) (tag|woche|monat)"),
            "Die Zahl der Nachrichten ist verschieden.",
        ),
        (
            _says(r"(kosten|gebühren) für nachrichten und daten"),
            "Kosten für Nachrichten und Daten möglich.",
        ),
        (_STOP, "STOP zum Abmelden"),
        (_HELP, "HELP für Hilfe."),
        (_link(r"AGB|nutzungsbedingungen|bedingungen"), "[AGB](https://…)"),
        (_link(r"datenschutz"), "[Datenschutz](https://…)"),
        (_says(r"erinnerungen? an (den |ihren |einen )?waren(korb|körbe)"), "Erinnerungen an Warenkörbe"),
    ),
}


def disclosures(language: str = "en", *, carts: bool = True) -> list[Disclosure]:
    """What has to be said beside a phone field in a language (BCP 47), of what the United States ask for."""
    said = _SAID.get(language.partition("-")[0], _SAID["en"])
    found = [Disclosure(what, *one) for what, one in zip(_WHATS, said, strict=True)]
    return found if carts else found[:-1]


def missing(text: str, language: str = "en", *, carts: bool) -> list[Disclosure]:
    """What the words beside a phone field leave unsaid. The owner may write in English, or in the unit's own language;
    of a unit that speaks its visitor's (``auto``), or one that we do not speak, in any that is known. All of it must be
    said in one and the same."""
    own = language.partition("-")[0]
    tried = dict.fromkeys((own, "en")) if own in _SAID else _SAID
    lacks = [[one for one in disclosures(code, carts=carts) if not one.found.search(text)] for code in tried]
    return min(lacks, key=len)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; with ``url`` it is a link."""

    words: str
    url: str = ""


def with_links(text: str) -> list[Piece]:
    """The text in pieces. Raises ``ValueError`` for a link that is not one to a secure page."""
    pieces: list[Piece] = []
    at = 0
    for match in _LINK.finditer(text):
        if not match[2].startswith("https://"):
            raise ValueError(f"the link of “{match[1]}” must begin with https://")
        pieces += [Piece(text[at : match.start()]), Piece(match[1], match[2])]
        at = match.end()
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.words]


def spoken(text: str, brand: str) -> str:
    """The words as a visitor sees them, links with their addresses behind them: what is kept as evidence."""
    words = "".join(f"{piece.words} ({piece.url})" if piece.url else piece.words for piece in with_links(text))
    return words.replace("{brand}", brand)
