"""Who follows a link without being its reader."""

import pytest

from antiphon.delivery.scanners import is_scanner

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    "agent", [SAFARI, CHROME, CHROME + " Edg/140.0", "Mozilla/5.0 (Android 15; Mobile) Firefox/140.0"]
)
def test_browsers_are_people(agent: str) -> None:
    assert not is_scanner({"user-agent": agent})


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Slackbot-LinkExpanding 1.0",
        "WhatsApp/2.23",
        "facebookexternalhit/1.1",
        "curl/8.5.0",
        "python-requests/2.32",
        "Go-http-client/1.1",
        "Mozilla/5.0 (X11; Linux) HeadlessChrome/140.0",
        "Barracuda Sentinel (EE)",
        "Mozilla/5.0 (via ggpht.com GoogleImageProxy)",
    ],
)
def test_what_says_so_itself_is_no_person(agent: str) -> None:
    assert is_scanner({"user-agent": agent})


@pytest.mark.parametrize("header", ["purpose", "sec-purpose", "x-moz"])
def test_a_prefetch_is_no_click(header: str) -> None:
    assert is_scanner({"user-agent": SAFARI, header: "prefetch;prerender"})
