"""A unit as browsers get it: only what a visitor may see, with the consent texts in pieces: words and where they lead."""

from typing import Any

from antiphon.content.languages import Words
from antiphon.signup.judging import example
from antiphon.signup.looks import on
from antiphon.signup.models import DoneStep, EmailStep, PhoneStep, PreferenceStep, Step, Unit
from antiphon.signup.qr import svg, text_message
from antiphon.signup.speaking import filled
from antiphon.signup.units import Shop
from antiphon.signup.wording import with_links


def rules(slug: str, version: int, unit: Unit) -> dict[str, Any]:
    """What the tag needs in order to know whether the unit may show. Seconds for every length of time."""
    show = unit.show
    return {
        "slug": slug,
        "version": version,
        "kind": unit.kind,
        "asks": [name for name in unit.names if name in {"email", "phone"}],
        "pages": show.pages,
        "except": show.except_pages,
        "device": show.device,
        "visits": show.visits,
        "delay": None if show.delay is None else show.delay.total_seconds(),
        "exit": show.exit_intent,
        "countries": show.countries,
        "exceptCountries": show.except_countries,
        "subscribed": show.subscribed,
        "again": show.again_after.total_seconds(),
        "most": show.most,
    }


def definition(unit: Unit, shop: Shop, words: Words) -> dict[str, Any]:
    """What the unit's script draws, in the words of a language where its owner wrote none."""
    unit = filled(unit, words)
    theme = unit.theme
    return {
        "unit": unit.unit,
        "kind": unit.kind,
        "language": words.language,
        "words": words.part("unit"),
        "brand": shop.brand,
        "steps": [_step(step, shop, unit) for step in unit.steps],
        "confirm": {"email": unit.confirm.email == "link", "sms": unit.confirm.sms == "reply"},
        "theme": theme.model_dump() | {"ink": on(theme.accent)},
        "countries": [
            {"code": one.code, "name": one.name, "dial": one.dial, "example": one.national}
            for one in (example(code, words.language) for code in unit.countries)
        ]
        if unit.phone
        else [],
        "work": unit.abuse.work,
    }


def _step(step: Step, shop: Shop, unit: Unit) -> dict[str, Any]:
    found = step.model_dump(exclude={"consent", "purposes", "keyword", "offer", "when"})
    if isinstance(step, EmailStep | PhoneStep):
        pieces = with_links(step.consent.text)
        words = [[piece.words.replace("{brand}", shop.brand), piece.url] for piece in pieces]
        found |= {"consent": words, "box": step.consent.box}
    if isinstance(step, PreferenceStep):
        found["choices"] = [[name, getattr(step, name)] for name in ("email", "sms", "both")]
    if isinstance(step, DoneStep):
        found |= code_of(unit)
        if not found["coupon"]:
            found.pop("coupon")
    return found


def code_of(unit: Unit) -> dict[str, Any]:
    """The code that is shown when the form is sent; of one that comes later a browser gets no more than that it comes."""
    step = unit.done
    if step.coupon and (step.when == "sent" or not unit.asks_to_confirm):
        return {"coupon": step.coupon}
    return {"coupon": None, "code": "after" if unit.asks_to_confirm else "coming"} if step.coupon or step.offer else {}


def by_text(step: PhoneStep | None, shop: Shop, code: str | None) -> dict[str, Any] | None:
    """The way in by a text from the visitor's own phone: a link for phones, a QR code for those who sit before a screen.

    ``?&body=`` is what both iOS and Android take (RFC 5724 has ``?body=``, which older iOS ignores).
    """
    if step is None or step.keyword is None:
        return None
    body = f"{step.keyword.upper()} {code}" if code else step.keyword.upper()
    return {
        "keyword": step.keyword.upper(),
        "number": shop.phone,
        "body": body,
        "href": f"sms:{shop.phone}?&body={body.replace(' ', '%20')}",
        "qr": svg(text_message(shop.phone, body)),
    }
