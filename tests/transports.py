"""The transports behind `Queue`, for the contract suite: another one is one more factory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from confluent_kafka import Producer
from pydantic import SecretStr

from cveval.delivery import Answer
from cveval.domain.events import EvaluationRequested, Refusal
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.policies import Policies, QueuePolicies
from cveval.observability import Metrics
from cveval.queue.kafka.queue import KafkaQueue
from cveval.queue.kafka.records import DEAD_LETTERS, topic_of
from cveval.queue.kafka.settings import KafkaSettings
from cveval.queue.memory import MemoryQueue
from cveval.queue.redis.queue import RedisQueue
from cveval.queue.redis.settings import RedisSettings
from cveval.queue.transport import Bury, Deliver, Delivery, Queue

QUICK = Policies(backoff_from=timedelta(milliseconds=1), backoff_to=timedelta(milliseconds=2))
HOUR = timedelta(hours=1)
SLOW = QUICK.model_copy(update={"backoff_from": HOUR, "backoff_to": HOUR, "republish_from": 2 * HOUR})
"""What fails once waits for longer than a test, in its place."""


def a_queue_name() -> str:
    return f"evaluate:t{uuid4().hex}"


def bounded(policies: Policies, most: int, *queues: str) -> Policies:
    """With this max_concurrency, and with these queues too."""
    known = {**{queue: QueuePolicies() for queue in queues}, **policies.queues}
    return policies.model_copy(update={"max_concurrency": most, "queues": known})


async def _nothing() -> None:
    pass


@dataclass
class Transport:
    """How a test makes queues on one broker; `keeps` says whether what was not done outlives its consumer."""

    open: Callable[..., Queue]
    """Another process' queue, as far as the broker can tell: policies, max_concurrency, and queues beside its own."""
    keeps: bool
    metrics: Metrics
    queue: str = DEFAULT_QUEUE
    aclose: Callable[[], Awaitable[None]] = field(default=_nothing)

    def events(self, count: int, *, queue: str | None = None, first: int = 0) -> list[EvaluationRequested]:
        return [
            EvaluationRequested(f"00000000-0000-4000-8000-{n:012}", "cv", "project", queue or self.queue)
            for n in range(first, first + count)
        ]


def memory() -> Transport:
    metrics = Metrics()
    return Transport(
        lambda policies, most, *others: MemoryQueue(bounded(policies, most, *others), metrics),
        keeps=False,
        metrics=metrics,
    )


def kafka(brokers: str, *, is_mock: bool) -> Transport:
    """Fresh topics on this broker: each test is a queue of its own."""
    metrics, queue = Metrics(), a_queue_name()
    settings = kafka_settings(brokers, make_topics=not is_mock)
    opened: list[KafkaQueue] = []

    def open_queue(policies: Policies, most: int, *others: str) -> Queue:
        if is_mock:
            # It makes a topic whenever somebody asks for it, and knows no other way.
            for topic in map(topic_of, (queue, *others)):
                for name in (topic, topic + DEAD_LETTERS):
                    Producer({"bootstrap.servers": brokers}).list_topics(name, timeout=30)
        opened.append(
            KafkaQueue(
                settings,
                bounded(policies, most, *others),
                metrics,
                queues=[queue, *others],
                drain=timedelta(minutes=1),
            )
        )
        return opened[-1]

    async def close_all() -> None:
        for each in opened:
            await each.aclose()

    return Transport(open_queue, keeps=True, metrics=metrics, queue=queue, aclose=close_all)


def kafka_settings(brokers: str, **changes: Any) -> KafkaSettings:
    told: dict[str, Any] = {
        "brokers": brokers,
        "partitions": 4,
        "replication": 1,
        "min_insync_replicas": 1,
        "session_timeout": timedelta(seconds=6),
    }
    return KafkaSettings(**told | changes)


def redis(url: str) -> Transport:
    """Fresh streams on this Redis: each test is a queue of its own."""
    metrics, queue = Metrics(), a_queue_name()
    opened: list[RedisQueue] = []

    def open_queue(policies: Policies, most: int, *others: str) -> Queue:
        opened.append(
            RedisQueue(
                redis_settings(url),
                bounded(policies, most, *others),
                metrics,
                queues=[queue, *others],
                drain=timedelta(minutes=1),
            )
        )
        return opened[-1]

    async def close_all() -> None:
        for each in opened:
            await each.aclose()

    return Transport(open_queue, keeps=True, metrics=metrics, queue=queue, aclose=close_all)


def redis_settings(url: str, **changes: Any) -> RedisSettings:
    return RedisSettings(url=SecretStr(url), **changes)


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
        """Wait for it; a minute is for ever."""
        async with asyncio.timeout(60):
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

    async def has_some(self) -> None:
        async with asyncio.timeout(60):
            await self.changed.wait()


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
