"""What a unit's owner left to us, said in the language of the unit, or of its visitor."""

from antiphon.content.languages import Words
from antiphon.signup.models import DoneStep, EmailStep, PhoneStep, PreferenceStep, Step, Unit


def filled(unit: Unit, words: Words) -> Unit:
    """The unit with our words wherever its owner wrote none. What is agreed to is always the owner's."""
    steps = unit.steps if "done" in unit.names else [*unit.steps, unit.done]
    return unit.model_copy(update={"steps": [_filled(step, words) for step in steps]})


def _filled(step: Step, words: Words) -> Step:
    missing = {name: words.raw(f"unit.{key}") for name, key in _KEYS[type(step)].items() if getattr(step, name) is None}
    return step.model_copy(update=missing)


#: By step: the field that may be left out, and what it says then.
_KEYS = {
    EmailStep: {"button": "continue", "skip": "no_thanks"},
    PhoneStep: {"button": "continue", "skip": "no_thanks"},
    PreferenceStep: {"button": "continue", "email": "by_email", "sms": "by_sms", "both": "both", "skip": "skip"},
    DoneStep: {"title": "thanks", "button": "close"},
}
