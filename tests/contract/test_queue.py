"""What every transport promises: at least once, bounded, politely, and nothing unreadable lost."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from cveval.delivery import Answer
from cveval.domain.errors import StoreUnavailable
from cveval.domain.events import EvaluationRequested, Refusal
from cveval.domain.policies import QueuePolicies
from cveval.queue.transport import Delivery
from cveval.store.schedule import TakenDeadLetter
from tests.transports import QUICK, SLOW, Cemetery, Function, Transport, a_queue_name, bounded, consuming

UNREADABLE = Answer(400, "malformed_request", "the event's body is no JSON", outcome="unreadable")


async def test_every_published_event_is_delivered(transport: Transport) -> None:
    queue, function = transport.open(QUICK, 4), Function()
    wanted = {event.job_id for event in transport.events(20)}
    async with consuming(queue, function, Cemetery()):
        assert all(await queue.publish(transport.events(20)))
        await function.until(lambda: function.done == wanted)


async def test_an_event_carries_its_job_and_its_trace(transport: Transport) -> None:
    queue, seen, arrived = transport.open(QUICK, 1), list[Delivery](), asyncio.Event()

    async def deliver(delivery: Delivery) -> Answer:
        seen.append(delivery)
        arrived.set()
        return Answer(204)

    [event] = transport.events(1)
    async with consuming(queue, deliver, Cemetery()):
        await queue.publish([event])
        await arrived.wait()
    assert seen[0].job_id == event.job_id
    assert seen[0].queue == event.queue
    assert seen[0].headers["ce-id"] == event.id
    assert event.job_id.encode() in seen[0].body


async def test_no_more_than_max_concurrency_are_in_flight(transport: Transport) -> None:
    queue, now, most = transport.open(QUICK, 3), 0, 0
    gate, three, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    left = 9

    async def deliver(_: Delivery) -> Answer:
        nonlocal now, most, left
        now, left = now + 1, left - 1
        most = max(most, now)
        if now == 3:
            three.set()
        await gate.wait()
        now -= 1
        if not left and not now:
            done.set()
        return Answer(204)

    async with consuming(queue, deliver, Cemetery()):
        await queue.publish(transport.events(9))
        await three.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        gate.set()
        await done.wait()
    assert most == 3


async def test_an_event_that_was_not_taken_is_delivered_again(transport: Transport) -> None:
    queue, function = transport.open(QUICK, 1), Function()
    [event] = transport.events(1)
    function.scripts[event.job_id] = [
        Answer(None),
        Answer(503),
        Answer(429, retry_after=timedelta(0)),
        Answer(409),
    ]
    async with consuming(queue, function, Cemetery()):
        await queue.publish([event])
        await function.until(lambda: event.job_id in function.done)
    assert len(function.asked) == 5


async def test_an_event_that_fails_again_and_again_does_not_delay_its_neighbours(
    transport: Transport,
) -> None:
    queue, function = transport.open(QUICK, 2), Function()
    poison, *others = transport.events(10)
    function.scripts[poison.job_id] = [Answer(500)] * 1_000_000
    async with consuming(queue, function, Cemetery()):
        await queue.publish([poison, *others])
        await function.until(lambda: len(function.done) == len(others))


@pytest.mark.parametrize("answer", [None, Answer(404), Answer(503)])
async def test_a_queue_that_is_full_or_stands_still_delays_no_other_one(
    transport: Transport, answer: Answer | None
) -> None:
    other = a_queue_name()
    queue, function, gate, stuck = (
        transport.open(SLOW, 1, other),
        Function(),
        asyncio.Event(),
        asyncio.Event(),
    )

    async def deliver(delivery: Delivery) -> Answer:
        if delivery.queue != other:
            return await function(delivery)
        stuck.set()
        if answer is None:
            await gate.wait()
        return answer or Answer(204)

    backlog, wanted = transport.events(200, queue=other, first=1_000), transport.events(20)
    async with consuming(queue, deliver, Cemetery()):
        assert all(await queue.publish(backlog))
        await stuck.wait()
        assert all(await queue.publish(wanted))
        await function.until(lambda: function.done == {event.job_id for event in wanted})
        gate.set()


async def test_each_queue_has_its_own_bound(transport: Transport) -> None:
    other = a_queue_name()
    policies = bounded(QUICK, 1).model_copy(update={"queues": {other: QueuePolicies(max_concurrency=3)}})
    queue, now, most, full = (
        transport.open(policies, 2, other),
        Counter[str](),
        Counter[str](),
        asyncio.Event(),
    )

    async def deliver(delivery: Delivery) -> Answer:
        now[delivery.queue] += 1
        most[delivery.queue] = max(most[delivery.queue], now[delivery.queue])
        if now == {transport.queue: 2, other: 3}:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        now[delivery.queue] -= 1
        return Answer(204)

    async with consuming(queue, deliver, Cemetery()):
        await queue.publish([*transport.events(9), *transport.events(9, queue=other, first=9)])
        async with asyncio.timeout(60):
            await full.wait()
    assert most == {transport.queue: 2, other: 3}


async def test_an_unreadable_event_is_buried_and_does_not_block_the_next(transport: Transport) -> None:
    queue, function, cemetery = transport.open(QUICK, 1), Function(), Cemetery()
    first, second = transport.events(2)
    function.scripts[first.job_id] = [UNREADABLE]
    async with consuming(queue, function, cemetery):
        await queue.publish([first, second])
        await function.until(lambda: second.job_id in function.done)
        await cemetery.has_some()
    [(job_id, refusal)] = cemetery.buried
    assert job_id == first.job_id
    assert refusal == Refusal(
        "malformed_request", "the function answered 400: the event's body is no JSON", 400, b""
    )
    assert function.asked.count(first.job_id) == 1


async def test_what_cannot_be_buried_is_not_done_with(transport: Transport) -> None:
    queue, function = transport.open(QUICK, 1), Function()
    cemetery = Cemetery([StoreUnavailable("away"), StoreUnavailable("away"), ValueError("a bug")])
    [event] = transport.events(1)
    function.scripts[event.job_id] = [UNREADABLE]
    async with consuming(queue, function, cemetery):
        await queue.publish([event])
        await cemetery.has_some()
    assert len(cemetery.buried) == 1


@pytest.mark.parametrize("status", [301, 401, 403, 404])
async def test_a_wrong_deployment_is_waited_out_and_nothing_is_buried(
    transport: Transport, status: int
) -> None:
    queue, function, cemetery = transport.open(QUICK, 4), Function(), Cemetery()
    batch = transport.events(8)
    for event in batch:
        function.scripts[event.job_id] = [Answer(status)]
    async with consuming(queue, function, cemetery):
        await queue.publish(batch)
        await function.until(lambda: len(function.done) == len(batch))
    assert cemetery.buried == []


async def test_stopping_waits_for_what_is_at_the_function(transport: Transport) -> None:
    queue, arrived, gate, finished = (
        transport.open(QUICK, 1),
        asyncio.Event(),
        asyncio.Event(),
        asyncio.Event(),
    )

    async def deliver(_: Delivery) -> Answer:
        arrived.set()
        await gate.wait()
        finished.set()
        return Answer(204)

    async with consuming(queue, deliver, Cemetery()) as task:
        await queue.publish(transport.events(1))
        await arrived.wait()
        task.cancel()
        await asyncio.sleep(0)
        gate.set()
        await asyncio.wait([task])
    assert finished.is_set()


async def test_what_waits_for_its_next_try_does_not_hold_up_stopping(transport: Transport) -> None:
    queue, function = transport.open(SLOW, 1), Function()
    [event] = transport.events(1)
    function.scripts[event.job_id] = [Answer(503)]
    async with consuming(queue, function, Cemetery()):
        await queue.publish([event])
        await function.until(lambda: len(function.asked) == 1)


async def test_what_was_not_done_is_delivered_to_the_next_consumer(transport: Transport) -> None:
    if not transport.keeps:
        return
    queue, function = transport.open(SLOW, 8), Function()
    batch = transport.events(6)
    # The first ones of each partition, whatever that is here, come last.
    for event in batch[:3]:
        function.scripts[event.job_id] = [Answer(503)]
    async with consuming(queue, function, Cemetery()):
        await queue.publish(batch)
        await function.until(lambda: len(function.asked) == 6)
    again = Function()
    async with consuming(transport.open(QUICK, 8), again, Cemetery()):
        await again.until(lambda: {event.job_id for event in batch[:3]} <= again.done)


async def test_dead_letters_are_acknowledged(transport: Transport) -> None:
    [event] = transport.events(1)
    [written] = await transport.open(QUICK, 1).publish_dead_letters([a_letter(event)])
    assert written


def a_letter(event: EvaluationRequested) -> TakenDeadLetter:
    return TakenDeadLetter(
        id=event.job_id,
        queue=event.queue,
        refusal=Refusal("timeout", "5 attempts failed"),
        taken_until=datetime(2026, 1, 1, tzinfo=UTC),
        event=event,
        record=None,
    )
