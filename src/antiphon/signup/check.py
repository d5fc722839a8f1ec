"""Checks of a whole unit, beyond what each part checks of itself."""

from collections.abc import Iterator

from antiphon.content.languages import AUTO, languages
from antiphon.intake.keywords import meaning_of_word
from antiphon.kit.problems import Problem
from antiphon.signup.display import Show
from antiphon.signup.looks import CONTRAST, contrast
from antiphon.signup.models import Unit
from antiphon.signup.wording import missing


def check(unit: Unit) -> list[Problem]:
    """Everything that keeps a unit from being published, and what may be meant so (warnings)."""
    return [*_language(unit), *_steps(unit), *_email(unit), *_phone(unit), *_theme(unit), *_show(unit)]


def _steps(unit: Unit) -> Iterator[Problem]:
    names = unit.names
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Problem(f"steps.{place}", f"the step `{name}` is there twice.", "A unit asks for each thing once.")
    if not {"email", "phone"} & set(names):
        yield Problem("steps", "no step asks for an email address or a phone number.", "Add a step `email` or `phone`.")
    if "done" in names[:-1]:
        yield Problem(f"steps.{names.index('done')}", "the step `done` is not the last.", "Put it at the end.")
    if "preference" in names and not {"email", "phone"} <= set(names[: names.index("preference")]):
        what = "the step `preference` asks between email and texts before both were asked for."
        yield Problem(f"steps.{names.index('preference')}", what, "Put it behind the steps `email` and `phone`.")


def _language(unit: Unit) -> Iterator[Problem]:
    code = unit.language.partition("-")[0]
    if unit.language != AUTO and code not in languages():
        what = f"Antiphon does not speak `{unit.language}`: what it says by itself is in English."
        yield Problem("language", what, f"It speaks {', '.join(languages())}.", warning=True)


def _place(unit: Unit, name: str) -> str:
    return f"steps.{unit.names.index(name)}"


def _email(unit: Unit) -> Iterator[Problem]:
    if unit.email and "{brand}" not in unit.email.consent.text:
        yield Problem(
            f"{_place(unit, 'email')}.consent.text",
            "the consent text of the step `email` does not say who writes.",
            "Write {brand} where the brand's name belongs.",
        )


def _phone(unit: Unit) -> Iterator[Problem]:
    step = unit.phone
    if step is None:
        return
    where = _place(unit, "phone")
    carts = "cart" in step.purposes
    if step.keyword and (meaning := meaning_of_word(step.keyword)):
        what = f"the keyword {step.keyword.upper()} already means {meaning.upper()}."
        yield Problem(f"{where}.keyword", what, "Choose another word, such as JOIN.")
    if "US" in unit.countries:
        for one in missing(step.consent.text, unit.language, carts=carts):
            what = f"the consent text of the step `phone` does not say {one.what}."
            yield Problem(f"{where}.consent.text", what, f"For example: {one.example}")
    elif "{brand}" not in step.consent.text:
        what = "the consent text of the step `phone` does not say who writes."
        yield Problem(f"{where}.consent.text", what, "Write {brand} where the brand's name belongs.")
    if carts and unit.confirm.sms == "none":
        what = "carriers let cart reminders go only to numbers that confirmed by a text."
        yield Problem("confirm.sms", what, "Set it to `reply`, or take `cart` out of `purposes`.")


def _theme(unit: Unit) -> Iterator[Problem]:
    theme = unit.theme
    found = contrast(theme.text, theme.background)
    if found < CONTRAST:
        what = f"text of {theme.text} on {theme.background} has a contrast of {found:.1f} to 1; {CONTRAST} can be read."
        yield Problem("theme.text", what, "Take a darker or a lighter one.")


def _show(unit: Unit) -> Iterator[Problem]:
    if unit.kind == "page" and unit.show != Show():
        yield Problem("show", "a page has no display rules: it shows at its own address.", "", warning=True)
    if unit.kind == "embedded" and (unit.show.delay or unit.show.exit_intent):
        what = "an embedded unit stands in its page at once: `delay` and `exit_intent` do nothing."
        yield Problem("show", what, "Leave them out.", warning=True)
