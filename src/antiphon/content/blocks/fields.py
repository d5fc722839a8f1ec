"""What the fields of blocks may hold."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from antiphon.content.blocks.markup import clean, escaped, whole
from antiphon.content.templates import PLAIN, TemplateError, parse

#: ``{% if … %}`` around an expression, as documentation of other tools has it.
_IF = re.compile(r"\{%-?\s*if\s(.*?)-?%\}", re.DOTALL)
_SCHEME = re.compile(r"https?://|mailto:|tel:|sms:|#|\{\{", re.IGNORECASE)


def _plain(value: str) -> str:
    escaped(value)
    whole(value)
    return value.strip()


def _url(value: str) -> str:
    found = _plain(value)
    if found and not _SCHEME.match(found):
        raise ValueError("an address begins with https://, mailto:, tel:, sms:, or with Liquid such as {{ cart_url }}")
    return found


def _picture(value: str) -> str:
    found = _plain(value)
    if found and not re.match(r"https?://|\{\{", found, re.IGNORECASE):
        raise ValueError("a picture's address begins with https://, or with Liquid such as {{ event.image_url }}")
    return found


def _expression(value: str) -> str:
    """A Liquid condition, with ``{% if %}`` around it or without."""
    found = value.strip()
    if match := _IF.fullmatch(found):
        found = match[1].strip()
    if not found:
        return ""
    if re.search(r"\{%|%\}|\{\{|\}\}", found):
        raise ValueError("write the condition alone, such as subscriber.smsSubscriptionStatus != 'subscribed'")
    try:
        parse(PLAIN, f"{{% if {found} %}}x{{% endif %}}", "condition")
    except TemplateError as error:
        raise ValueError(f"it is no condition of Liquid: {error.what.splitlines()[0]}") from error
    return found


#: Text with Liquid, no markup.
Words = Annotated[str, Field(max_length=1_000), AfterValidator(_plain)]
Url = Annotated[str, Field(max_length=2_000), AfterValidator(_url)]
Picture = Annotated[str, Field(max_length=2_000), AfterValidator(_picture)]
#: Text with the markup of emails, and Liquid.
Rich = Annotated[str, Field(max_length=50_000), AfterValidator(clean)]
Expression = Annotated[str, Field(max_length=1_000), AfterValidator(_expression)]
