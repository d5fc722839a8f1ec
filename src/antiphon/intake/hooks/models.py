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


class _Named(_Strict):
    """``each`` is the path of a list whose items are read one by one."""

    name: str = Field(pattern=rf"^{NAME.pattern}$")
    each: Path | None = None
    signature: Signature | None = None


class Hook(_Named):
    """A webhook about people, as its YAML says it."""

    kind: Literal["event"] = "event"
    identify: Whose
    event: str | Named
    time: Path | None = None
    id: Path | None = None
    properties: dict[str, Path] = {}
    traits: dict[str, Path] = {}


class Variants(_Strict):
    """Where a product's variants stand: the path of their list, and paths within each."""

    each: Path
    id: Path
    title: Path | None = None
    sku: Path | None = None
    price: Path | None = None
    compare_at: Path | None = None
    stock: Path | None = None


class Goods(_Strict):
    """Paths of what is said of a product. ``status``: what is not on sale by it is deleted."""

    id: Path
    title: Path | None = None
    url: Path | None = None
    image: Path | None = None
    price: Path | None = None
    compare_at: Path | None = None
    currency: Path | None = None
    stock: Path | None = None
    category: Path | None = None
    vendor: Path | None = None
    tags: Path | None = None
    updated_at: Path | None = None
    status: Path | None = None


class ProductHook(_Named):
    """A webhook about products. ``currency`` is that of prices that name none; ``url_base`` stands before an address that is
    only a name; ``deleted``: whatever comes here is deleted."""

    kind: Literal["product"]
    product: Goods
    variants: Variants | None = None
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    url_base: str = Field(default="", max_length=500)
    deleted: bool = False


AnyHook = Annotated[Hook | ProductHook, Field(discriminator="kind")]
