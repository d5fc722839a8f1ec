"""Two processes that do the same side by side, timed from a common start until the last is done."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from antiphon.bench.world import Timer, World, timer

_SIDE_BY_SIDE = 2


def side_by_side(world: World, module: str, *more: str) -> Timer:
    """How long two processes of ``antiphon.bench.<module>`` take, each given the database's address and ``more``."""
    command = [sys.executable, "-m", f"antiphon.bench.{module}", world.database.url, *more]
    with ExitStack() as opened:
        ours = [opened.enter_context(_started(command)) for _ in range(_SIDE_BY_SIDE)]
        for one in ours:
            _heard(one)
        with timer() as took:
            for one in ours:
                assert one.stdin is not None
                one.stdin.write("go\n")
                one.stdin.flush()
            for one in ours:
                _heard(one)
    if any(one.returncode for one in ours):
        raise RuntimeError(f"{module} failed")
    return took


@contextmanager
def turn() -> Iterator[None]:
    """In such a process: says that it is ready, waits for the start, and says when its work inside is done."""
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    yield
    print("done", flush=True)  # noqa: T201


def _started(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module


def _heard(one: subprocess.Popen[str]) -> None:
    assert one.stdout is not None
    one.stdout.readline()
