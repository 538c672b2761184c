"""A token bucket per owner, in this process."""

import time
from collections.abc import Callable
from datetime import timedelta

from cveval.domain.errors import RateLimited

MOST_OWNERS = 10_000


class RateLimit:
    """`rate` requests a second on average, `burst` at once."""

    def __init__(self, rate: float, burst: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, owner: str) -> None:
        """Count one request.

        Raises:
            RateLimited: with the time until the next one is allowed.
        """
        now = self._monotonic()
        tokens, at = self._buckets.get(owner, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - at) * self._rate)
        if tokens < 1:
            self._buckets[owner] = (tokens, now)
            wait = (1 - tokens) / self._rate
            raise RateLimited(
                f"more than {self._rate:g} requests a second: wait {max(1, round(wait))} s",
                retry_after=timedelta(seconds=wait),
            )
        if owner not in self._buckets and len(self._buckets) >= MOST_OWNERS:
            self._buckets.clear()
        self._buckets[owner] = (tokens - 1, now)
