"""What stands around every email, in the language of the brand or of the person."""

from collections.abc import Mapping
from typing import Any

import pytest

from antiphon.content.context import Brand, Occasion, Recipient
from antiphon.content.kit import Invitation, Kit, kit_of, speaking
from antiphon.content.languages import AUTO, languages
from antiphon.content.models import EmailContent, MessageContent
from antiphon.content.render import Rendered, Renderer, Target
from antiphon.content.service import ServiceRenderer
from antiphon.kit.signing import Signer

SIGNER = Signer(b"k" * 32)
CONTENT = MessageContent(
    email=EmailContent.model_validate({"subject": "Hi", "blocks": [{"kind": "text", "html": "<p>Body</p>"}]})
)
#: At the foot, of the invitation, and what the mail itself says that it speaks.
SAID = {
    "en": ("Unsubscribe", "Preferences", "You get this email because", "Text us to join", "Reply STOP", 'lang="en"'),
    "es": ("Darse de baja", "Preferencias", "Recibes este correo", "Únete por SMS", "Responde STOP", 'lang="es"'),
    "fr": (
        "Se désabonner",
        "Préférences",
        "Vous recevez cet e-mail",
        "S’inscrire par SMS",
        "Répondez STOP",
        'lang="fr"',
    ),
    "de": ("Abmelden", "Einstellungen", "Sie erhalten diese E-Mail", "Per SMS anmelden", "Mit STOP", 'lang="de"'),
}


def brand(language: str, kit: Kit | None = None) -> Brand:
    return Brand(
        1, "Acme & Co", "Acme", "a@acme.example", "+12125550199", "1 Road, Town", "", language, kit or Kit(), "JOIN"
    )


def rendered(
    renderer: Renderer, who: Brand, traits: Mapping[str, Any] | None = None, *, promotional: bool = True
) -> Rendered:
    target = Target(1, 2, "email", "ann@example.com", promotional=promotional)
    recipient = Recipient(traits or {}, "subscribed", "never")
    return renderer.render((1, "hello"), CONTENT, target, recipient, Occasion(), who)


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(SIGNER, "https://go.acme.example")


@pytest.mark.parametrize("code", languages())
def test_a_brand_speaks_its_language(renderer: Renderer, code: str) -> None:
    found = rendered(renderer, brand(code), {"language": "fr" if code != "fr" else "de"})
    assert found.html is not None
    for words in SAID[code]:
        assert words in found.html, words
    for words in SAID[code][:3]:
        assert words in found.body, words
    assert "Acme &amp; Co" in found.html
    assert "JOIN" in found.html
    for other in SAID.keys() - {code}:
        assert not [words for words in SAID[other] if words in found.html]


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        ({"language": "es-MX"}, "es"),
        ({"locale": "de_CH"}, "de"),
        ({"preferredLanguage": " FR "}, "fr"),
        ({"language": "it", "locale": "fr-CA"}, "fr"),
        ({"language": "it"}, "en"),
        ({"language": ["es"]}, "en"),
        ({"language": ""}, "en"),
        ({}, "en"),
    ],
)
def test_auto_is_the_persons_language(renderer: Renderer, traits: dict[str, Any], code: str) -> None:
    """One renderer for all: what was compiled in one language is not given in another."""
    for before in ("es", "fr", "de"):
        rendered(renderer, brand(AUTO), {"language": before})
    found = rendered(renderer, brand(AUTO), traits)
    assert found.html is not None
    for words in SAID[code]:
        assert words in found.html, words


def test_why_one_gets_it_stands_where_one_can_leave(renderer: Renderer) -> None:
    found = rendered(renderer, brand("en"), promotional=False)
    assert "You get this" not in found.body
    assert "Unsubscribe" not in found.body


def test_what_the_shop_says_itself_stays_as_it_is(renderer: Renderer) -> None:
    kit = Kit(invitation=Invitation(title="Texts, please", text="We say little."))
    found = rendered(renderer, brand("de", kit))
    assert found.html is not None
    assert "Texts, please" in found.html
    assert "We say little." in found.html
    assert "Per SMS anmelden" in found.html
    own = EmailContent.model_validate({"subject": "Hi", "blocks": [{"kind": "invitation", "button": "Go"}]})
    target, recipient = Target(1, 2, "email", "ann@example.com", promotional=True), Recipient(sms_status="never")
    said = renderer.render((2, "own"), MessageContent(email=own), target, recipient, Occasion(), brand("es")).html or ""
    assert ">Go<" in " ".join(said.split()).replace("> ", ">").replace(" <", "<")
    assert SAID["es"][3] not in said
    assert SAID["es"][4] in said


def test_words_that_every_kit_had_are_not_a_choice() -> None:
    stored = {"invitation": {"title": "Be first, by text", "text": "Only for texts."}}
    assert (kit_of(stored).invitation.title, kit_of(stored).invitation.text) == ("", "Only for texts.")
    assert "language" not in speaking(Kit(), "es").model_dump()


def test_service_messages_are_in_one_language_to_their_foot() -> None:
    target = Target(1, 2, "email", "ann@example.com", promotional=False)
    for code in ("de", "en"):
        found = ServiceRenderer(SIGNER, "https://go.acme.example").render(f"confirm@{code}", None, target, brand("fr"))
        assert found.html is not None
        assert f'lang="{code}"' in found.html
