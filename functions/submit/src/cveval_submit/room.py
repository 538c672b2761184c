"""How many jobs owners may still queue, remembered for a moment, so that not every request counts them in the database."""

import time
from collections.abc import Callable, Iterable, Mapping

REMEMBERED_FOR = 1.0
"""Seconds."""
MOST_REMEMBERED = 10_000


class Room:
    """Gives out half of what was free at the last count.

    The quota protects the database and is no promise: several processes together may pass it for a second, each by half of what
    was free; and where a shared transaction falls apart into single ones, those count side by side.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._left: dict[str, tuple[int, float]] = {}

    def note(self, counted: Mapping[str, int]) -> None:
        """Remember a count: how many more jobs each owner may have."""
        if len(self._left) >= MOST_REMEMBERED:
            self._left.clear()
        until = self._monotonic() + REMEMBERED_FOR
        self._left |= {owner: (free // 2, until) for owner, free in counted.items()}

    def take(self, owners: Iterable[str]) -> bool:
        """Take a place for each; False when that needs a new count."""
        now = self._monotonic()
        is_enough = True
        for owner in owners:
            left, until = self._left.get(owner, (0, now))
            is_enough = is_enough and left > 0 and now < until
            self._left[owner] = (left - 1, until)
        return is_enough
