"""Prices in messages."""

from antiphon.content.templates import HTML, fill, parse


def test_a_price_without_a_currency_is_dollars_with_cents() -> None:
    template = parse(HTML, "{{ line.price | money: line.currency }}", "email")
    assert fill(template, {"line": {"price": 68.0}}, "email") == "$68.00"
    assert fill(template, {"line": {"price": 68, "currency": None}}, "email") == "$68.00"
    assert fill(template, {"line": {"price": "1068.5", "currency": "EUR"}}, "email") == "€1,068.50"
    assert fill(template, {"line": {"price": 5, "currency": "CHF"}}, "email") == "5.00 CHF"
