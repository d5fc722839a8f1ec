"""Failed sign-ins are slow: a few tries, then a wait."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock

#: Failures within the window before an account has to wait at one place. Somebody else's failures elsewhere do not count,
#: or whoever knows the owner's address could keep the owner out.
TRIES = 5
#: Of one place, whatever accounts it tries.
TRIES_OF_A_PLACE = 20
#: Of one account, wherever they come from: what is left to a guesser with many addresses.
TRIES_OF_AN_ACCOUNT = 200
WINDOW = timedelta(minutes=10)
_MOST = 10_000

#: What is counted, each with the failures after which it waits.
Limits = Mapping[str, int]


def limits(account: str, host: str) -> Limits:
    """What a sign-in to an account from a host counts towards."""
    place = _place(host)
    return {f"{account} at {place}": TRIES, f"at {place}": TRIES_OF_A_PLACE, account: TRIES_OF_AN_ACCOUNT}


def _place(host: str) -> str:
    """A host's address; of IPv6 the network, because one machine has all of its addresses."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(address.ipv4_mapped or int(address) >> 64) if isinstance(address, IPv6Address) else host


class Throttle:
    """Counts failures per key in a sliding window. One process has one; it forgets the longest quiet keys first."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, limits: Limits, now: datetime) -> timedelta | None:
        """How long these keys have to wait before they may try again; ``None``: not at all."""
        with self._lock:
            waits = [self._failures[key][0] + self._window - now for key in limits if self._full(key, limits[key], now)]
        return max(waits, default=None)

    def failed(self, limits: Limits, now: datetime) -> None:
        with self._lock:
            for key, tries in limits.items():
                self._failures.setdefault(key, deque(maxlen=tries)).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _MOST:
                self._failures.popitem(last=False)

    def succeeded(self, limits: Limits) -> None:
        with self._lock:
            for key in limits:
                self._failures.pop(key, None)

    def _full(self, key: str, tries: int, now: datetime) -> bool:
        times = self._failures.get(key)
        return times is not None and len(times) == tries and now - times[0] < self._window
