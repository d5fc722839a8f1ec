"""The brand kit: how a brand's emails look, and what stands at their foot."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from antiphon.content.languages import DEFAULT, Words, words_of
from antiphon.content.liquid.spans import replaced
from antiphon.content.templates import PLAIN, TemplateError, parse
from antiphon.kit.errors import ConfigError

#: Half of a piece of Liquid, and the signs that carry Liquid through other tools.
_STRAY = re.compile("\\{\\{|\\}\\}|\\{%|%\\}|[\ue000\ue001]")
_HEX = re.compile(r"#[0-9a-f]{6}")
#: WCAG 2.2, 1.4.3: of text in its usual size.
LEAST_CONTRAST = 4.5

#: Families that are there on the reader's machine: an email brings no fonts along.
FONTS = {
    "system": "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
    "arial": "Arial, Helvetica, sans-serif",
    "verdana": "Verdana, Geneva, sans-serif",
    "trebuchet": "'Trebuchet MS', 'Segoe UI', sans-serif",
    "georgia": "Georgia, 'Times New Roman', serif",
    "times": "'Times New Roman', Times, serif",
    "mono": "'SF Mono', Consolas, 'Courier New', monospace",
}


def _hex(value: str) -> str:
    found = value.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", found):
        found = "#" + "".join(2 * digit for digit in found[1:])
    if not _HEX.fullmatch(found):
        raise ValueError("a colour is written as # and six digits, such as #1d4ed8")
    return found


def _web(value: str) -> str:
    found = value.strip()
    if found and (not re.match(r"https?://[^\s/]", found, re.IGNORECASE) or re.search(r"[\s<>\"'{}]", found)):
        raise ValueError("an address begins with https:// and has no blanks, quotes or braces")
    return found


def _whole(value: str) -> str:
    """Liquid that is not whole would be found by the first email that goes out, and by each one behind it."""
    if stray := _STRAY.search(replaced(value, lambda _: "")):
        raise ValueError(f"`{stray[0]}` has no other end, or no place in a text")
    try:
        parse(PLAIN, value, "line")
    except TemplateError as error:
        raise ValueError(str(error)) from error
    return value


Color = Annotated[str, AfterValidator(_hex)]
WebAddress = Annotated[str, Field(max_length=1_000), AfterValidator(_web)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_whole)]
_STRICT = ConfigDict(extra="forbid", frozen=True)

Network = Literal["facebook", "instagram", "tiktok", "pinterest", "youtube", "x", "linkedin", "website"]


class Social(BaseModel):
    """A link at the foot."""

    model_config = _STRICT

    network: Network
    url: WebAddress


def _own(name: str) -> Callable[[str], str]:
    """Our words in English, as they stood in every kit once, are nobody's choice of English."""
    return lambda value: "" if value == words_of(DEFAULT).raw(f"invitation.{name}") else value


class Invitation(BaseModel):
    """The stock invitation to texts, below each promotional email, for people without SMS."""

    model_config = _STRICT

    on: bool = True
    #: Empty: the brand's oldest keyword.
    keyword: Annotated[str, Field(max_length=20, pattern=r"^[A-Za-z0-9]*$")] = ""
    #: A page with a form; empty: none.
    url: WebAddress = ""
    #: Empty: ours, in the language of the brand or the person.
    title: Annotated[Line, AfterValidator(_own("title"))] = ""
    text: Annotated[Line, AfterValidator(_own("text"))] = ""


class Kit(BaseModel):
    """Everything that emails take from their brand; the defaults may be used as they are."""

    model_config = _STRICT

    logo: WebAddress = ""
    logo_width: Annotated[int, Field(ge=20, le=600)] = 160
    #: Around the message, and below it.
    background: Color = "#f3f4f6"
    paper: Color = "#ffffff"
    text: Color = "#1f2937"
    quiet: Color = "#5b6472"
    link: Color = "#1d4ed8"
    button: Color = "#111827"
    button_text: Color = "#ffffff"
    radius: Annotated[int, Field(ge=0, le=40)] = 6
    font: Literal["system", "arial", "verdana", "trebuchet", "georgia", "times", "mono"] = "system"
    #: A line above the postal address.
    footer: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    social: Annotated[tuple[Social, ...], Field(max_length=8)] = ()
    invitation: Invitation = Invitation()
    #: In what we speak ourselves, by whom the message is of and for whom; no choice of the kit's, and kept with none.
    language: Annotated[str, Field(exclude=True)] = DEFAULT

    @property
    def family(self) -> str:
        return FONTS[self.font]

    @property
    def words(self) -> Words:
        return words_of(self.language)


@lru_cache(maxsize=256)
def speaking(kit: Kit, language: str) -> Kit:
    """The kit in a language of ``content.languages``."""
    return kit if kit.language == language else kit.model_copy(update={"language": language})


def kit_of(stored: Any) -> Kit:
    """The kit that Settings has kept; the defaults where nothing was chosen. Raises :class:`ConfigError`."""
    try:
        return Kit.model_validate(stored or {})
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ConfigError(f"The brand kit's {place} is not possible.", "Mend it in Settings, Emails.") from None


def kit_or_usual(stored: Any) -> tuple[Kit, str]:
    """The same; in the place of one that nobody can read the defaults, and what is wrong: it must not stop what goes out."""
    try:
        return kit_of(stored), ""
    except ConfigError as error:
        return Kit(), str(error)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


#: What is read on what, by the names of the fields.
_PAIRS = (
    ("text", "paper", "Text on its ground"),
    ("link", "paper", "Links in a text"),
    ("button_text", "button", "The words of a button"),
    ("quiet", "background", "The small print at the foot"),
)


def hard_to_read(kit: Kit) -> dict[str, str]:
    """Colours that are too like their ground to be read by everybody: field → what to say of it."""
    found = {}
    for front, ground, what in _PAIRS:
        ratio = contrast(getattr(kit, front), getattr(kit, ground))
        if ratio < LEAST_CONTRAST:
            found[front] = f"{what} have a contrast of {ratio:.1f}:1; from {LEAST_CONTRAST}:1 on everybody can read it."
    return found
