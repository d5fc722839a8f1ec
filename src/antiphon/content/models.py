"""What a message says, as a definition holds it: Liquid inside, one part per channel."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.content.blocks import Blocks

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class EmailContent(BaseModel):
    """An email: blocks, or MJML that stands inside ``<mj-body>``; the layout adds head, preheader and footer.

    ``use`` names an email of the library instead. Publishing puts what it then is in its place, so that a version never
    changes; ``of`` keeps the name.
    """

    model_config = _FROZEN

    subject: str = Field(default="", max_length=1_000)
    preheader: str = Field(default="", max_length=1_000)
    mjml: str = Field(default="", max_length=500_000)
    blocks: Blocks | None = None
    use: str = Field(default="", max_length=64, pattern=r"^([a-z0-9][a-z0-9-]*)?$")
    of: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _one_of_them(self) -> "EmailContent":
        if (self.mjml != "") + (self.blocks is not None) + (self.use != "") != 1:
            raise ValueError("an email is one of `mjml`, `blocks` and `use`")
        if not self.use and not self.subject:
            raise ValueError("an email needs a `subject`")
        return self


class SmsContent(BaseModel):
    """A text as written; the brand's name and the way out are added where they are missing."""

    model_config = _FROZEN

    text: str = Field(min_length=1, max_length=1_600)


class MessageContent(BaseModel):
    """The content of one message step: a part for each channel that it may use."""

    model_config = _FROZEN

    email: EmailContent | None = None
    sms: SmsContent | None = None
