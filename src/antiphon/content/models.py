"""What a message says, as a definition holds it: Liquid inside, one part per channel."""

from pydantic import BaseModel, ConfigDict, Field

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class EmailContent(BaseModel):
    """An email: ``mjml`` is what stands inside ``<mj-body>``; the layout adds head, preheader and footer."""

    model_config = _FROZEN

    subject: str = Field(min_length=1, max_length=1_000)
    preheader: str = Field(default="", max_length=1_000)
    mjml: str = Field(min_length=1, max_length=500_000)


class SmsContent(BaseModel):
    """A text as written; the brand's name and the way out are added where they are missing."""

    model_config = _FROZEN

    text: str = Field(min_length=1, max_length=1_600)


class MessageContent(BaseModel):
    """The content of one message step: a part for each channel that it may use."""

    model_config = _FROZEN

    email: EmailContent | None = None
    sms: SmsContent | None = None
