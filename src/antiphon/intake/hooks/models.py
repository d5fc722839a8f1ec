"""What a third party's webhook is: where in its body each thing stands, and how it proves who it is."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from antiphon.intake.hooks.paths import steps


def _path(text: str) -> str:
    steps(text)
    return text


Path = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_path)]
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Whose(_Strict):
    """Paths of what says who it is about; ``external_ids`` by the name of the other service."""

    email: Path | None = None
    phone: Path | None = None
    customer_id: Path | None = None
    device_id: Path | None = None
    external_ids: dict[str, Path] = {}

    @model_validator(mode="after")
    def _somebody(self) -> "Whose":
        if not (self.email or self.phone or self.customer_id or self.device_id or self.external_ids):
            raise ValueError(
                "identify names nobody: give it a path of email, phone, customer_id, device_id or external_ids"
            )
        return self


class Named(_Strict):
    """The event's name by a value of the body; what ``names`` does not have is passed over."""

    path: Path
    names: dict[str, str] = Field(min_length=1)


class Signature(_Strict):
    """How bodies are signed: HMAC in a header. ``timestamp`` is a header that is signed as well, before a dot."""

    header: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    timestamp: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,64}$")


class Hook(_Strict):
    """A webhook as its YAML says it. ``each`` is the path of a list whose items are read one by one."""

    name: str = Field(pattern=rf"^{NAME.pattern}$")
    identify: Whose
    event: str | Named
    time: Path | None = None
    id: Path | None = None
    properties: dict[str, Path] = {}
    traits: dict[str, Path] = {}
    each: Path | None = None
    signature: Signature | None = None
