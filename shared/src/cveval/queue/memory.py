"""The queue of the local mode and of tests: nothing survives the process, and nothing needs to."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from cveval.cloudevents import to_http
from cveval.domain.events import EvaluationRequested
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.dispatching import Dispatcher
from cveval.queue.transport import Bury, Deliver, Delivery
from cveval.store.schedule import TakenDeadLetter

log = logging.getLogger(__name__)


class MemoryQueue:
    """Implements `Queue`. Beyond `capacity` events of a queue wait in the database, where they are due again soon."""

    def __init__(
        self,
        policies: Policies,
        metrics: Metrics,
        *,
        capacity: int = 10_000,
        drain: timedelta = timedelta(seconds=10),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policies = policies
        self._metrics = metrics
        self._waiting: dict[str, asyncio.Queue[EvaluationRequested]] = {
            queue: asyncio.Queue(capacity) for queue in policies.queue_names
        }
        self._drain = drain
        self._chance = chance

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        return [self._offer(event) for event in events]

    def _offer(self, event: EvaluationRequested) -> bool:
        try:
            self._waiting[event.queue].put_nowait(event)
        except asyncio.QueueFull:
            return False
        return True

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        """Nobody subscribes in one process: the log tells, and `cveval dead` shows them."""
        for letter in letters:
            log.warning("dead letter", extra={"job_id": letter.job_id, "code": letter.refusal.error_code})
        return [True for _ in letters]

    async def consume(self, deliver: Deliver, bury: Bury) -> None:
        async with asyncio.TaskGroup() as group:
            for queue in self._waiting:
                group.create_task(self._consume(queue, deliver, bury))

    async def _consume(self, queue: str, deliver: Deliver, bury: Bury) -> None:
        policies = self._policies.of(queue)
        dispatcher = Dispatcher(
            queue,
            deliver,
            bury,
            policies,
            self._metrics,
            chance=self._chance,
        )
        try:
            while True:
                await dispatcher.wait_for_room()
                dispatcher.start(_delivery(await self._waiting[queue].get()))
        finally:
            await dispatcher.drain(self._drain)


def _delivery(event: EvaluationRequested) -> Delivery:
    headers, body = to_http(event, datetime.now(UTC))
    return Delivery(event.queue, headers, body, event.job_id)
