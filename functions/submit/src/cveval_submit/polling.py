"""Long polling: an answer is held until what is asked for is finished, or for so long as was asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5
"""Seconds between two looks, at first and at last."""


@dataclass(frozen=True, slots=True)
class LongPoll:
    """Looks again and again, each time after a longer pause."""

    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    monotonic: Callable[[], float] = field(default=time.monotonic)

    async def __call__(
        self, look: Callable[[], Awaitable[T]], is_finished: Callable[[T], bool], wait: float
    ) -> T:
        """What `look` saw, finished or after `wait` seconds."""
        deadline = self.monotonic() + wait
        pause = FIRST_LOOK
        while True:
            seen = await look()
            left = deadline - self.monotonic()
            if is_finished(seen) or left <= 0:
                return seen
            await self.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_LOOK)
