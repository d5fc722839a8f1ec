"""Who follows links without being the reader: robots, previews, security gateways.

Only what says so itself counts here: a method other than GET, a prefetch header, an agent that names itself. Gateways
that pose as browsers are not caught by this and need the timing of several clicks.
"""

import re
from collections.abc import Mapping

_AGENTS = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|scan|preview|prefetch|monitor|validator|headless|phantomjs|facebookexternalhit"
    r"|whatsapp|telegram|skypeuri|googleimageproxy|google-read-aloud|feedfetcher|barracuda|mimecast|proofpoint|safelinks"
    r"|ironport|symantec|trendmicro|forcepoint|curl/|wget/|libwww|python-|aiohttp|httpx|go-http|java/|okhttp|axios|node-fetch",
    re.IGNORECASE,
)


def is_scanner(headers: Mapping[str, str]) -> bool:
    """Whether a GET with these headers is not a person's; names are lower-case."""
    agent = headers.get("user-agent", "")
    purpose = f"{headers.get('purpose', '')} {headers.get('sec-purpose', '')} {headers.get('x-moz', '')}".lower()
    return not agent or "prefetch" in purpose or "preview" in purpose or bool(_AGENTS.search(agent))
