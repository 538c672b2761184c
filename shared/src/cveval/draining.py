"""SIGTERM: stop taking, give back what runs, answer, leave."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

log = logging.getLogger(__name__)


class Drain:
    """Runs `give_back` at SIGTERM, then lets whoever handled the signal before (the server) have it.

    functions-framework has no hook at start-up: `watch` is called with every request, and only the first one counts.
    """

    def __init__(self, give_back: Callable[[], Awaitable[None]]) -> None:
        self._give_back = give_back
        self._is_watching = False
        self._running: asyncio.Task[None] | None = None
        self.has_begun = False

    def watch(self) -> None:
        """Chain the handler, inside the running loop and on the main thread."""
        if self._is_watching:
            return
        self._is_watching = True
        loop = asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGTERM)

        def on_sigterm(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._begin)
            if callable(before):
                before(number, frame)

        try:
            signal.signal(signal.SIGTERM, on_sigterm)
        except ValueError:
            # Not the main thread: whoever runs us there stops us in another way.
            log.info("no drain at SIGTERM outside the main thread")

    def _begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            log.info("draining")
            self._running = asyncio.ensure_future(self._give_back())
