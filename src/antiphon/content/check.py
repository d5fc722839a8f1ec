"""What is wrong with a message's templates, found before anybody is written to."""

from dataclasses import dataclass

from antiphon.content.mail import compile_email
from antiphon.content.models import MessageContent
from antiphon.content.names import BRAND, ROOTS, misspelt
from antiphon.content.templates import PLAIN, TemplateError, parse
from antiphon.rules.texts.data import SHORTENED, shared_shortener


@dataclass(frozen=True, slots=True)
class Flaw:
    """``part`` is the path inside the content, such as ``email.subject``; a ``doubtful`` one may be meant so."""

    part: str
    what: str
    hint: str = ""
    doubtful: bool = False


def check_content(content: MessageContent) -> list[Flaw]:
    """Everything that is wrong with a message's templates; empty when all is well."""
    found: list[Flaw] = []
    if content.email is not None:
        for name, what in (("subject", "subject"), ("preheader", "preheader"), ("mjml", "email")):
            found += _check(f"email.{name}", getattr(content.email, name), what)
        try:
            compile_email(content.email)
        except TemplateError as error:
            if all(flaw.doubtful for flaw in found):
                found.append(Flaw("email.mjml", error.what, error.hint))
    if content.sms is not None:
        found += _check("sms.text", content.sms.text, "text")
        if shared := shared_shortener(content.sms.text):
            found.append(Flaw("sms.text", f"the text has a link through {shared}.", SHORTENED))
    return found


def _check(part: str, source: str, what: str) -> list[Flaw]:
    try:
        template = parse(PLAIN, source, what)
    except TemplateError as error:
        return [Flaw(part, error.what, error.hint)]
    return [_flaw(part, what, *one) for one in misspelt(template)]


def _flaw(part: str, what: str, name: str, meant: str, doubtful: bool) -> Flaw:
    if doubtful:
        said = f"the {what} names `{name}`, which looks misspelt."
        return Flaw(part, said, f"Did you mean `{meant}`?", doubtful=True)
    there = sorted(f"brand.{one}" for one in BRAND) if name.startswith("brand.") else sorted(ROOTS)
    hint = f"Did you mean `{meant}`?" if meant else f"There are {', '.join(there)}."
    return Flaw(part, f"the {what} names `{name}`, which does not exist.", hint)
