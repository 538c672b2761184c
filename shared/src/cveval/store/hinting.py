"""Hints, at most one every few milliseconds a process: one hint wakes the relay for all that has been committed."""

import asyncio
from datetime import timedelta

from cveval.store.transaction import Store

AT_MOST_EVERY = timedelta(milliseconds=20)
"""Under load only: the first hint after a pause goes at once. At 3 ms, hints were a sixth of what a loaded submit did."""


class Hinting:
    """Call it after a commit; it returns at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sending: asyncio.Task[None] | None = None
        self._is_wanted = False

    def __call__(self) -> None:
        self._is_wanted = True
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send())

    async def _send(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            await self._store.hint()
            await asyncio.sleep(AT_MOST_EVERY.total_seconds())

    async def aclose(self) -> None:
        """Send what is still wanted."""
        if self._sending is not None:
            await self._sending
