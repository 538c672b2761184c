"""The queue of the local mode and of tests: nothing survives the process, and nothing needs to."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from cveval.cloudevents import to_http
from cveval.delivery import Answer, Verdict, judge
from cveval.domain.events import EvaluationRequested
from cveval.domain.policies import Policies
from cveval.queue.transport import Deliver, Delivery
from cveval.store.schedule import TakenDeadLetter

log = logging.getLogger(__name__)


class MemoryQueue:
    """Implements `Queue`. Beyond `capacity` events wait in the database, where they are due again soon."""

    def __init__(
        self,
        policies: Policies,
        *,
        max_concurrency: int,
        capacity: int = 10_000,
        drain: timedelta = timedelta(seconds=10),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policies = policies
        self._waiting: asyncio.Queue[EvaluationRequested] = asyncio.Queue(capacity)
        self._max_concurrency = max_concurrency
        self._drain = drain
        self._chance = chance

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        return [self._offer(event) for event in events]

    def _offer(self, event: EvaluationRequested) -> bool:
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            return False
        return True

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        """Nobody subscribes in one process: the log tells, and `cveval dead` shows them."""
        for letter in letters:
            log.warning("dead letter", extra={"job_id": letter.job_id, "code": letter.error_code})
        return [True for _ in letters]

    async def consume(self, deliver: Deliver) -> None:
        free = asyncio.Semaphore(self._max_concurrency)
        in_flight: set[asyncio.Task[None]] = set()
        try:
            while True:
                await free.acquire()
                event = await self._waiting.get()
                task = asyncio.create_task(self._deliver(event, deliver))
                in_flight.add(task)
                task.add_done_callback(in_flight.discard)
                task.add_done_callback(lambda _: free.release())
        finally:
            if in_flight:
                await asyncio.wait(in_flight, timeout=self._drain.total_seconds())
            for task in in_flight:
                task.cancel()

    async def _deliver(self, event: EvaluationRequested, deliver: Deliver) -> None:
        headers, body = to_http(event)
        delivery = Delivery(event.queue, headers, body)
        failures = 0
        while (verdict := judge(answer := await deliver(delivery))) is not Verdict.DONE:
            if verdict is Verdict.UNREADABLE:
                # Our own event: a bug. The job stays due, so nothing is lost by dropping it.
                log.error("the function cannot read our event", extra={"job_id": event.job_id})
                return
            failures += 1
            await asyncio.sleep(self._pause(failures, answer).total_seconds())

    def _pause(self, failures: int, answer: Answer) -> timedelta:
        return self._policies.backoff(failures, self._chance(), at_least=answer.retry_after)
