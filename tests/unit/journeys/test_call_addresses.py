"""Where calls may go: what is an address, what is a host, and what lies inside somebody's network."""

from ipaddress import ip_address

import pytest

from antiphon.journeys.errands.addresses import Allowed, Place, admitted, allowed_of, is_public, place_of
from antiphon.kit.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Hooks.Shop.example/a?b=1", Place("https", "hooks.shop.example", 443, "/a?b=1")),
        ("https://hooks.shop.example.", Place("https", "hooks.shop.example", 443, "/")),
        ("https://h.example:8443/", Place("https", "h.example", 8443, "/")),
        ("http://127.0.0.1:8080/x", Place("http", "127.0.0.1", 8080, "/x")),
        ("http://[::1]/", Place("http", "::1", 80, "/")),
        ("http://erp.internal/", Place("http", "erp.internal", 80, "/")),
    ],
)
def test_an_address_in_its_parts(url: str, place: Place) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.shop.example", "ftp://a.example/", "https://", "https:///x", "https://a b/", "https://a.example/\nb",
        "https://u@a.example/", "https://u:p@a.example/", "https://a.example/#x", "https://a.example:99999/", "http://8.8.8.8/",
        "https://a.example\\@b.example/", "https://-a.example/", "https://[::1/", "https://a..b/",
        f"https://a.example/{'x' * 2000}",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        place_of(url)


@pytest.mark.parametrize(
    ("typed", "one"),
    [
        ("Hooks.Shop.example ", Allowed(host="hooks.shop.example")),
        ("https://h.example/", Allowed(host="h.example")),
        ("erp.internal:8080", Allowed(host="erp.internal", port=8080)),
        ("10.0.0.1", Allowed(host="10.0.0.1", private=True)),
        ("8.8.8.8", Allowed(host="8.8.8.8")),
        ("localhost:1", Allowed(host="localhost", port=1, private=True)),
        ("::1", Allowed(host="::1", private=True)),
        ("[::1]:80", Allowed(host="::1", port=80, private=True)),
    ],
)
def test_a_host_as_people_write_it(typed: str, one: Allowed) -> None:
    assert allowed_of(typed) == one
    assert allowed_of(str(one)) == one


@pytest.mark.parametrize(
    "typed", ["", "a/b", "a@b", "a b", "*.shop.example", "h.example:0", "h.example:x", "a?b", "[::1"]
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(ConfigError, match="no host"):
        allowed_of(typed)


def test_only_the_very_host_and_port_is_admitted() -> None:
    hosts = [allowed_of("h.example"), allowed_of("h.example:8443"), allowed_of("erp.internal", private=True)]
    assert admitted(place_of("https://h.example/x"), hosts) == hosts[0]
    assert admitted(place_of("https://h.example:8443/x"), hosts) == hosts[1]
    assert admitted(place_of("http://erp.internal/"), hosts) == hosts[2]
    for url in ("https://h.example:22/", "https://a.h.example/", "https://h.example.evil.example/", "http://h.example/",
                "http://erp.internal:6379/"):  # fmt: skip
        assert admitted(place_of(url), hosts) is None, url


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
        "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:a00:1::", "2002:7f00:1::1",
    ],
)  # fmt: skip
def test_what_lies_inside(inside: str) -> None:
    assert not is_public(ip_address(inside))


@pytest.mark.parametrize("outside", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "1.1.1.1"])
def test_what_lies_outside(outside: str) -> None:
    assert is_public(ip_address(outside))
