"""The loop that every transport shares, with a clock and a sleep that obey."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from cveval.delivery import Answer
from cveval.domain.events import RawRecord, Refusal
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.breaker import FAILING_RECORDS, PROBE_PATIENCE, CircuitBreaker, State
from cveval.queue.dispatching import Dispatcher
from cveval.queue.transport import Delivery
from tests.transports import QUICK, SLOW, Cemetery, Function, bounded

JOB = "00000000-0000-4000-8000-000000000001"
LONG = timedelta(hours=1)


@dataclass
class Time:
    """Sleeping takes no time but moves the clock."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def a_dispatcher(
    function: Function, cemetery: Cemetery, time: Time, metrics: Metrics, policies: Policies | None = None
) -> Dispatcher:
    return Dispatcher(
        "q",
        function,
        cemetery,
        bounded(policies or Policies(), 4),
        metrics,
        monotonic=time,
        sleep=time.sleep,
        chance=lambda: 1.0,
    )


def a_delivery(job_id: str | None = JOB, fault: Refusal | None = None) -> Delivery:
    return Delivery("q", {}, b"", job_id, fault=fault)


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


async def test_backoff_grows_with_full_jitter_and_retry_after_is_its_lower_bound() -> None:
    function, time, metrics = Function(), Time(), Metrics()
    function.scripts[JOB] = [
        Answer(503),
        Answer(503),
        Answer(429, retry_after=timedelta(seconds=30)),
        Answer(429, retry_after=timedelta(hours=9)),
    ]
    assert await a_dispatcher(function, Cemetery(), time, metrics).start(a_delivery())
    assert time.slept == [2, 4, 30]
    assert value(metrics, "cveval_delivery_retries_total", queue="q", cause="503") == 2
    assert value(metrics, "cveval_delivery_retries_total", queue="q", cause="429") == 2
    # To wait for longer than its job does would only keep a place from others.
    assert value(metrics, "cveval_deliveries_total", queue="q", end="left") == 1


async def test_after_five_minutes_an_event_that_names_a_job_is_left_to_the_database() -> None:
    function, time, metrics = Function(), Time(), Metrics()
    function.scripts[JOB] = [Answer(429)] * 1000
    assert await a_dispatcher(function, Cemetery(), time, metrics).start(a_delivery())
    assert 200 < sum(time.slept) <= 300
    assert value(metrics, "cveval_deliveries_total", queue="q", end="left") == 1
    assert function.scripts[JOB]


async def test_an_event_that_names_no_job_is_buried_then() -> None:
    time, cemetery = Time(), Cemetery()

    async def deliver(_: Delivery) -> Answer:
        return Answer(500, detail="\ud800 \0", body=b"told")

    dispatcher = Dispatcher(
        "q", deliver, cemetery, bounded(Policies(), 1), Metrics(), monotonic=time, sleep=time.sleep
    )
    assert await dispatcher.start(a_delivery(None))
    [(job_id, refusal)] = cemetery.buried
    assert (job_id, refusal.error_code, refusal.status, refusal.body) == (None, "undelivered", 500, b"told")
    assert refusal.reason.endswith("for 300 s the function did not take it: the function answered 500: ? ")


@pytest.mark.parametrize("code", ["", "With Blanks", "x" * 65, "\0", "\ud800"])
async def test_a_code_that_is_none_of_ours_becomes_no_code_of_ours(code: str) -> None:
    cemetery = Cemetery()

    async def deliver(_: Delivery) -> Answer:
        return Answer(400, code, outcome="unreadable")

    dispatcher = Dispatcher("q", deliver, cemetery, bounded(Policies(), 1), Metrics())
    assert await dispatcher.start(a_delivery())
    [(_, refusal)] = cemetery.buried
    assert refusal.error_code == "unreadable"


async def test_a_wrong_deployment_is_never_left_however_long_it_lasts() -> None:
    function, time, metrics = Function(), Time(), Metrics()
    function.scripts[JOB] = [Answer(404)] * 200
    assert await a_dispatcher(function, Cemetery(), time, metrics).start(a_delivery())
    assert function.done == {JOB}
    assert time.now - 1000 > 3600
    assert value(metrics, "cveval_deliveries_total", queue="q", end="left") == 0


async def test_an_event_that_cannot_be_sent_is_buried_without_asking_the_function() -> None:
    function, cemetery = Function(), Cemetery()
    fault = Refusal("record_too_large", "its headers have 1,000,000 bytes")
    assert await a_dispatcher(function, cemetery, Time(), Metrics()).start(a_delivery(fault=fault))
    assert cemetery.buried == [(JOB, fault)]
    assert function.asked == []


async def test_a_bug_in_delivering_neither_loses_the_event_nor_ends_the_loop() -> None:
    answers: list[Answer | Exception] = [ValueError("a bug"), Answer(204)]
    time = Time()

    async def deliver(_: Delivery) -> Answer:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    dispatcher = Dispatcher(
        "q", deliver, Cemetery(), bounded(Policies(), 1), Metrics(), monotonic=time, sleep=time.sleep
    )
    assert await dispatcher.start(a_delivery())


async def test_duplicates_and_the_own_share_of_the_time_are_counted() -> None:
    metrics, time = Metrics(), Time()

    async def deliver(_: Delivery) -> Answer:
        time.now += 7
        return Answer(204, outcome="already_done", took=timedelta(seconds=5))

    record = RawRecord("t", 0, 0, datetime.now(UTC), None, None)
    dispatcher = Dispatcher(
        "q", deliver, Cemetery(), bounded(Policies(), 1), metrics, monotonic=time, sleep=time.sleep
    )
    assert await dispatcher.start(Delivery("q", {}, b"", JOB, record))
    assert value(metrics, "cveval_duplicates_seen_total", queue="q") == 1
    assert value(metrics, "cveval_function_seconds_sum", queue="q") == 5
    assert value(metrics, "cveval_delivery_overhead_seconds_sum", queue="q") == 2
    assert value(metrics, "cveval_record_age_seconds_count", queue="q") == 1


async def test_draining_ends_at_once_what_only_waits() -> None:
    function, metrics = Function(), Metrics()
    function.scripts[JOB] = [Answer(503)] * 2
    ends: list[bool] = []
    dispatcher = Dispatcher("q", function, Cemetery(), bounded(SLOW, 1), metrics, chance=lambda: 1.0)
    dispatcher.start(a_delivery(), ends.append)
    await function.until(lambda: len(function.asked) == 1)
    async with asyncio.timeout(30):
        await dispatcher.drain(LONG)
    assert ends == [False]
    assert value(metrics, "cveval_deliveries_in_flight", queue="q") == 0


async def test_draining_begins_no_second_try() -> None:
    gate, arrived, ends = asyncio.Event(), asyncio.Event(), list[bool]()

    async def deliver(_: Delivery) -> Answer:
        arrived.set()
        await gate.wait()
        return Answer(503)

    dispatcher = Dispatcher("q", deliver, Cemetery(), bounded(SLOW, 1), Metrics(), chance=lambda: 1.0)
    dispatcher.start(a_delivery(), ends.append)
    await arrived.wait()
    draining = asyncio.create_task(dispatcher.drain(LONG))
    await asyncio.sleep(0)
    gate.set()
    async with asyncio.timeout(30):
        await draining
    assert ends == [False]


async def test_draining_waits_no_longer_than_it_may() -> None:
    arrived, ends = asyncio.Event(), list[bool]()

    async def deliver(_: Delivery) -> Answer:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    dispatcher = Dispatcher("q", deliver, Cemetery(), bounded(QUICK, 1), Metrics())
    dispatcher.start(a_delivery(), ends.append)
    await arrived.wait()
    async with asyncio.timeout(30):
        await dispatcher.drain(timedelta(milliseconds=1))
    assert ends == [False]


# -- the breaker -----------------------------------------------------------------------------------------------------


def a_breaker(time: Time, metrics: Metrics | None = None) -> CircuitBreaker:
    return CircuitBreaker("q", Policies(), metrics or Metrics(), monotonic=time, chance=lambda: 1.0)


def state_of(breaker: CircuitBreaker) -> State:
    """Asked anew, as far as a type checker can tell."""
    return breaker.state


async def asked(breaker: CircuitBreaker, answer: Answer, record: int = 0) -> None:
    async def ask() -> Answer:
        return answer

    await breaker.call(ask, record)


async def test_the_breaker_opens_after_so_many_different_records_failed_in_a_row() -> None:
    breaker = a_breaker(Time())
    for record in range(FAILING_RECORDS - 1):
        await asked(breaker, Answer(503), record)
    await asked(breaker, Answer(429))
    for record in range(FAILING_RECORDS - 1):
        await asked(breaker, Answer(None), record)
    assert state_of(breaker) is State.CLOSED
    await asked(breaker, Answer(None), FAILING_RECORDS)
    assert state_of(breaker) is State.OPEN


async def test_one_record_that_fails_again_and_again_does_not_open_the_breaker() -> None:
    breaker = a_breaker(Time())
    for _ in range(10 * FAILING_RECORDS):
        await asked(breaker, Answer(500))
    assert state_of(breaker) is State.CLOSED


async def test_a_wrong_deployment_opens_the_breaker_at_once_and_is_loud(
    caplog: pytest.LogCaptureFixture,
) -> None:
    metrics = Metrics()
    breaker = a_breaker(Time(), metrics)
    await asked(breaker, Answer(401))
    assert state_of(breaker) is State.OPEN
    assert value(metrics, "cveval_breaker_state", queue="q") == 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_failed_probe_opens_the_breaker_for_longer_and_a_good_one_closes_it() -> None:
    time = Time()
    breaker = a_breaker(time)
    await asked(breaker, Answer(404))
    time.now += 2
    await asked(breaker, Answer(503))
    assert state_of(breaker) is State.OPEN
    time.now += 4
    await asked(breaker, Answer(204))
    assert state_of(breaker) is State.CLOSED


async def test_only_one_delivery_probes_and_the_others_wait_for_its_answer() -> None:
    time = Time()
    breaker, gate, started = a_breaker(time), asyncio.Event(), list[int]()
    await asked(breaker, Answer(404))
    time.now += 2

    async def probe() -> Answer:
        started.append(0)
        await gate.wait()
        return Answer(204)

    async def other() -> Answer:
        started.append(1)
        return Answer(204)

    probing = asyncio.create_task(breaker.call(probe, 0))
    waiting = [asyncio.create_task(breaker.call(other, n)) for n in range(3)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert started == [0]
    gate.set()
    await asyncio.gather(probing, *waiting)
    assert started == [0, 1, 1, 1]


async def test_a_probe_that_hangs_does_not_keep_the_breaker_open() -> None:
    time = Time()
    breaker, began = a_breaker(time), asyncio.Event()
    await asked(breaker, Answer(404))
    time.now += 2

    async def hang() -> Answer:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError

    hanging = asyncio.create_task(breaker.call(hang, 0))
    await began.wait()
    time.now += PROBE_PATIENCE.total_seconds()
    async with asyncio.timeout(30):
        await asked(breaker, Answer(204), 1)
    assert state_of(breaker) is State.CLOSED
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    assert state_of(breaker) is State.CLOSED


async def test_while_a_probe_is_at_the_function_there_is_room_for_the_next_one() -> None:
    time, gate, began = Time(), asyncio.Event(), asyncio.Event()
    answers = [Answer(404)]

    async def deliver(_: Delivery) -> Answer:
        if answers:
            return answers.pop()
        began.set()
        await gate.wait()
        return Answer(204)

    dispatcher = Dispatcher(
        "q",
        deliver,
        Cemetery(),
        bounded(Policies(), 2),
        Metrics(),
        monotonic=time,
        sleep=time.sleep,
        chance=lambda: 1.0,
    )
    probing = dispatcher.start(a_delivery())
    assert dispatcher.room == 1
    await began.wait()
    assert dispatcher.room == 1
    next_one = dispatcher.start(a_delivery())
    assert dispatcher.room == 0
    gate.set()
    assert all(await asyncio.gather(probing, next_one))


async def test_a_probe_that_is_told_to_stop_leaves_its_turn_to_another() -> None:
    time = Time()
    breaker = a_breaker(time)
    await asked(breaker, Answer(404))
    time.now += 2
    began = asyncio.Event()

    async def probe() -> Answer:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError

    probing = asyncio.create_task(breaker.call(probe, 0))
    await began.wait()
    waiting = asyncio.create_task(asked(breaker, Answer(204)))
    await asyncio.sleep(0)
    probing.cancel()
    async with asyncio.timeout(30):
        await waiting
    assert state_of(breaker) is State.CLOSED
