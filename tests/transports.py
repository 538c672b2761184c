"""The transports behind `Queue`, for the contract suite: a third one is one more factory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from cveval.delivery import Answer
from cveval.domain.events import EvaluationRequested, Refusal
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.memory import MemoryQueue
from cveval.queue.transport import Bury, Deliver, Delivery, Queue

QUICK = Policies(backoff_from=timedelta(milliseconds=1), backoff_to=timedelta(milliseconds=2))


@dataclass
class Transport:
    """How a test makes queues on one broker; `keeps` says whether what was not done outlives its consumer."""

    open: Callable[[Policies, int], Queue]
    """Another process' queue, as far as the broker can tell: policies, max_concurrency."""
    keeps: bool
    metrics: Metrics = field(default_factory=Metrics)


def memory() -> Transport:
    metrics = Metrics()
    return Transport(
        lambda policies, most: MemoryQueue(policies, metrics, max_concurrency=most),
        keeps=False,
        metrics=metrics,
    )


def events(count: int) -> list[EvaluationRequested]:
    return [
        EvaluationRequested(f"00000000-0000-4000-8000-{n:012}", "cv", "project", "evaluate:default")
        for n in range(count)
    ]


@dataclass
class Function:
    """Answers what it is told: the script of a job's answers, then 204. Remembers what it was asked."""

    scripts: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, delivery: Delivery) -> Answer:
        assert delivery.job_id is not None
        self.asked.append(delivery.job_id)
        script = self.scripts.get(delivery.job_id)
        answer = script.pop(0) if script else Answer(204)
        if answer.status == 204:
            self.done.add(delivery.job_id)
        self.changed.set()
        return answer

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self.changed.clear()
            await self.changed.wait()


@dataclass
class Cemetery:
    """Buries in a list; `errors` are raised first."""

    errors: list[Exception] = field(default_factory=list)
    buried: list[tuple[str | None, Refusal]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, delivery: Delivery, refusal: Refusal) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.buried.append((delivery.job_id, refusal))
        self.changed.set()


@asynccontextmanager
async def consuming(queue: Queue, deliver: Deliver, bury: Bury) -> AsyncIterator["asyncio.Task[None]"]:
    """Consume inside the block; afterwards everything is drained."""
    task = asyncio.create_task(queue.consume(deliver, bury))
    try:
        yield task
    finally:
        task.cancel()
        [end] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(end, asyncio.CancelledError), end
