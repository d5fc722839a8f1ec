"""The loop on a thread of its own ends cleanly, whatever an interrupted worker left on it."""

import asyncio
import threading

import pytest

from antiphon.delivery.loop import LoopThread


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


def test_it_runs_what_it_is_given_and_starts_again_after_its_end() -> None:
    loop = LoopThread("test")
    assert loop.run(answer(1)) == 1
    loop.close()
    loop.close()
    assert loop.run(answer(2)) == 2
    loop.close()


def test_an_error_comes_back_to_the_caller() -> None:
    async def fail() -> None:
        raise ValueError("no")

    loop = LoopThread("test")
    with pytest.raises(ValueError, match="no"):
        loop.run(fail())
    loop.close()


def test_what_still_waits_is_cancelled_at_the_end() -> None:
    loop, ended = LoopThread("test"), threading.Event()

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    tasks: list[asyncio.Task[None]] = []

    async def begin() -> None:
        tasks.append(asyncio.create_task(waits()))
        await asyncio.sleep(0)

    loop.run(begin())
    loop.close()
    assert ended.is_set()
    assert tasks[0].cancelled()
