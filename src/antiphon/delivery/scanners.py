"""Who follows links without being the reader and says so: robots, previews, security gateways.

What says so itself shows in a method other than GET, a prefetch header, an agent that names itself (``agents.toml``). Gateways
that pose as browsers show by what they do around a click: see ``delivery.judging``.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Our own pieces of names, in any case, and the names of known crawlers as they write them."""
    file = resources.files("antiphon.delivery").joinpath("agents.toml")
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    own, crawlers = told["own"], told["crawlers"]["patterns"]
    return re.compile("|".join(own), re.IGNORECASE), re.compile("|".join(f"(?:{one})" for one in crawlers))


@lru_cache(maxsize=2_048)  # readers have few agents between them, and the list is long
def is_crawler(agent: str) -> bool:
    """Whether an agent names itself as a program; one without a name is taken for one."""
    return not agent or any(pattern.search(agent) for pattern in _patterns())


def is_scanner(headers: Mapping[str, str]) -> bool:
    """Whether a GET with these headers is not a person's; names are lower-case."""
    return says_prefetch(headers) or is_crawler(headers.get("user-agent", "")[:500])


def says_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether the headers say that the page is only loaded in advance."""
    purpose = f"{headers.get('purpose', '')} {headers.get('sec-purpose', '')} {headers.get('x-moz', '')}".lower()
    return "prefetch" in purpose or "preview" in purpose
