"""From content and facts to what goes over the wire, with the compiled templates kept per version."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from antiphon.content.bound import LONGEST_TEXT, Limits, clipped, limits_of, most_segments
from antiphon.content.context import Brand, Occasion, Recipient, template_values
from antiphon.content.gsm import segments
from antiphon.content.kit import Kit, speaking
from antiphon.content.languages import AUTO, spoken_by, words_of
from antiphon.content.links import (
    LINK_TAIL,
    PREFERENCES_TAIL,
    Holder,
    Links,
    Subscription,
    holder_token,
    mail_token,
    unsubscribe_token,
)
from antiphon.content.mail import CompiledEmail, NothingToShowError, RenderedEmail, compile_email, fill_email
from antiphon.content.marks import OPEN, TRAP
from antiphon.content.models import EmailContent, MessageContent, SmsContent
from antiphon.content.needs import NOTHING, Extras
from antiphon.content.sms import completed, smart
from antiphon.content.templates import PLAIN, Template, TemplateError, fill, parse
from antiphon.kit.signing import Signer
from antiphon.rules.texts.data import SHORTENED, shared_shortener

_KEPT = 512


@dataclass(frozen=True, slots=True)
class Target:
    """The message that is rendered: where it goes and what its tokens name."""

    abucket: int
    message: int
    channel: str
    address: str
    promotional: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes out. ``subject`` of a text is its words; ``links`` by the number in their tokens.

    ``out_token`` is what an address to leave by mail is made of; ``written`` a text before its typography was made plain.
    """

    subject: str
    body: str
    html: str | None
    segments: int | None
    links: tuple[str, ...]
    unsubscribe_url: str | None
    out_token: str = ""
    preheader: str = ""
    written: str = ""


class Renderer:
    """Renders messages; templates are compiled once per version and step."""

    def __init__(self, signer: Signer, base_url: str) -> None:
        self._signer = signer
        self._base_url = base_url.rstrip("/")
        self._emails: OrderedDict[tuple[int, str, Kit], CompiledEmail | TemplateError] = OrderedDict()
        self._texts: OrderedDict[tuple[int, str], Template | TemplateError] = OrderedDict()
        self._bounds: OrderedDict[tuple[Hashable, ...], int | TemplateError] = OrderedDict()

    def render(
        self,
        key: tuple[int, str],
        content: MessageContent,
        target: Target,
        recipient: Recipient,
        occasion: Occasion,
        brand: Brand,
        extras: Extras = NOTHING,
    ) -> Rendered:
        """One message of version and step ``key``; raises :class:`TemplateError` when it cannot be made.

        ``extras``: what ``needs_of(content)`` asks for.
        """
        base = (brand.base_url or self._base_url).rstrip("/")
        if brand.base_url != base:
            brand = replace(brand, base_url=base)
        links = Links(self._signer, base, target.abucket, target.message)
        if target.channel == "sms":
            if content.sms is None:
                raise TemplateError("The step has no text.", "Give it `sms` content, or email as its only channel.")
            return self._text(key, content.sms, target, recipient, occasion, brand, links, extras)
        if content.email is None:
            raise TemplateError("The step has no email.", "Give it `email` content, or SMS as its only channel.")
        return self._email(key, content.email, target, recipient, occasion, brand, links, extras)

    def _email(
        self,
        key: tuple[int, str],
        content: EmailContent,
        target: Target,
        recipient: Recipient,
        occasion: Occasion,
        brand: Brand,
        links: Links,
        extras: Extras,
    ) -> Rendered:
        out = preferences = None
        if target.promotional:
            token = unsubscribe_token(
                self._signer, Subscription(target.channel, target.address, brand.id, target.message)
            )
            out = f"{links.base_url}/u/{token}"
            preferences = _preferences_url(links, target, brand)
            links.untouched = frozenset({out, preferences})
        values = template_values(recipient, occasion, brand, out, preferences) | extras.values()
        if target.promotional:
            values |= {OPEN: links.open_url(), TRAP: links.trap_url()}
        language = spoken_by(recipient.traits) if brand.language == AUTO else words_of(brand.language).language
        kit = speaking(brand.kit, language)
        compiled = _cached(self._emails, (*key, kit), lambda: compile_email(content, kit))
        email = fill_email(compiled, values, links)
        if out:
            _lawful(email, out, brand)
        by_mail = mail_token(self._signer, target.abucket, target.message) if out else ""
        return Rendered(email.subject, email.text, email.html, None, tuple(links.urls), out, by_mail, email.preheader)

    def _text(
        self,
        key: tuple[int, str],
        content: SmsContent,
        target: Target,
        recipient: Recipient,
        occasion: Occasion,
        brand: Brand,
        links: Links,
        extras: Extras,
    ) -> Rendered:
        template = self._template(key, content)
        # signing costs more than all the rest; brackets can name anything
        named = "preferences_url" in content.text or "[" in content.text
        preferences = _preferences_url(links, target, brand) if target.promotional and named else None
        links.untouched = frozenset({preferences or ""})
        values = template_values(recipient, occasion, brand, None, preferences) | extras.values()
        written = _words(template, values, links, brand, promotional=target.promotional)
        count = segments(body := smart(written)).count
        if target.promotional and count > 1 and count > (most := self.most(key, content, brand)):
            links.forget(0)
            # half of a code is none
            cut = clipped(values, limits_of(template, _limits(links.base_url))) | {"offer": values["offer"]}
            written = _words(template, cut, links, brand)
            count = segments(body := smart(written)).count
            if count > most:
                raise TemplateError(
                    f"The text needs {count} segments for this person, its version at most {most}.",
                    "Cut the value that is so long: {{ x | truncate: 30 }}.",
                )
        if not body:
            raise NothingToShowError("The text is empty for this person.", "Give the Liquid a default.")
        if len(body) > LONGEST_TEXT:
            raise TemplateError(f"The text has {len(body)} characters for this person.", "Carriers take up to 1,600.")
        return Rendered(body, body, None, count, tuple(links.urls), None, written=written)

    def most(
        self,
        key: tuple[int, str],
        content: SmsContent,
        brand: Brand,
        recipient: Recipient | None = None,
        occasion: Occasion | None = None,
        *,
        promotional: bool = True,
    ) -> int:
        """The most segments that the text of version and step ``key`` can need: for anyone, or for a person who is known.

        Raises :class:`TemplateError` where the template is broken.
        """
        values = template_values(recipient or Recipient(), occasion or Occasion(), brand, None)
        known = {"brand"} | ({"person", "subscriber"} if recipient else set()) | (_ABOUT if occasion else set())
        base = (brand.base_url or self._base_url).rstrip("/")

        def reckoned() -> int:
            template = self._template(key, content)
            return most_segments(
                template,
                brand.name,
                known={name: values[name] for name in known},
                limits=_limits(base),
                base_url=base,
                language=brand.language,
                promotional=promotional,
            )

        if recipient or occasion:
            return reckoned()
        return _cached(self._bounds, (key, brand, promotional), reckoned)

    def _template(self, key: tuple[int, str], content: SmsContent) -> Template:
        return _cached(self._texts, key, lambda: parse(PLAIN, content.text, "text"))


#: What a template may say of the occasion.
_ABOUT = {"event", "occasion", "cart_url"}


def _limits(base: str) -> Limits:
    return Limits(link=len(base) + LINK_TAIL, preferences=len(base) + PREFERENCES_TAIL)


def _words(
    template: Template, values: Mapping[str, Any], links: Links, brand: Brand, *, promotional: bool = True
) -> str:
    """A text's words for one person, as written; refused where a link goes through a shortener that anybody can use."""
    words = fill(template, values, "text")
    if shared := shared_shortener(words):
        raise TemplateError(f"The text has a link through {shared}.", SHORTENED)
    return completed(links.in_text(words), brand.name, promotional=promotional, language=brand.language)


def _lawful(email: RenderedEmail, out: str, brand: Brand) -> None:
    """A promotional email shows the way out and the brand's postal address, whatever its content does to the layout.

    15 U.S.C. 7704(a)(3) and (5); templates can assign the very names that the layout prints.
    """
    address = brand.postal_address.strip()
    if not address:
        raise TemplateError(
            "The brand has no postal address.", "Give it one in Settings; each promotional email shows it."
        )
    if out not in email.text or out not in email.html:
        raise TemplateError(
            "The email does not show the way to unsubscribe.", "Take out what changes `unsubscribe_url`."
        )
    if address not in email.text and " ".join(address.split()) not in " ".join(email.text.split()):
        raise TemplateError("The email does not show the postal address.", "Take out what changes `brand`.")


def _preferences_url(links: Links, target: Target, brand: Brand) -> str:
    holder = Holder(target.channel, target.address, brand.id)
    return f"{links.base_url}/preferences/{holder_token(links.signer, 'preferences', holder)}"


K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def _cached(kept: "OrderedDict[K, T | TemplateError]", key: K, make: Callable[[], T]) -> T:
    """What ``make`` made for ``key``, its failure included: a broken template is not compiled for each person."""
    if key not in kept:
        try:
            kept[key] = make()
        except TemplateError as error:
            kept[key] = error
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    found = kept[key]
    if isinstance(found, TemplateError):
        raise TemplateError(found.what, found.hint)
    return found
