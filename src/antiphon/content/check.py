"""What is wrong with a message's templates, found before anybody is written to."""

from dataclasses import dataclass

from liquid.builtin.content import ContentNode

from antiphon.content.liquid.environment import all_nodes
from antiphon.content.mail import CLIP_BYTES, compile_email, sections_of
from antiphon.content.models import EmailContent, MessageContent
from antiphon.content.names import BRAND, OFFERED, misspelt
from antiphon.content.templates import PLAIN, TemplateError, parse
from antiphon.rules.texts.data import SHORTENED, shared_shortener

#: What becomes of a large email.
CLIPPED = "Gmail cuts off what lies beyond 102 KB, the way to unsubscribe first: make it shorter."


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
        found += check_email(content.email)
    if content.sms is not None:
        found += _check("sms.text", content.sms.text, "text")
        if shared := shared_shortener(content.sms.text):
            found.append(Flaw("sms.text", f"the text has a link through {shared}.", SHORTENED))
    return found


def check_template(part: str, source: str, what: str) -> list[Flaw]:
    """What is wrong with one template of plain text, which ``what`` names."""
    return _check(part, source, what)


def check_email(email: EmailContent) -> list[Flaw]:
    """What is wrong with an email; nothing of one that names another, which was checked when it was saved."""
    if email.use:
        return []
    body = "email.mjml" if email.blocks is None else "email.blocks"
    found = _check("email.subject", email.subject, "subject") + _check("email.preheader", email.preheader, "preheader")
    found += _check(body, sections_of(email), "email")
    try:
        compiled = compile_email(email)
    except TemplateError as error:
        return found if any(not flaw.doubtful for flaw in found) else [*found, Flaw(body, error.what, error.hint)]
    size = len("".join(each.text for each in all_nodes(compiled.html.bound) if isinstance(each, ContentNode)).encode())
    if size > CLIP_BYTES:
        what = f"the email has {size / 1024:.0f} KB before anything is filled in."
        found.append(Flaw(body, what, CLIPPED, doubtful=True))
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
    there = sorted(f"brand.{one}" for one in BRAND) if name.startswith("brand.") else sorted(OFFERED)
    hint = f"Did you mean `{meant}`?" if meant else f"There are {', '.join(there)}."
    return Flaw(part, f"the {what} names `{name}`, which does not exist.", hint)
