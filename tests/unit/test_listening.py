"""Listeners of an event loop share one timer, and each has the time it was promised."""

import asyncio
import gc
import weakref

import pytest

from api.listening import listening


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock goes on by hand; it knows the timers that were set."""

    ahead = 0.0
    timers = 0

    def time(self) -> float:
        """As long as it was put forward."""
        return self.ahead

    def call_later(self, *given, **named):  # type: ignore[no-untyped-def]
        """A timer, counted."""
        self.timers += 1
        return super().call_later(*given, **named)

    async def forward(self, seconds: float) -> None:
        """Let what is due have its turns."""
        self.ahead += seconds
        for _ in range(5):
            await asyncio.sleep(0)


async def heard(seconds: int, until: asyncio.Event) -> str:
    try:
        async with listening(seconds):
            await until.wait()
    except TimeoutError:
        return "over"
    return "heard"


@pytest.fixture
def loop():  # type: ignore[no-untyped-def]
    made = Loop()
    yield made
    made.close()


def test_listeners_share_a_timer_and_nobody_is_cut_short(loop: Loop) -> None:
    async def story() -> None:
        never, soon = asyncio.Event(), asyncio.Event()
        short = asyncio.create_task(heard(3, never))
        quick = asyncio.create_task(heard(3, soon))
        await loop.forward(0.9)
        late = asyncio.create_task(heard(3, never))
        await loop.forward(0)
        assert loop.timers == 1
        soon.set()
        await loop.forward(0)
        assert await quick == "heard"
        began = loop.ahead
        while not late.done() and loop.ahead < began + 10:
            await loop.forward(0.1)
        assert 3 <= loop.ahead - began <= 4.2, "neither cut short nor without end"
        assert await short == await late == "over"
        await loop.forward(5)
        set_so_far = loop.timers
        await loop.forward(5)
        assert loop.timers == set_so_far <= 6, "without listeners nothing is counted"
        assert await heard(3, soon) == "heard"
        again = asyncio.create_task(heard(3, never))
        for _ in range(3):
            await loop.forward(100)
        assert not again.done(), "a standstill counts as one second"
        await loop.forward(1)
        assert await again == "over"

    loop.run_until_complete(story())


def test_a_cancelled_listener_is_cancelled_and_a_closed_loop_let_go() -> None:
    async def story(loop: Loop) -> None:
        task = asyncio.create_task(heard(3, asyncio.Event()))
        await loop.forward(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    made = Loop()
    made.run_until_complete(story(made))
    made.close()
    kept = weakref.ref(made)
    del made
    gc.collect()
    assert kept() is None
