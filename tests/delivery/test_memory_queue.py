"""The memory queue: at least once, bounded, again after a backoff."""

import asyncio
from datetime import timedelta

from cveval.delivery import Answer
from cveval.domain.events import EvaluationRequested
from cveval.domain.policies import Policies
from cveval.queue.memory import MemoryQueue
from cveval.queue.transport import Delivery

QUICK = Policies(backoff_from=timedelta(milliseconds=1), backoff_to=timedelta(milliseconds=2))


def events(count: int) -> list[EvaluationRequested]:
    return [EvaluationRequested(f"job-{n}", "cv", "project", "evaluate:default") for n in range(count)]


async def stopped(consuming: "asyncio.Task[None]") -> None:
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)


async def test_every_published_event_is_delivered() -> None:
    queue, seen, all_seen = MemoryQueue(QUICK, max_concurrency=4), set[bytes](), asyncio.Event()

    async def deliver(delivery: Delivery) -> Answer:
        seen.add(delivery.body)
        if len(seen) == 20:
            all_seen.set()
        return Answer(204)

    consuming = asyncio.create_task(queue.consume(deliver))
    assert all(await queue.publish(events(20)))
    await all_seen.wait()
    await stopped(consuming)


async def test_no_more_than_max_concurrency_are_in_flight() -> None:
    queue, most, now, gate, three = (
        MemoryQueue(QUICK, max_concurrency=3),
        0,
        0,
        asyncio.Event(),
        asyncio.Event(),
    )

    async def deliver(_: Delivery) -> Answer:
        nonlocal most, now
        now += 1
        most = max(most, now)
        if now == 3:
            three.set()
        await gate.wait()
        now -= 1
        return Answer(204)

    consuming = asyncio.create_task(queue.consume(deliver))
    await queue.publish(events(9))
    await three.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert most == 3
    gate.set()
    await stopped(consuming)


async def test_an_event_that_was_not_taken_is_delivered_again() -> None:
    queue, answers, done = MemoryQueue(QUICK, max_concurrency=1), [None, 503, 429, 204], asyncio.Event()

    async def deliver(_: Delivery) -> Answer:
        status = answers.pop(0)
        if not answers:
            done.set()
        return Answer(status)

    consuming = asyncio.create_task(queue.consume(deliver))
    await queue.publish(events(1))
    await done.wait()
    await stopped(consuming)


async def test_an_unreadable_event_does_not_block_the_next() -> None:
    queue, seen, second = MemoryQueue(QUICK, max_concurrency=1), list[bytes](), asyncio.Event()

    async def deliver(delivery: Delivery) -> Answer:
        seen.append(delivery.body)
        if len(seen) == 2:
            second.set()
        return Answer(400, "malformed_request")

    consuming = asyncio.create_task(queue.consume(deliver))
    await queue.publish(events(2))
    await second.wait()
    await stopped(consuming)
    assert len(set(seen)) == 2


async def test_what_does_not_fit_is_not_acknowledged() -> None:
    queue = MemoryQueue(QUICK, max_concurrency=1, capacity=2)
    assert await queue.publish(events(3)) == [True, True, False]
