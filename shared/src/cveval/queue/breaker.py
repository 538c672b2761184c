"""A circuit breaker: while a target is surely not working, it is asked by one probe at a time."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from enum import Enum

from cveval.delivery import Answer, Verdict, judge
from cveval.domain.policies import Policies
from cveval.observability import Metrics

log = logging.getLogger(__name__)

FAILING_RECORDS = 5
LONGEST_OPEN = timedelta(seconds=30)
PROBE_PATIENCE = timedelta(seconds=5)
"""An evaluation may take minutes, and an instance may hang: after so long the probe is not waited for alone."""


class State(Enum):
    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class CircuitBreaker:
    """Opens after five different records failed in a row, at once when the deployment is wrong, and after a failed probe.

    Different records: one that fails again and again must not delay its neighbours. Each time it opens for longer, between
    `backoff_from` and 30 s, with jitter; then one delivery is let through, and its answer decides. While it has none, one
    more is let through every five seconds, and the first answer decides.
    """

    def __init__(
        self,
        queue: str,
        policies: Policies,
        metrics: Metrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._policies = policies
        self._gauge = metrics.breaker_state.labels(queue)
        self._monotonic = monotonic
        self._chance = chance
        self._failing: set[Hashable] = set()
        self._openings = 0
        self._next_probe_at = 0.0
        self._changed = asyncio.Event()
        self._state = State.CLOSED
        self._gauge.set(State.CLOSED.value)

    @property
    def state(self) -> State:
        return self._state

    async def call(self, ask: Callable[[], Awaitable[Answer]], record: Hashable) -> Answer:
        """Ask when it is this delivery's turn, and learn from the answer."""
        is_probe = await self._enter()
        try:
            answer = await ask()
        except BaseException:
            if is_probe and self._state is State.HALF_OPEN:
                # Told to stop: somebody else is the probe.
                self._next_probe_at = self._monotonic()
                self._turn(State.OPEN)
            raise
        if is_probe or self._state is State.CLOSED:
            self._learn(answer, record)
        return answer

    async def _enter(self) -> bool:
        """Wait until a delivery may go; True for a probe."""
        while self._state is not State.CLOSED:
            left = self._next_probe_at - self._monotonic()
            if left <= 0:
                self._next_probe_at = self._monotonic() + PROBE_PATIENCE.total_seconds()
                self._turn(State.HALF_OPEN)
                return True
            changed = self._changed
            try:
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                continue
        return False

    def _learn(self, answer: Answer, record: Hashable) -> None:
        verdict = judge(answer)
        if verdict is Verdict.WRONG_DEPLOYMENT:
            log.error(
                "the deployment is wrong, not the record: deliveries pause; look at the function's address and token",
                extra={"queue": self._queue, "status": answer.status},
            )
            self._open()
        elif answer.status is None or answer.status >= 500:
            self._failing.add(record)
            if self._state is State.HALF_OPEN or len(self._failing) >= FAILING_RECORDS:
                log.warning(
                    "the function does not work: deliveries pause",
                    extra={"queue": self._queue, "status": answer.status},
                )
                self._open()
        else:
            # A 429 too: it works, only not on this.
            self._failing.clear()
            self._openings = 0
            if self._state is not State.CLOSED:
                log.info("the function works again", extra={"queue": self._queue})
                self._turn(State.CLOSED)

    def _open(self) -> None:
        self._openings += 1
        ceiling = self._policies.backoff_from * (1 << min(self._openings - 1, 10))
        # Half of it is jitter; none would let every replica probe at once, all would let one probe at once again.
        pause = min(ceiling, LONGEST_OPEN) * (0.5 + self._chance() / 2)
        self._next_probe_at = self._monotonic() + pause.total_seconds()
        self._failing.clear()
        self._turn(State.OPEN)

    def _turn(self, state: State) -> None:
        self._state = state
        self._gauge.set(state.value)
        self._changed.set()
        self._changed = asyncio.Event()
