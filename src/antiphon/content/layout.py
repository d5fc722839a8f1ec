"""The frame that every email gets: head, preheader, the brand's name, and the footer that the law asks for."""

_FONT = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

#: CONTENT is replaced by the email's own sections. Liquid: brand, subject, preheader, unsubscribe_url, preferences_url.
_LAYOUT = """<mjml lang="en">
<mj-head>
<mj-title>{{ subject }}</mj-title>
<mj-preview>{{ preheader }}</mj-preview>
<mj-attributes>
<mj-all font-family="FONT" />
<mj-section background-color="#ffffff" padding="8px 0" />
<mj-text font-size="16px" line-height="1.5" color="#1f2937" />
<mj-button background-color="#111827" color="#ffffff" border-radius="6px" font-size="16px" inner-padding="12px 24px" />
</mj-attributes>
<mj-style>a { color: #1d4ed8; } .footer a { color: #6b7280; }</mj-style>
</mj-head>
<mj-body background-color="#f3f4f6">
<mj-section background-color="#f3f4f6" padding="24px 0 8px"><mj-column>
<mj-text align="center" font-size="20px" font-weight="700">{{ brand.name }}</mj-text>
</mj-column></mj-section>
CONTENT
<mj-section background-color="#f3f4f6" padding="16px 0 32px"><mj-column>
<mj-text css-class="footer" align="center" font-size="12px" color="#6b7280">
{{ brand.name }}{% if brand.postal_address != '' %}<br />{{ brand.postal_address }}{% endif %}
{% if unsubscribe_url %}<br /><a href="{{ unsubscribe_url }}">Unsubscribe</a>{% endif %}
{% if preferences_url %} &#183; <a href="{{ preferences_url }}">Preferences</a>{% endif %}
</mj-text>
</mj-column></mj-section>
</mj-body>
</mjml>"""


def framed(sections: str) -> str:
    """An MJML document around the sections of one email."""
    return _LAYOUT.replace("FONT", _FONT).replace("CONTENT", sections)
