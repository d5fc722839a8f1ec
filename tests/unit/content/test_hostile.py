"""What authors and people may write to bring a process down ends at once, with words."""

from time import process_time

import pytest
from pydantic import TypeAdapter, ValidationError

from antiphon.content.blocks import AnyBlock
from antiphon.content.blocks.markup import balanced
from antiphon.content.guard import guard
from antiphon.content.kit import Invitation, Kit
from antiphon.content.links import Links
from antiphon.content.liquid.environment import Kind
from antiphon.content.liquid.template import compile_template
from antiphon.content.mail import compile_email
from antiphon.content.models import EmailContent
from antiphon.content.templates import TemplateError, fill
from antiphon.kit.signing import Signer

_BLOCK: TypeAdapter[AnyBlock] = TypeAdapter(AnyBlock)
_DOUBLED = "{% capture s %}" + "x" * 90_000 + "{% endcapture %}{% assign a = s | split: 'z' %}{% assign s = 1 %}"
_DOUBLED += "{% assign a = a | concat: a %}" * 16
_NUMBER = "1" + "0" * 4_000


def mjml(inside: str) -> EmailContent:
    return EmailContent(subject="s", mjml=f"<mj-section><mj-column>{inside}</mj-column></mj-section>")


@pytest.mark.parametrize(
    "inside",
    [
        f"<mj-text>{'<b>' * 30_000}{'</b>' * 30_000}</mj-text>",
        f"<mj-text>{'<b/>' * 30_000}</mj-text>",
        f"""<mj-text>{'<b x="/>">' * 20_000}{"</b>" * 20_000}</mj-text>""",
        f"<mj-text><!-->{'<b>' * 30_000}--></mj-text>",
        "<mj-column>" * 20_000 + "</mj-column>" * 20_000,
    ],
)
def test_tags_inside_each_other_end_no_process(inside: str) -> None:
    with pytest.raises(TemplateError, match="levels inside each other"):
        compile_email(mjml(inside))


def test_many_tags_beside_each_other_are_no_levels() -> None:
    rows = "<tr><td/><td><img src='x' /><br></td></tr>" * 500
    compile_email(mjml(f"{'<mj-spacer />' * 500}<mj-text><table>{rows}</table></mj-text>".replace("<br>", "<br />")))


@pytest.mark.parametrize("kind", ["text", "raw"])
def test_a_block_of_tags_inside_each_other_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="levels inside each other"):
        _BLOCK.validate_python({"kind": kind, "html": "<b>" * 7_000})


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize(
    "source",
    [
        _DOUBLED + "{{ a }}",
        _DOUBLED + "{{ a | upcase | size }}",
        _DOUBLED + "{{ a | replace: 'y', 'z' }}",
        f"{{{{ ({_NUMBER}..{_NUMBER[:-5]}99999) | join }}}}",
        f"{{{{ ({_NUMBER}..{_NUMBER[:-5]}99999) | reverse | size }}}}",
    ],
)
def test_what_would_fill_the_memory_is_refused(kind: Kind, source: str) -> None:
    with pytest.raises(TemplateError, match="failed on this person"):
        fill(compile_template(source, kind), {}, "email")


@pytest.mark.parametrize(
    "source",
    ["{% raw %}" * 20_000, "{% if " + "(" * 20_000 + " %}{% endif %}", "{{ a" + "[a" * 20_000 + "]" * 20_000 + " }}"],
)
def test_what_takes_the_parser_long_is_refused(source: str) -> None:
    with pytest.raises(TemplateError, match="not valid Liquid"):
        compile_template(source, "text")


def test_braces_and_links_without_an_end_are_gone_through_once() -> None:
    before = process_time()
    assert guard("{{ " * 100_000).liquid == guard("{% " * 100_000).liquid == {}
    with pytest.raises(ValueError, match="no other end"):
        balanced("{{ " * 20_000)
    with pytest.raises(ValidationError):
        _BLOCK.validate_python({"kind": "spacer", "liquid": "{% if" + " " * 980 + "x"})
    links = Links(Signer(b"k" * 32), "https://go.example", 3, 7)
    assert links.in_html("<a " * 200_000) == "<a " * 200_000
    with pytest.raises(TemplateError):
        compile_template("<a " * 100_000 + ">{% if %}", "html")
    assert process_time() - before < 5


@pytest.mark.parametrize("filter_", ["url_decode", "base64_decode", "base64_url_safe_decode"])
def test_nothing_that_the_database_cannot_keep_comes_out(filter_: str) -> None:
    value = "a%00b" if filter_ == "url_decode" else "YQBi"
    assert fill(compile_template("{{ x | " + filter_ + " }}", "text"), {"x": value}, "text") == "ab"


@pytest.mark.parametrize("title", ["Only }}", "{{ today", "{% if x %}"])
def test_words_of_the_kit_that_are_no_liquid_are_refused(title: str) -> None:
    with pytest.raises(ValidationError):
        Invitation(title=title)
    broken = Kit(invitation=Invitation.model_construct(title=title, text="x"))
    with pytest.raises(TemplateError):
        compile_email(mjml("<mj-text>x</mj-text>"), broken)


@pytest.mark.parametrize(
    "html",
    [
        "{% for i in (1..1) %}<div>{% break %}</div>{% endfor %}",
        "{% for i in (1..1) %}<div>{% if a %}{% continue %}{% endif %}</div>{% endfor %}",
        "{{ '</div>' }}",
        "{% assign x = '<b>' %}{{ x }}",
        "{% cycle '<b>', '</b>' %}",
        "{{ person.note | replace: 'a', '</td>' }}",
        "{{ person.note | safe }}",
        "{% liquid\n echo '</td>' %}",
    ],
)
def test_liquid_that_writes_tags_stays_out_of_blocks(html: str) -> None:
    with pytest.raises(ValidationError):
        _BLOCK.validate_python({"kind": "text", "html": html})


@pytest.mark.parametrize(
    "html",
    [
        "{% for i in (1..3) %}<p>{{ i }}</p>{% if i == 2 %}{% break %}{% endif %}{% endfor %}",
        "<p>{% if person.note contains '<3' %}love{% endif %}</p>",
        "{% case person.note %}{% when '<' %}less{% endcase %}",
    ],
)
def test_liquid_that_asks_may_stand_in_blocks(html: str) -> None:
    assert _BLOCK.validate_python({"kind": "text", "html": html})
