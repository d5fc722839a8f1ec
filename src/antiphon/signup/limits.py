"""How often is too often, and what may be shown only once.

Counted in PostgreSQL, in the transaction of the sign-up itself: each sign-up makes a message to somebody, so the limits
must hold across processes and restarts, and a count that is taken back with its transaction counts nothing that did not
happen. Keys are hashes keyed by the installation's secret: the table holds no addresses, of people or of networks.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection

from antiphon.kit.signing import Signer
from antiphon.signup import queries

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: A whole neighbourhood of networks may do this many times what one may.
NEIGHBOURS = 5


def places(host: str) -> tuple[str, str]:
    """The network of one customer and its neighbourhood: an address and its /24; of IPv6 the /64 and the /48."""
    try:
        address = ip_address(host)
    except ValueError:
        return host, host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return _net(address, 64), _net(address, 48)
        address = address.ipv4_mapped
    return str(address), _net(address, 24)


def _net(address: object, bits: int) -> str:
    return str(ip_network(f"{address}/{bits}", strict=False))


def count(connection: Connection, signer: Signer, kind: str, value: str, window: timedelta, now: datetime) -> int:
    """How often this was seen in the window under way, with now; windows begin at multiples of their length."""
    seconds = int(window.total_seconds())
    begun = int(now.timestamp()) // seconds * seconds
    key = signer.sign("antiphon.mark", f"{kind}|{value}|{begun}".encode(), 16)[:22]
    until = datetime.fromtimestamp(begun + seconds, now.tzinfo)
    n: int = connection.execute(queries.COUNT_MARK, {"key": key, "until": until}).scalar_one()
    if n == 1 and key[0] in _SOMETIMES:
        connection.execute(queries.FORGET_MARKS, {"now": now - window})
    return n


#: One first sight in sixteen clears away what is over.
_SOMETIMES = frozenset("abcd")


def once(connection: Connection, signer: Signer, kind: str, value: str, lasts: timedelta, now: datetime) -> bool:
    """Whether this is seen for the first time; it is remembered for ``lasts``."""
    return times(connection, signer, kind, value, lasts, now) == 1


def times(connection: Connection, signer: Signer, kind: str, value: str, lasts: timedelta, now: datetime) -> int:
    """How often this was seen, with now; it is remembered for ``lasts`` from the first time."""
    key = signer.sign("antiphon.mark", f"{kind}|{value}".encode(), 16)[:22]
    n: int = connection.execute(queries.COUNT_MARK, {"key": key, "until": now + lasts}).scalar_one()
    return n


def too_many(
    connection: Connection, signer: Signer, host: str, most: int, now: datetime, what: str = "sign-up"
) -> bool:
    """Count a sign-up from a network, or ``what`` else it asks for; whether it is one too many of the hour."""
    own, near = places(host)
    of_own = count(connection, signer, f"network {what}", own, HOUR, now)
    of_near = count(connection, signer, f"neighbourhood {what}", near, HOUR, now)
    return of_own > most or of_near > most * NEIGHBOURS
