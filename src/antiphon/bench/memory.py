"""The most memory that a scenario takes: this process, its children, and the database's processes."""

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import psutil

MB = 1 << 20
_EVERY = 0.2


class Peak:
    """Samples while it is open; ``mb`` is the highest sum seen.

    Proportional set size where the system tells it, so that PostgreSQL's shared buffers count once and not once per
    backend; resident set size elsewhere.
    """

    def __init__(self, postmaster: int | None) -> None:
        self._postmaster = postmaster
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self.mb = 0.0

    def __enter__(self) -> Self:
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._stopped.wait(_EVERY):
            self._sample()

    def _sample(self) -> None:
        self.mb = max(self.mb, sum(_size(process) for process in self._processes()) / MB)

    def _processes(self) -> Iterator[psutil.Process]:
        roots = [psutil.Process()]
        if self._postmaster is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                roots.append(psutil.Process(self._postmaster))
        seen: set[int] = set()
        for root in roots:
            family = [root]
            with contextlib.suppress(psutil.NoSuchProcess):
                family += root.children(recursive=True)
            for each in family:
                if each.pid not in seen:
                    seen.add(each.pid)
                    yield each


def _size(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0
