"""Failed log-ins are slow: a few tries, then a wait, by address and by account."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

TRIES = 5
WINDOW = timedelta(minutes=10)
_MOST = 10_000


class Throttle:
    """Counts failures per key in a sliding window. One process has one; it forgets the longest quiet keys first."""

    def __init__(self, tries: int = TRIES, window: timedelta = WINDOW) -> None:
        self._tries, self._window = tries, window
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, keys: tuple[str, ...], now: datetime) -> timedelta | None:
        """How long these keys have to wait before they may try again; ``None``: not at all."""
        with self._lock:
            waits = [self._failures[key][0] + self._window - now for key in keys if self._full(key, now)]
        return max(waits, default=None)

    def failed(self, keys: tuple[str, ...], now: datetime) -> None:
        with self._lock:
            for key in keys:
                self._failures.setdefault(key, deque(maxlen=self._tries)).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _MOST:
                self._failures.popitem(last=False)

    def succeeded(self, keys: tuple[str, ...]) -> None:
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _full(self, key: str, now: datetime) -> bool:
        times = self._failures.get(key)
        return times is not None and len(times) == self._tries and now - times[0] < self._window
