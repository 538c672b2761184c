"""What every transport shares: each event is delivered until it is done, buried, or left to the database."""

import asyncio
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cveval.delivery import UNREADABLE, Answer, Verdict, judge
from cveval.domain.errors import TransientError
from cveval.domain.events import Refusal
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.breaker import CircuitBreaker, State
from cveval.queue.transport import Bury, Deliver, Delivery
from cveval.tracing import Step

log = logging.getLogger(__name__)

DUPLICATES = frozenset({"already_done", "held_by_another"})
LONGEST_REASON = 500
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Dispatcher:
    """Delivers the events of one queue to one function, at most `max_concurrency` at a time.

    An event that names a job is left to the database once the relay would publish it again anyway (`republish_from` after the
    first answer that says "again").
    """

    def __init__(
        self,
        queue: str,
        deliver: Deliver,
        bury: Bury,
        policies: Policies,
        metrics: Metrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._deliver = deliver
        self._bury = bury
        self._policies = policies
        self._metrics = metrics
        self._max_concurrency = policies.max_concurrency
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._breaker = CircuitBreaker(queue, policies, metrics, monotonic=monotonic, chance=chance)
        self._tasks: set[asyncio.Task[bool]] = set()
        self._at_work: set[asyncio.Task[bool]] = set()
        self._ending: set[asyncio.Task[bool]] = set()
        self._ended = asyncio.Event()

    @property
    def room(self) -> int:
        """How many more may be started now; none while the breaker is open, but for one that can probe."""
        room = max(0, self._max_concurrency - len(self._tasks))
        if self._breaker.state is not State.CLOSED:
            return 0 if self._tasks - self._at_work else min(1, room)
        return room

    async def wait_for_room(self) -> None:
        while not self.room:
            self._ended.clear()
            await self._ended.wait()

    def start(
        self, delivery: Delivery, on_end: Callable[[bool], None] = lambda _: None
    ) -> "asyncio.Task[bool]":
        """Deliver an event in a task of its own.

        Args:
            on_end: called with True once the event is done with, with False when it was drained before that.
        """
        task = asyncio.create_task(self._dispatch(delivery, _Watch(self._monotonic)))
        self._tasks.add(task)
        self._metrics.in_flight.labels(self._queue).set(len(self._tasks))

        def end(task: "asyncio.Task[bool]") -> None:
            self._tasks.discard(task)
            self._metrics.in_flight.labels(self._queue).set(len(self._tasks))
            self._ended.set()
            on_end(not task.cancelled() and task.result())

        task.add_done_callback(end)
        return task

    async def drain(self, within: timedelta, tasks: "AbstractSet[asyncio.Task[bool]] | None" = None) -> None:
        """End these (None: all): what waits ends now; what is at the function may come to its end within this time."""
        ending = self._tasks.copy() if tasks is None else tasks & self._tasks
        if not ending:
            return
        self._ending |= ending
        for task in ending - self._at_work:
            task.cancel()
        _, late = await asyncio.wait(ending, timeout=within.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        self._ending -= ending

    async def _dispatch(self, delivery: Delivery, watch: "_Watch") -> bool:
        failures = 0
        first_failed_at: float | None = None
        while delivery.fault is None:
            answer = await self._ask(delivery, watch)
            verdict = judge(answer)
            if verdict is Verdict.DONE:
                self._count(answer, watch.shown())
                return True
            if verdict is Verdict.UNREADABLE:
                return await self._give_up(delivery, _refusal(answer))
            self._metrics.delivery_retries.labels(self._queue, _cause(answer, verdict)).inc()
            first_failed_at = first_failed_at or self._monotonic()
            failures += 1
            pause = self._policies.backoff(failures, self._chance(), at_least=answer.retry_after)
            waited = timedelta(seconds=self._monotonic() - first_failed_at)
            if verdict is Verdict.AGAIN and waited + pause > self._policies.republish_from:
                return await self._leave(delivery, answer)
            with watch.stopped():
                if not await self._sleep_unless_ending(pause):
                    return False
        return await self._give_up(delivery, delivery.fault)

    async def _leave(self, delivery: Delivery, answer: Answer) -> bool:
        """It keeps its place no longer: its job is due again by itself; where it names none, a dead letter keeps it."""
        if delivery.job_id is None:
            patience = self._policies.republish_from.total_seconds()
            reason = f"it names no job, and for {patience:g} s the function did not take it: {_last(answer)}"
            return await self._give_up(delivery, Refusal("undelivered", reason, answer.status, answer.body))
        self._metrics.deliveries.labels(self._queue, "left").inc()
        log.warning("left to its job's due time", extra={"job_id": delivery.job_id})
        return True

    async def _ask(self, delivery: Delivery, watch: "_Watch") -> Answer:
        async def ask() -> Answer:
            began = self._monotonic()
            watch.passed(began - asked_at)  # for the breaker
            answer = Answer(None)
            if delivery.record is not None:
                waited = datetime.now(UTC) - delivery.record.timestamp
                self._metrics.record_age.labels(self._queue).observe(max(0.0, waited.total_seconds()))
            try:
                with self._working(), self._step(delivery) as step:
                    answer = await self._deliver(_with_trace(delivery, step))
                    step.note(status=answer.status, outcome=answer.outcome)
            except Exception as error:
                # A bug must neither lose the event nor hold its partition for ever.
                log.error("unexpected error", exc_info=error)  # noqa: TRY400 - JsonFormatter leaves out its text
            took = self._monotonic() - began if answer.took is None else answer.took.total_seconds()
            self._metrics.function_time.labels(self._queue).observe(took)
            watch.passed(took)
            return answer

        asked_at = self._monotonic()
        return await self._breaker.call(ask, id(delivery))

    def _step(self, delivery: Delivery) -> Step:
        parent = delivery.headers.get("ce-traceparent")
        return Step("dispatch", "CLIENT", parent, job_id=delivery.job_id, queue=self._queue)

    async def _give_up(self, delivery: Delivery, refusal: Refusal) -> bool:
        """Bury; while that cannot be made durable, the event is not done with."""
        failures = 0
        while True:
            try:
                with self._working():
                    await self._bury(delivery, refusal)
            except TransientError as error:
                log.warning("a dead letter waits for the database", extra={"code": error.code})
            except Exception as error:
                log.error("unexpected error", exc_info=error)  # noqa: TRY400 - JsonFormatter leaves out its text
            else:
                self._metrics.deliveries.labels(self._queue, "buried").inc()
                return True
            failures += 1
            self._metrics.delivery_retries.labels(self._queue, "bury").inc()
            if not await self._sleep_unless_ending(self._policies.backoff(failures, self._chance())):
                return False

    async def _sleep_unless_ending(self, pause: timedelta) -> bool:
        """False when it is time to end."""
        if asyncio.current_task() in self._ending:
            return False
        await self._sleep(pause.total_seconds())
        return True

    @contextmanager
    def _working(self) -> Iterator[None]:
        """What drain waits for."""
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            yield
        finally:
            self._at_work.discard(task)

    def _count(self, answer: Answer, overhead: float) -> None:
        self._metrics.deliveries.labels(self._queue, "done").inc()
        self._metrics.delivery_overhead.labels(self._queue).observe(overhead)
        if answer.outcome in DUPLICATES:
            self._metrics.duplicates.labels(self._queue).inc()


class _Watch:
    """Measures what this program itself takes, in seconds, HTTP included: without the function, and without waiting on purpose."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._began = monotonic()
        self._elsewhere = 0.0

    @contextmanager
    def stopped(self) -> Iterator[None]:
        began = self._monotonic()
        yield
        self.passed(self._monotonic() - began)

    def passed(self, seconds: float) -> None:
        """Elsewhere."""
        self._elsewhere += seconds

    def shown(self) -> float:
        return self._monotonic() - self._began - self._elsewhere


def _with_trace(delivery: Delivery, step: Step) -> Delivery:
    """Where nobody traces, the request is KafkaSource's and nothing more; `ce-traceparent` stays the producer's."""
    if not step.is_recorded or step.traceparent is None:
        return delivery
    return replace(delivery, headers={**delivery.headers, "traceparent": step.traceparent})


def _refusal(answer: Answer) -> Refusal:
    code = answer.code if answer.code and _CODE.fullmatch(answer.code) else UNREADABLE
    return Refusal(code, _last(answer), answer.status, answer.body)


def _last(answer: Answer) -> str:
    """The answer in words that every database takes."""
    if answer.status is None:
        return "no answer"
    told = f"the function answered {answer.status}: {answer.detail}".replace("\0", "")
    return told.encode(errors="replace").decode()[:LONGEST_REASON]


def _cause(answer: Answer, verdict: Verdict) -> str:
    if verdict is Verdict.WRONG_DEPLOYMENT:
        return "wrong_deployment"
    return "no_answer" if answer.status is None else str(answer.status)
