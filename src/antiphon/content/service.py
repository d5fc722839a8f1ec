"""Service messages: what the law and the carriers want said around consent, and never anything else.

- ``stop``: the one confirmation of a STOP, within five minutes (47 CFR 64.1200(a)(12)); it confirms and says nothing more
- ``help``: the answer to HELP; names the brand and a way to reach somebody
- ``confirm``: the request to confirm a sign-up; a text asks for a YES, an email leads to a page with a button
- ``confirmed``: the confirmation of a text opt-in, with what carriers want in it
- ``code``: the code that a sign-up promised, once the address is confirmed; never without the consent to marketing

Our words are in ``content.languages``; each brand may word them itself, in Liquid. They know ``brand`` (name, email, phone,
postal_address), ``cart`` (whether cart reminders are part of it), ``confirm_url``; of a code ``code``, ``last_day`` (written
out, or nothing) and ``preferences_url``.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from antiphon.content.bound import LONGEST_TEXT
from antiphon.content.context import Brand
from antiphon.content.gsm import segments
from antiphon.content.kit import speaking
from antiphon.content.languages import AUTO, DEFAULT, languages, words_of
from antiphon.content.links import Holder, holder_token
from antiphon.content.mail import PLAIN_KIT, CompiledEmail, compile_email, fill_email
from antiphon.content.models import EmailContent
from antiphon.content.render import Rendered, Target
from antiphon.content.sms import smart
from antiphon.content.templates import PLAIN, TemplateError, fill, parse
from antiphon.kit.signing import Signer

#: Beside the kind in the step of a service message: cart reminders are part of what it asks for.
CART = "+cart"

_KEPT = 64
#: The words that a text of a kind must name.
_NAMED = {"confirm": ("YES", "STOP", "HELP"), "confirmed": ("STOP", "HELP"), "code": ("STOP",), "help": ("STOP",)}
_LIQUID = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ServiceText:
    """The words of one kind on one channel; ``subject`` of an email."""

    text: str
    subject: str = ""


#: What there is to be said, by kind and channel.
KINDS = (
    ("stop", "sms"), ("help", "sms"), ("confirm", "sms"), ("confirmed", "sms"), ("confirm", "email"), ("code", "sms"),
    ("code", "email"),
)  # fmt: skip


def ours(kind: str, channel: str, language: str = DEFAULT) -> ServiceText:
    """Our words of a kind on a channel, in a language (BCP 47)."""
    words, key = words_of(language), f"service.{kind}_{channel}"
    return ServiceText(words.raw(key).strip(), words.raw(f"{key}_subject") if channel == "email" else "")


def longest(kind: str, channel: str) -> list[str]:
    """Our words of a kind in every language: what a message may have to hold."""
    return [ours(kind, channel, language).text for language in languages()]


def step_of(kind: str, *, cart: bool, language: str = "") -> str:
    """The step of a service message: its kind, whether cart reminders are part of it, the language it is asked in."""
    return kind + (CART if cart else "") + (f"@{language}" if language else "")


def kind_of(step: str) -> tuple[str, bool]:
    """The kind that a message's step names, and whether cart reminders are part of it."""
    step = step.partition("@")[0]
    return step.removesuffix(CART), step.endswith(CART)


def flaws(kind: str, channel: str, words: ServiceText) -> list[str]:
    """What is wrong with a brand's own words, in sentences; empty when they may be used."""
    if (kind, channel) not in KINDS:
        return [f"There is no service message {kind} for {channel}."]
    found = []
    try:
        parse(PLAIN, words.text, "text")
        if channel == "email":
            compile_email(_email(words, kind=kind))
    except TemplateError as error:
        found.append(str(error))
    if channel == "email" and not words.subject.strip():
        found.append("An email needs a subject.")
    wanted = _NAMED.get(kind, ())
    missing = [word for word in wanted if channel == "sms" and not re.search(rf"\b{word}\b", words.text)]
    if missing:
        found.append(f"The text has to name {', '.join(missing)}.")
    if kind == "stop" and re.search(r"https?://|www\.|_url\b", words.text):
        found.append("The confirmation of a STOP confirms only: a link in it would be marketing.")
    if kind == "code" and not re.search(r"\bcode\b", "".join(_LIQUID.findall(words.text))):
        found.append("The message has to tell the code: {{ code }}.")
    if kind == "help" and not re.search(r"brand\.(email|phone)|@|https?://|(\d[ -]?){7}", words.text):
        found.append("The text has to say how to reach somebody: an email address, a phone number or a page.")
    if channel == "sms" and not re.search(r"brand\.name", words.text):
        found.append("The text has to name the brand: {{ brand.name }}.")
    return found


class ServiceRenderer:
    """Renders service messages; what was compiled is kept by its words."""

    def __init__(self, signer: Signer, base_url: str) -> None:
        self._signer = signer
        self._base_url = base_url.rstrip("/")
        self._emails: OrderedDict[tuple[ServiceText, str], CompiledEmail] = OrderedDict()

    def render(self, step: str, words: ServiceText | None, target: Target, brand: Brand, answers: str = "") -> Rendered:
        """One message; ``words`` ``None`` takes ours. Of a code ``answers`` is itself and its last day, parted by ``|``.

        Raises :class:`TemplateError` when it cannot be made.
        """
        kind, cart = kind_of(step)
        language = step.partition("@")[2] or brand.language
        words = words or ours(kind, target.channel, language)
        values = {
            "brand": {
                "name": brand.name,
                "email": brand.from_email,
                "phone": brand.from_phone,
                "postal_address": brand.postal_address,
            },
            "cart": cart,
            "confirm_url": self._url("confirm", target, brand, language),
            "unsubscribe_url": None,
            "preferences_url": None,
        }
        if kind == "code":
            code, _, last_day = answers.partition("|")
            preferences = self._url("preferences", target, brand, language)
            written = words_of(language).date(datetime.fromisoformat(last_day)) if last_day else None
            values |= {"code": code, "last_day": written, "preferences_url": preferences}
        return self._mail(words, values, language, kind) if target.channel == "email" else self._text(words, values)

    def _url(self, use: str, target: Target, brand: Brand, language: str) -> str:
        holder = Holder(target.channel, target.address, brand.id)
        base = (brand.base_url or self._base_url).rstrip("/")
        tail = f"?l={language}" if language not in {DEFAULT, AUTO} else ""
        return f"{base}/{use}/{holder_token(self._signer, use, holder)}{tail}"

    def _text(self, words: ServiceText, values: Mapping[str, Any]) -> Rendered:
        body = smart(fill(parse(PLAIN, words.text, "text"), values, "text").strip())
        if not 0 < len(body) <= LONGEST_TEXT:
            raise TemplateError(f"The text has {len(body)} characters.", "It needs 1 to 1,600.")
        return Rendered(body, body, None, segments(body).count, (), None)

    def _mail(self, words: ServiceText, values: Mapping[str, Any], language: str, kind: str) -> Rendered:
        key = words, words_of(language).language
        if key not in self._emails:
            self._emails[key] = compile_email(_email(words, language, kind), speaking(PLAIN_KIT, key[1]))
            if len(self._emails) > _KEPT:
                self._emails.popitem(last=False)
        email = fill_email(self._emails[key], values)
        return Rendered(email.subject, email.text, email.html, None, (), None)


def _email(words: ServiceText, language: str = DEFAULT, kind: str = "confirm") -> EmailContent:
    """Paragraphs and a button, or below a code the way out; nothing in the words is markup."""
    parts = "".join(f"<mj-text>{_escaped(part)}</mj-text>" for part in re.split(r"\n\s*\n", words.text.strip()))
    says = words_of(language).raw
    if kind == "code":  # it goes to subscribers, with what their emails have (15 U.S.C. 7704(a)(3) and (5))
        way = f'<a href="{{{{ preferences_url }}}}">{escape(says("page.choose_what"))}</a>'
        end = f"<mj-text>{way}<br>{{{{ brand.postal_address }}}}</mj-text>"
    else:
        end = f'<mj-button href="{{{{ confirm_url }}}}">{escape(says("service.confirm_email_button"))}</mj-button>'
    mjml = f"<mj-section><mj-column>{parts}{end}</mj-column></mj-section>"
    return EmailContent(subject=words.subject or "?", mjml=mjml)


def _escaped(part: str) -> str:
    return "".join(piece if n % 2 else escape(piece) for n, piece in enumerate(_LIQUID.split(part)))
