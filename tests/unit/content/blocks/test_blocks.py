"""Documents of blocks: what each becomes, who sees it, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from antiphon.audiences.models import ConsentCondition
from antiphon.content.blocks import DEEPEST, MOST_BLOCKS, ColumnsBlock, InvitationBlock
from antiphon.content.blocks.base import condition_key
from antiphon.content.check import check_email
from antiphon.content.context import Brand, Occasion, Recipient, template_values
from antiphon.content.kit import Kit, contrast, hard_to_read
from antiphon.content.mail import NothingToShowError, RenderedEmail, compile_email, fill_email
from antiphon.content.models import EmailContent, MessageContent
from antiphon.content.needs import Extras, needs_of

BRAND = Brand(
    1, "Acme", "Acme", "hi@acme.example", "+15550001111", "1 Road, Town", "https://go.example", keyword="JOIN"
)
LAMP = {
    "id": "lamp", "title": "Lamp <1>", "url": "https://shop.example/lamp", "image": "https://shop.example/lamp.png",
    "price": 12.5, "compare_at": 20, "currency": "EUR", "vendor": "Acme", "variant": "brass", "quantity": 2, "sold_out": False,
}  # fmt: skip


def document(*blocks: object) -> EmailContent:
    return EmailContent.model_validate({"subject": "Hi", "blocks": list(blocks)})


def render(
    content: EmailContent,
    *,
    extras: Extras | None = None,
    brand: Brand = BRAND,
    promotional: bool = True,
    **person: Any,
) -> RenderedEmail:
    status = person.pop("sms", "never")
    out = "https://go.example/u/t" if promotional else None
    values = template_values(Recipient(person, "subscribed", status), Occasion(), brand, out)
    return fill_email(compile_email(content, brand.kit), values | (extras or Extras()).values())


def text(html: str, **more: Any) -> dict[str, Any]:
    return {"kind": "text", "html": html, **more}


@pytest.mark.parametrize(
    ("block", "html", "words"),
    [
        (text("<h1>Dear {{ person.n }}</h1>"), "<h1>Dear &lt;Ann&gt;</h1>", "Dear <Ann>"),
        (
            {"kind": "image", "src": "https://x.example/a.png?b=1&c=2", "alt": "A"},
            'src="https://x.example/a.png?b=1&amp;c=2"',
            "",
        ),
        (
            {"kind": "button", "label": "Go & see", "href": "https://x.example"},
            "Go &amp; see",
            "Go & see (https://x.example)",
        ),
        ({"kind": "divider", "color": "#ff0000"}, "1px #ff0000", ""),
        ({"kind": "spacer", "height": 77}, "77px", ""),
        ({"kind": "coupon", "code": "TEN", "title": "10 %"}, "TEN", "TEN"),
        ({"kind": "raw", "html": "<table><tr><td>R</td></tr></table>"}, ">R</td>", "R"),
        ({"kind": "raw", "mjml": "<mj-section><mj-column><mj-text>M</mj-text></mj-column></mj-section>"}, ">M<", "M"),
        ({"kind": "section", "background": "#abcdef", "blocks": [text("S")]}, "#abcdef", "S"),
        ({"kind": "columns", "columns": [{"blocks": [text("L")], "width": 30}, {"blocks": [text("R")]}]}, ">R<", "L"),
    ],
)
def test_each_block_becomes_html_and_text(block: dict[str, Any], html: str, words: str) -> None:
    found = render(document(block), n="<Ann>")
    assert html in found.html
    assert words in found.text
    assert check_email(document(block)) == []


@pytest.mark.parametrize("layout", ["grid", "list"])
@pytest.mark.parametrize("inside", [False, True])
def test_products_are_shown_with_price_and_picture(layout: str, inside: bool) -> None:
    block = {"kind": "products", "source": "recommendations", "limit": 3, "layout": layout, "title": "For you"}
    outer = {"kind": "section", "blocks": [block]} if inside else block
    assert needs_of(MessageContent(email=document(outer)), "email").lists == {"recommendations": 3}
    found = render(document(outer), extras=Extras(lists={"recommendations": [LAMP] * 5}))
    assert found.text.count("Lamp <1>") == 3
    assert found.html.count("Lamp &lt;1&gt;</strong>") == 3
    assert found.html.count("https://shop.example/lamp.png") == 3
    assert "€12.50" in found.text
    assert "<s" in found.html
    assert "For you" in found.text


def test_without_products_the_block_or_the_message_is_left_out() -> None:
    block = {"kind": "products", "source": "cart", "title": "Your cart"}
    assert "Your cart" not in render(document(block, text("x"))).html
    with pytest.raises(NothingToShowError, match="cart"):
        render(document(block | {"empty": "skip"}))
    hidden = block | {"empty": "skip", "liquid": "person.vip"}
    assert "nothing to show" not in render(document(hidden, text("x"))).html, "who does not see the block is written to"
    with pytest.raises(NothingToShowError, match="offer summer"):
        render(document({"kind": "coupon", "offer": "summer", "empty": "skip"}))


def test_named_products_keep_their_order() -> None:
    content = document({"kind": "products", "source": "named", "ids": ["b", "a"]})
    (key,) = needs_of(MessageContent(email=content), "email").named
    found = render(content, extras=Extras(named={key: [LAMP | {"title": "B"}, LAMP | {"title": "A"}]}))
    assert found.text.index("B") < found.text.index("\nA")


@pytest.mark.parametrize("status", ["never", "pending", "subscribed", "unsubscribed"])
def test_a_condition_reads_as_it_is_written_elsewhere(status: str) -> None:
    for written in (
        "subscriber.smsSubscriptionStatus != 'subscribed'",
        "{% if subscriber.smsSubscriptionStatus != 'subscribed' %}",
    ):
        content = document(
            {"kind": "condition", "liquid": written, "blocks": [text("INSIDE")], "otherwise": [text("OUTSIDE")]}
        )
        words = render(content, sms=status).text
        assert ("INSIDE" in words, "OUTSIDE" in words) == (status != "subscribed", status == "subscribed")


def test_a_condition_of_the_algebra_is_what_was_read_of_it() -> None:
    when = ConsentCondition(kind="consent", channel="sms")
    block = {"kind": "condition", "when": when.model_dump(), "blocks": [text("INSIDE")], "otherwise": [text("OUTSIDE")]}
    content = document(block, text("ALSO", when=when.model_dump(), liquid="person.vip"))
    assert needs_of(MessageContent(email=content), "email").conditions == {condition_key(when): when}
    yes = Extras(frozenset({condition_key(when)}))
    assert [word in render(content, extras=yes, vip=True).text for word in ("INSIDE", "OUTSIDE", "ALSO")] == [
        True,
        False,
        True,
    ]
    assert [word in render(content, extras=yes).text for word in ("INSIDE", "OUTSIDE", "ALSO")] == [True, False, False]
    assert [word in render(content, vip=True).text for word in ("INSIDE", "OUTSIDE", "ALSO")] == [False, True, False]
    both = document(block | {"liquid": "person.vip"})
    for vip, extras in ((True, Extras()), (False, yes), (False, Extras())):
        assert "OUTSIDE" in render(both, extras=extras, vip=vip).text
    assert "INSIDE" in render(both, extras=yes, vip=True).text


@pytest.mark.parametrize("stock", [True, False])
@pytest.mark.parametrize("status", ["never", "pending", "subscribed", "unsubscribed"])
def test_the_invitation_is_for_people_without_sms(status: str, stock: bool) -> None:
    content = document(text("x")) if stock else document(text("x"), {"kind": "invitation"})
    found = render(content, sms=status)
    assert ("sms:+15550001111?&amp;body=JOIN" in found.html) is (status == "never")
    assert found.html.count("https://go.example/qr/JOIN.png") == (status == "never"), (
        "once, though the layout has one too"
    )
    assert ("Text JOIN to +15550001111" in found.text) is (status == "never")
    assert "sms:" not in render(content, sms=status, promotional=False).html, "nothing is promoted beside a receipt"


def test_the_invitation_needs_a_way_in() -> None:
    nothing = Brand(1, "Acme", "Acme", "hi@acme.example", "", "1 Road, Town", "", keyword="JOIN")
    assert "by text" not in render(document(text("x")), brand=nothing).html
    page = Kit.model_validate({"invitation": {"url": "https://shop.example/texts"}})
    by_page = Brand(1, "Acme", "Acme", "hi@acme.example", "", "1 Road, Town", "", kit=page)
    assert "https://shop.example/texts" in render(document(text("x")), brand=by_page).html
    off = Brand(
        **{
            **{name: getattr(BRAND, name) for name in BRAND.__slots__},
            "kit": Kit.model_validate({"invitation": {"on": False}}),
        }
    )
    assert "sms:" not in render(document(text("x")), brand=off).html
    assert InvitationBlock(kind="invitation").describe() == "SMS invitation"


def test_the_brand_kit_colours_the_frame_and_the_blocks() -> None:
    kit = Kit.model_validate({
        "logo": "https://shop.example/logo.png", "button": "#F00", "font": "georgia", "footer": "Open <daily>",
        "social": [{"network": "instagram", "url": "https://instagram.example/acme"}],
    })  # fmt: skip
    brand = Brand(1, "Acme", "Acme", "hi@acme.example", "", "1 Road, Town", "", kit=kit)
    found = render(document({"kind": "button", "label": "Go", "href": "https://x.example"}), brand=brand)
    for part in ("logo.png", "#ff0000", "Georgia", "Open &lt;daily&gt;", "https://instagram.example/acme"):
        assert part in found.html
    assert 'name="color-scheme"' in found.html


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert hard_to_read(Kit()) == {}
    assert set(hard_to_read(Kit(button="#ffff00"))) == {"button_text"}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"kind": "picture"}, "does not match any of the expected tags"),
        ({"kind": "button", "label": "x", "href": "javascript:alert(1)"}, "an address begins with"),
        ({"kind": "image", "src": "file:///etc/passwd"}, "a picture's address"),
        ({"kind": "divider", "color": "red;}"}, "a colour is written"),
        (text("x", liquid="a =="), "no condition of Liquid"),
        (text("x", liquid="true %}{% endif %}{% if true"), "write the condition alone"),
        (text("x", when={"kind": "purchase", "since": "occasion"}), "asks about the person"),
        ({"kind": "condition", "blocks": [text("x")]}, "asks something"),
        ({"kind": "section", "blocks": [{"kind": "section", "blocks": [text("x")]}]}, "cannot stand inside"),
        (
            {"kind": "section", "blocks": [{"kind": "condition", "liquid": "true", "blocks": [
                {"kind": "columns", "columns": [{"blocks": []}, {"blocks": []}]}]}]},
            "cannot stand inside",
        ),
        ({"kind": "products", "source": "named"}, "`ids`"),
        ({"kind": "coupon"}, "either"),
        ({"kind": "columns", "columns": [{"blocks": [], "width": 90}, {"blocks": [], "width": 20}]}, "wider"),
        ({"kind": "raw"}, "either `mjml` or `html`"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused(block: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        document(block)


def test_documents_are_bounded() -> None:
    with pytest.raises(ValidationError, match=f"more than {MOST_BLOCKS}"):
        document(*[text("x")] * (MOST_BLOCKS + 1))
    deep: dict[str, Any] = text("x")
    for _ in range(2_000):
        deep = {"kind": "condition", "liquid": "true", "blocks": [deep]}
    with pytest.raises(ValidationError, match=f"more than {DEEPEST} levels"):
        document(deep)
    assert (
        ColumnsBlock.model_validate({"kind": "columns", "columns": [{"blocks": []}, {"blocks": []}]}).describe()
        == "2 columns"
    )


def test_an_email_is_one_thing() -> None:
    for wrong in ({"subject": "x"}, {"subject": "x", "mjml": "y", "use": "z"}, {"mjml": "y"}):
        with pytest.raises(ValidationError):
            EmailContent.model_validate(wrong)
    assert EmailContent(use="winter").use == "winter"


def test_a_document_stays_the_same_through_json() -> None:
    content = document(text("<p>a<b>b"), {"kind": "columns", "columns": [{"blocks": [text("L")]}, {"blocks": []}]})
    again = EmailContent.model_validate_json(content.model_dump_json(exclude_unset=True))
    assert again == content
