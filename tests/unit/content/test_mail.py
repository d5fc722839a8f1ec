"""Emails: Liquid survives MJML wherever it stands, and what people bring along is escaped."""

from typing import Any

import pytest

from antiphon.content.mail import RenderedEmail, compile_email, fill_email
from antiphon.content.models import EmailContent
from antiphon.content.templates import TemplateError

_BASE: dict[str, Any] = {
    "brand": {"name": "Acme", "postal_address": "1 Road, Town"},
    "unsubscribe_url": "https://go.example/u/t",
    "person": {},
    "event": {},
}


def rendered(mjml: str, subject: str = "Hi", preheader: str = "", **values: Any) -> RenderedEmail:
    compiled = compile_email(EmailContent(subject=subject, preheader=preheader, mjml=mjml))
    return fill_email(compiled, _BASE | values)


def section(inside: str) -> str:
    return f"<mj-section><mj-column>{inside}</mj-column></mj-section>"


def test_the_frame_has_name_address_way_out_and_preheader() -> None:
    email = rendered(section("<mj-text>Body</mj-text>"), preheader="Look {{ person.n }}", person={"n": "<in>"})
    for part in (email.html, email.text):
        assert "Acme" in part
        assert "1 Road, Town" in part
        assert "https://go.example/u/t" in part
    assert "Look &lt;in&gt;" in email.html
    assert "Look" not in email.text, "the preheader is for previews"


def test_a_transactional_email_has_no_unsubscribe_link() -> None:
    email = rendered(section("<mj-text>Body</mj-text>"), unsubscribe_url=None)
    assert "Unsubscribe" not in email.html + email.text


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize(
    "mjml",
    [
        "{% if person.on %}" + section("<mj-text>SEEN</mj-text>") + "{% endif %}" + section("<mj-text>x</mj-text>"),
        section("{% if person.on %}<mj-text>SEEN</mj-text>{% endif %}<mj-text>x</mj-text>"),
        section("<mj-text>x {% if person.on %}SEEN{% endif %}</mj-text>"),
        section("<mj-text>x</mj-text><mj-raw>{% if person.on %}<b>SEEN</b>{% endif %}</mj-raw>"),
        section("<mj-table><tr><td>x</td></tr>{% if person.on %}<tr><td>SEEN</td></tr>{% endif %}</mj-table>"),
        section('<mj-button href="https://x.example/{% if person.on %}SEEN{% endif %}">x</mj-button>'),
        section("<mj-text><a title='{% if person.on %}SEEN{% endif %}' href='https://x'>x</a></mj-text>"),
        section("<mj-text>{% if person.on == true and 1 < 2 %}SEEN{% endif %}</mj-text>"),
    ],
)
def test_liquid_stands_anywhere(mjml: str, on: bool) -> None:
    email = rendered(mjml, person={"on": on})
    assert ("SEEN" in email.html) is on
    assert "zq" not in email.html
    assert "{%" not in email.html + email.text


def test_loops_over_sections_and_rows() -> None:
    products = [{"name": "A & B", "price": 3, "url": "https://x/a?b=1&c=2"}, {"name": "C", "price": 1234.5, "url": "u"}]
    mjml = (
        "{% for p in event.products %}"
        + section('<mj-text>{{ p.name }} {{ p.price | money }}</mj-text><mj-button href="{{ p.url }}">See</mj-button>')
        + "{% endfor %}"
        + section("<mj-table>{% for p in event.products %}<tr><td>row {{ p.name }}</td></tr>{% endfor %}</mj-table>")
    )
    email = rendered(mjml, event={"products": products})
    assert "A &amp; B $3.00" in email.html
    assert "C $1,234.50" in email.html
    assert 'href="https://x/a?b=1&amp;c=2"' in email.html
    assert email.html.count("row ") == 2
    assert "A & B $3.00" in email.text
    assert "See (https://x/a?b=1&c=2)" in email.text


def test_what_a_person_brings_along_is_escaped_in_html_only() -> None:
    evil = '<script>alert("1")</script>'
    email = rendered(
        section('<mj-text>{{ person.n }}</mj-text><mj-image src="{{ person.n }}" alt="x" />'),
        subject="For {{ person.n }}",
        person={"n": evil},
    )
    assert "<script>" not in email.html
    assert email.subject == f"For {evil}"
    assert evil in email.text


def test_a_subject_is_one_line_and_never_empty() -> None:
    assert (
        rendered(section("<mj-text>x</mj-text>"), subject="a\n {{ person.n }}", person={"n": "b\r\nc"}).subject
        == "a b c"
    )
    with pytest.raises(TemplateError, match="subject is empty"):
        rendered(section("<mj-text>x</mj-text>"), subject="{{ person.missing }}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (EmailContent(subject="{% if %}", mjml=section("x")), "subject is not valid Liquid"),
        (EmailContent(subject="x", mjml=section("<mj-text>{% if a %}</mj-text>")), "email is not valid Liquid"),
        (EmailContent(subject="x", mjml="<mj-section><mj-column></mj-section>"), "not valid MJML"),
        (
            EmailContent(subject="x", mjml=section("<mj-text>{{ a | nosuch }}</mj-text>")),
            "filter that there is not: nosuch",
        ),
        (EmailContent(subject="x", mjml=section("<mj-picture />")), "MJML does not: mj-picture"),
        (EmailContent(subject="x", mjml='<mj-include path="/etc/hostname" />'), "mj-include"),
        (EmailContent(subject="x", mjml="Hello"), "no section"),
    ],
)
def test_what_is_broken_says_how(content: EmailContent, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        compile_email(content)


@pytest.mark.parametrize(
    "liquid",
    [
        "{% for i in (1..100000) %}x{% endfor %}",
        "{{ 1 | divided_by: 0 }}",
        "{{ 'a' | slice: 'q' }}",
    ],
)
def test_what_fails_on_one_person_is_a_template_error(liquid: str) -> None:
    with pytest.raises(TemplateError, match="failed on this person"):
        rendered(section(f"<mj-text>{liquid}</mj-text>"))
