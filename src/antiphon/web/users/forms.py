"""What the forms about users take."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.web.accounts.secrets import SHORTEST_PASSWORD
from antiphon.web.accounts.setup import EmailAddress, Line

Password = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=200)]


class InviteForm(BaseModel):
    """Who is to come in, and as what."""

    model_config = ConfigDict(frozen=True)

    name: Line
    email: EmailAddress
    role: Literal["owner", "manager", "support", "analyst"]


class PasswordForm(BaseModel):
    """A new password, typed twice."""

    model_config = ConfigDict(frozen=True)

    password: Password
    again: str

    @model_validator(mode="before")
    @classmethod
    def _twice(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"again": "", **values}

    def problem(self) -> dict[str, str]:
        """What no single field can know."""
        return {} if self.password == self.again else {"again": "The two are not the same."}
