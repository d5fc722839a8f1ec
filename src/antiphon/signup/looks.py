"""How a unit looks: colours, corners, a picture. Nothing here can carry code into a shop's page."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from antiphon.kit.errors import AntiphonError

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

#: WCAG 2.2, level AA, for text.
CONTRAST = 4.5


class Theme(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    accent: Colour = "#1d4ed8"
    background: Colour = "#ffffff"
    text: Colour = "#17181c"
    #: ``auto`` follows the visitor's system: then dark takes its own ground and keeps the accent where it can be read.
    mode: Literal["light", "auto"] = "auto"
    radius: Annotated[int, Field(ge=0, le=32)] = 12
    image: Annotated[str, Field(pattern=r"^https://[^\s\"'()<>\\]+$", max_length=500)] | None = None
    #: What the picture shows, for those who do not see it; empty: it only decorates.
    image_words: Annotated[str, Field(max_length=200)] = ""
    corner: Literal["left", "right"] = "right"  # of a flyout


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, 1 to 21, as WCAG 2.2 counts it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def on(colour: str) -> str:
    """Black or white, whichever reads better on ``colour``."""
    return max(("#ffffff", "#17181c"), key=lambda ink: contrast(ink, colour))


def _luminance(colour: str) -> float:
    if len(colour) != 7:
        raise AntiphonError(f"{colour!r} is not a colour.", "Write it as #1d4ed8.")
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
