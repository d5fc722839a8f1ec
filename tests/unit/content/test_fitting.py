"""A text's segments for one person: never fewer than it comes to, and fewer than for anyone where their name allows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.content.bound import upper_bound
from antiphon.content.context import Brand, Occasion, Recipient
from antiphon.content.fitting import fit
from antiphon.content.models import MessageContent
from antiphon.content.render import Renderer, Target
from antiphon.kit.signing import Signer

HI = "Hi {{ person.first_name | default: 'there' }}, 20 % off until midnight in all shops, and at lamps.example."
VIP = "{% if person.vip %}Dear {{ person.first_name | upcase }} {{ subscriber.last_name }}{% else %}Hi{% endif %}"
TWO = VIP + " ({{ person.smsSubscriptionStatus }}): 20 % off. STOP"
BRAND = Brand(1, "Lamps", "Lamps", "a@lamps.example", "+15550100", "A 1", "https://lamps.example")
RENDERER = Renderer(Signer(b"x" * 32), "https://lamps.example")


def rendered(text: str, traits: dict[str, object]) -> int:
    content = MessageContent.model_validate({"sms": {"text": text}})
    target = Target(1, 1, "sms", "+12125550101", promotional=True)
    found = RENDERER.render((hash(text), "a"), content, target, Recipient(traits), Occasion(), BRAND).segments
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("traits", "segments"),
    [
        ({"first_name": "Ann"}, 1),
        ({"firstName": "Ann"}, 1),
        ({}, 1),
        ({"first_name": "O’Neil"}, 1),
        ({"first_name": "Зоя"}, 2),
        ({"first_name": "x" * 31}, 3),
        ({"first_name": "see https://lamps.example/ann"}, 3),
        ({"first_name": ["Ann", "Beth"]}, 3),
    ],
)
def test_a_name_decides(traits: dict[str, object], segments: int) -> None:
    assert upper_bound(HI) == fit(HI).most == 3
    assert fit(HI).segments(traits) == segments


def test_where_the_person_is_handed_on_as_a_whole_the_bound_is_that_of_anyone() -> None:
    for text in (
        "{% assign p = person %}Hi {{ p.first_name }}",
        "Hi {{ person.names[0] }}",
        "Hi {{ person[brand.name] }}",
    ):
        assert not fit(text).names
        assert fit(text).segments({"first_name": "Ann"}) == upper_bound(text)


NAMES = (
    st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=40) | st.integers(-(10**9), 10**9) | st.booleans()
)


@settings(max_examples=60)
@given(st.sampled_from([HI, TWO]), NAMES, NAMES, st.booleans())
def test_no_text_comes_to_more_than_was_said(text: str, first: object, last: object, vip: bool) -> None:
    traits = {"first_name": first, "last_name": last, "vip": vip}
    assert rendered(text, traits) <= fit(text).segments(traits) <= upper_bound(text)
