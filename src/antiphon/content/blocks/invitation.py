"""``invitation``: the stock invitation to texts, shown only to people without SMS.

Whoever is asked to confirm, has subscribed or has left does not see it, nor does anybody in a message that is no promotion. On
phones it is a button that opens a text which is ready to be sent; on larger screens the keyword with a QR code.
"""

from typing import ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Block, section
from antiphon.content.blocks.fields import Url, Words
from antiphon.content.blocks.markup import escaped
from antiphon.content.blocks.products import SKIP
from antiphon.content.kit import Invitation, Kit

#: Holds for people without SMS: no address of theirs is pending, subscribed or unsubscribed.
WITHOUT_SMS = "subscriber.smsSubscriptionStatus == 'never'"

#: What phones see, and what larger screens see. Where styles are taken away both are seen.
STYLE = (
    "@media only screen and (max-width:480px) { .on-desktop { display:none !important; } } "
    "@media only screen and (min-width:481px) { .on-phone { display:none !important; } }"
)


class InvitationBlock(Block):
    """What texts bring, and the way to them. Left empty, each part is the brand kit's; where that is empty too, ours."""

    icon: ClassVar[str] = "message-square-text"
    name: ClassVar[str] = "SMS invitation"

    kind: Literal["invitation"]
    title: Words = ""
    text: Words = ""
    #: Texted to the brand's number; empty: that of the brand kit, or the brand's oldest.
    keyword: str = Field(default="", max_length=20, pattern=r"^[A-Za-z0-9]*$")
    button: Words = ""
    #: A page with a form.
    url: Url = ""
    #: To whom there is nothing to show, the block is left out (``hide``), or the person gets no message (``skip``).
    empty: Literal["hide", "skip"] = "hide"

    def inner(self, kit: Kit) -> str:
        asked, words = kit.invitation, kit.words
        keyword = (self.keyword or asked.keyword).upper()
        return invitation(
            kit,
            title=self.title or asked.title or words.raw("invitation.title"),
            text=self.text or asked.text or words.raw("invitation.text"),
            keyword=keyword or "{{ brand.sms_keyword }}",
            url=self.url or asked.url,
            label=self.button or words.raw("invitation.button"),
            needs="brand.phone" if keyword else "brand.sms_keyword",
            nothing=f"<mj-text>{SKIP}the invitation to texts]]</mj-text>" if self.empty == "skip" else "",
        )

    def outer(self, kit: Kit) -> str:
        return section(self.inner(kit), kit, padding=12)


def stock(kit: Kit) -> str:
    """The invitation of the default layout, as a section; empty where the brand kit turns it off."""
    asked: Invitation = kit.invitation
    return InvitationBlock(kind="invitation").body(kit) if asked.on else ""


def invitation(
    kit: Kit, *, title: str, text: str, keyword: str, url: str, label: str, needs: str, nothing: str = ""
) -> str:
    """``needs``: the value without which there is no number and keyword to text to; ``nothing``: what stands in its place."""
    said, number = kit.words, "{{ brand.phone }}"
    way = f"sms:{{{{ brand.phone }}}}?&amp;body={keyword}"
    picture = f"{{{{ brand.url }}}}/qr/{keyword}.png"
    by_text = (
        f"{{% if {needs} != blank %}}"
        + _button(label, way, kit)
        + f'<mj-image css-class="on-desktop" src="{picture}" width="140px" padding="8px 24px" '
        + f'alt="{said("invitation.qr", keyword=keyword, number=number)}" />'
        + '<mj-text css-class="on-desktop" align="center" font-size="14px" padding="0 24px 8px">'
        + f"{said('invitation.by_text', keyword=keyword, number=number)}</mj-text>{{% endif %}}"
    )
    link = f'<a href="{escaped(url)}">{escaped(said.raw("invitation.page"))}</a>' if url else ""
    page = f'<mj-text align="center" font-size="14px" padding="0 24px 8px">{link}</mj-text>' if url else ""
    small = (
        f'<mj-text align="center" font-size="11px" color="{kit.quiet}" padding="0 24px 8px">'
        f"{escaped(said.raw('invitation.small'))}</mj-text>"
    )
    head = (
        f'<mj-text align="center" font-size="18px" font-weight="700" color="{kit.text}" padding="8px 24px 2px">'
        f"{escaped(title)}</mj-text>"
        f'<mj-text align="center" font-size="15px" color="{kit.text}" padding="2px 24px 8px">{escaped(text)}</mj-text>'
    )
    shown = f"{head}{by_text}{page}{small}"
    other = f"{{% else %}}{nothing}" if nothing else ""
    if not url:
        shown = f"{{% if {needs} != blank %}}{shown}{other}{{% endif %}}"
    shown = f"{{% if {WITHOUT_SMS} %}}{shown}{other}{{% endif %}}"
    return f"{{% if unsubscribe_url %}}{shown}{other}{{% endif %}}"


def _button(label: str, way: str, kit: Kit) -> str:
    return (
        f'<mj-button css-class="on-phone" href="{way}" background-color="{kit.button}" color="{kit.button_text}" '
        f'border-radius="{kit.radius}px" padding="8px 24px">{escaped(label)}</mj-button>'
    )
