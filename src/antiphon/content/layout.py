"""The frame that every email gets: head, preheader, the brand's head, and the footer that the law asks for."""

import re
from html import escape

from antiphon.content.blocks.invitation import STYLE, stock
from antiphon.content.kit import Kit

#: CONTENT is replaced by the email's own sections. Liquid: brand, subject, preheader, unsubscribe_url, preferences_url.
_LAYOUT = """<mjml lang="LANGUAGE">
<mj-head>
<mj-title>{{ subject }}</mj-title>
<mj-preview>{{ preheader }}</mj-preview>
<mj-raw><meta name="color-scheme" content="light dark" /><meta name="supported-color-schemes" content="light dark" /></mj-raw>
<mj-attributes>
<mj-all font-family="FONT" />
<mj-section background-color="PAPER" padding="8px 0" />
<mj-text font-size="16px" line-height="1.5" color="TEXT" />
<mj-button background-color="BUTTON" color="LABEL" border-radius="RADIUS" font-size="16px" inner-padding="12px 24px" />
</mj-attributes>
<mj-style>:root { color-scheme: light dark; } a { color: LINK; } .footer a { color: QUIET; } STYLE</mj-style>
</mj-head>
<mj-body background-color="GROUND">
<mj-section background-color="GROUND" padding="24px 0 8px"><mj-column>
HEAD
</mj-column></mj-section>
CONTENT
<mj-section background-color="GROUND" padding="16px 0 32px"><mj-column>
<mj-text css-class="footer" align="center" font-size="12px" color="QUIET">
FOOT{{ brand.name }}{% if brand.postal_address != '' %}<br />{{ brand.postal_address }}{% endif %}
{% if unsubscribe_url %}<br />WHY<br /><a href="{{ unsubscribe_url }}">UNSUBSCRIBE</a>{% endif %}
{% if preferences_url %} &#183; <a href="{{ preferences_url }}">PREFERENCES</a>{% endif %}
</mj-text>
</mj-column></mj-section>
</mj-body>
</mjml>"""

_PLACES = re.compile(
    "FONT|PAPER|TEXT|BUTTON|LABEL|RADIUS|LINK|QUIET|GROUND|STYLE|HEAD|FOOT|CONTENT|LANGUAGE|WHY|UNSUBSCRIBE|PREFERENCES"
)
_NETWORKS = {
    "facebook": "Facebook", "instagram": "Instagram", "tiktok": "TikTok", "pinterest": "Pinterest", "youtube": "YouTube",
    "x": "X", "linkedin": "LinkedIn", "website": "Website",
}  # fmt: skip


def framed(sections: str, kit: Kit, *, invites: bool = False) -> str:
    """An MJML document around the sections of one email; ``invites``: they hold an invitation to texts themselves."""
    if not invites:
        sections += stock(kit)
    words = kit.words
    parts = {
        "FONT": kit.family, "PAPER": kit.paper, "TEXT": kit.text, "BUTTON": kit.button, "LABEL": kit.button_text,
        "RADIUS": f"{kit.radius}px", "LINK": kit.link, "QUIET": kit.quiet, "GROUND": kit.background, "STYLE": STYLE,
        "HEAD": _head(kit), "FOOT": _foot(kit), "CONTENT": sections,
        "LANGUAGE": words.language, "WHY": words.raw("email.why"), "UNSUBSCRIBE": words.raw("email.unsubscribe"),
        "PREFERENCES": words.raw("email.preferences"),
    }  # fmt: skip
    return _PLACES.sub(lambda match: parts[match[0]], _LAYOUT)


def _head(kit: Kit) -> str:
    if kit.logo:
        return f'<mj-image src="{escape(kit.logo)}" alt="{{{{ brand.name }}}}" width="{kit.logo_width}px" padding="0 24px" />'
    return '<mj-text align="center" font-size="20px" font-weight="700">{{ brand.name }}</mj-text>'


def _foot(kit: Kit) -> str:
    links = " &#183; ".join(f'<a href="{escape(one.url)}">{_NETWORKS[one.network]}</a>' for one in kit.social)
    said = escape(kit.footer).replace("{", "&#123;").replace("\n", "<br />")
    return "".join(f"{part}<br />" for part in (links, said) if part)
