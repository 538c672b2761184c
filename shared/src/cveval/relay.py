"""The relay publishes what is due and ends lost leases. Any number may run: they skip what another one holds."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import TypeVar

from cveval.domain.errors import QueueUnavailable, TransientError
from cveval.domain.events import EvaluationRequested
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.transport import Queue
from cveval.store.schedule import Taken
from cveval.store.transaction import Store
from cveval.tracing import Step

log = logging.getLogger(__name__)

BATCH = 500
SOON = timedelta(milliseconds=40)
"""Twice what lies between the hints of a loaded submit."""
LONGEST_JITTER = timedelta(seconds=2)
T = TypeVar("T")
Errand = Callable[[], Awaitable[bool]]
"""Does a bounded share of some work; True when there may be more."""


async def _comes(hinted: asyncio.Event, within: timedelta) -> bool:
    with suppress(TimeoutError):
        # No wait_for: in Python 3.11 it forgets a cancellation that comes together with a hint.
        async with asyncio.timeout(within.total_seconds()):
            await hinted.wait()
    return hinted.is_set()


class Relay:
    """Publishes each queue's jobs, ends lost leases and publishes dead letters, each by itself: none waits for another.

    Jobs are looked for at a hint, at the next due time and after every poll, the rarer things after every poll.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        policies: Policies,
        metrics: Metrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._queue = queue
        self._policies = policies
        self._metrics = metrics
        self._monotonic = monotonic
        self._chance = chance
        self._queues = policies.queue_names
        _, *self._others = self._queues
        self._publishing: list[Errand] = [
            partial(self._publish_jobs, queue) for queue in (None, *self._others)
        ]
        self._hinted = [asyncio.Event() for _ in self._publishing]
        poll = policies.relay_poll
        self._rarer: list[tuple[Errand, timedelta]] = [
            (self._end_lost_leases, poll),
            (self._publish_dead_letters, poll),
            # However late an acknowledgement comes, it must be settled before the lease ends.
            (self._settle, min(poll, policies.publish_lease / 8)),
        ]
        self._published: list[tuple[float, Sequence[Taken]]] = []
        """Acknowledged and not settled yet, with the time when they were taken."""
        self._connected_since: float | None = None

    async def run(self) -> None:
        """Relay until cancelled; an outage of the database or the queue is waited out."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                for publish, hinted in zip(self._publishing, self._hinted, strict=True):
                    group.create_task(self._keep_publishing(publish, hinted))
                for errand, every in self._rarer:
                    group.create_task(self._keep_on(errand, every))
        finally:
            await self._try(self._settle_all)

    async def run_once(self) -> None:
        """Sweep until nothing is due: for cron. Waits two heartbeats where a lease has run out, as `run` would.

        Raises:
            TransientError: the database or the queue is away; what was due stays due.
        """
        try:
            while await self.sweep():
                pass
            if await self._until_next_due() == timedelta(0):
                await self._settle_all()
                await asyncio.sleep(2 * self._policies.heartbeat.total_seconds())
                while await self.sweep():
                    pass
        finally:
            await self._try(self._settle_all)

    async def sweep(self) -> bool:
        """Publish what is due and end what is lost, once; True when there may be more.

        Raises:
            TransientError: the database or the queue is away; what was due stays due.
        """
        errands = [*self._publishing, *(errand for errand, _ in self._rarer)]
        ends = await asyncio.gather(*(errand() for errand in errands), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return any(ends)

    async def _keep_publishing(self, publish: Errand, hinted: asyncio.Event) -> None:
        poll = self._policies.relay_poll
        while True:
            hinted.clear()
            if await self._try(publish) or await _comes(hinted, SOON):
                continue
            # Asked only when no hint comes soon: under load it was a sixth of what the relay did.
            next_due = await self._try(self._until_next_due)
            await _comes(hinted, poll if next_due is None else min(poll, max(next_due, SOON)))

    async def _keep_on(self, errand: Errand, every: timedelta) -> None:
        while True:
            if not await self._try(errand):
                await asyncio.sleep(every.total_seconds())

    async def _try(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """None: the database or the queue is away."""
        try:
            return await ask()
        except TransientError as error:
            if not isinstance(error, QueueUnavailable):
                self._connected_since = None
            log.warning("the relay waits for its database or queue", extra={"code": error.code})
            return None

    async def _listen(self) -> None:
        while True:
            try:
                async for _ in self._store.hints():
                    for hinted in self._hinted:
                        hinted.set()
            except TransientError:
                log.warning("the relay polls until it can listen for hints again")
            await asyncio.sleep(self._policies.relay_poll.total_seconds())

    async def _until_next_due(self) -> timedelta | None:
        return await self._store.transact(lambda tx: tx.schedule.until_next_due())

    async def _publish_jobs(self, only: str | None) -> bool:
        """Of one queue; None: of the default one, and of those that there are no more."""
        lease, but = self._policies.publish_lease, self._others
        began = self._monotonic()
        # Committed before publishing: no lock is held across the network.
        taken = await self._store.transact(
            lambda tx: tx.schedule.take_due(lease=lease, batch=BATCH, only=only, but=but)
        )
        if not taken:
            return False
        acknowledged = await self._publish([t.event for t in taken])
        settled = [t for t, was_acknowledged in zip(taken, acknowledged, strict=True) if was_acknowledged]
        self._metrics.published.inc(len(settled))
        self._metrics.unpublished.inc(len(taken) - len(settled))
        self._metrics.republished.inc(sum(t.was_published for t in settled))
        if settled:
            self._published.append((began, settled))
        if len(settled) < len(taken):
            raise QueueUnavailable(
                f"{len(taken) - len(settled)} records were not acknowledged; they stay due"
            )
        return len(taken) >= BATCH

    async def _settle(self) -> bool:
        """What was taken half of the relay's lease ago, published, and not claimed by anybody since: look again later.

        Not at once: by then nearly all are claimed, which moves them on without a write of the relay's.
        """
        await self._settle_taken_until(self._monotonic() - self._policies.publish_lease.total_seconds() / 2)
        return False

    async def _settle_all(self) -> None:
        await self._settle_taken_until(self._monotonic())

    async def _settle_taken_until(self, end: float) -> None:
        ripe = [entry for entry in self._published if entry[0] <= end]
        if ripe:
            jobs = list(chain.from_iterable(jobs for _, jobs in ripe))
            await self._store.transact(
                lambda tx: tx.schedule.settle(
                    jobs, at_least=self._policies.republish_from, at_most=self._policies.republish_to
                )
            )
            self._published = [entry for entry in self._published if entry not in ripe]

    async def _publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        steps = [
            Step("publish", "PRODUCER", e.traceparent, job_id=e.job_id, queue=e.queue, attempt=e.attempt)
            for e in events
        ]
        try:
            return await self._queue.publish(list(map(self._as_consumed, events, steps)))
        finally:
            for step in steps:
                step.end()

    def _as_consumed(self, event: EvaluationRequested, step: Step) -> EvaluationRequested:
        """Nobody consumes a queue that there is no more: its jobs go with those of the default one."""
        if event.queue in self._queues and event.traceparent == step.traceparent:
            return event
        queue = event.queue if event.queue in self._queues else DEFAULT_QUEUE
        return replace(event, queue=queue, traceparent=step.traceparent)

    async def _end_lost_leases(self) -> bool:
        if not self._is_settled_in():
            return False
        delays = [LONGEST_JITTER * self._chance() for _ in range(BATCH)]
        lost = await self._store.transact(
            lambda tx: tx.schedule.requeue_lost(max_lost=self._policies.max_lost, delays=delays)
        )
        self._metrics.lost_leases.inc(lost.requeued + lost.given_up)
        if lost.given_up:
            self._metrics.failed.labels("lost_too_often").inc(lost.given_up)
        return lost.requeued + lost.given_up == BATCH

    def _is_settled_in(self) -> bool:
        """Connected for two heartbeats: after an outage of the database every worker is late, and none is lost."""
        now = self._monotonic()
        if self._connected_since is None:
            self._connected_since = now
        return now - self._connected_since >= 2 * self._policies.heartbeat.total_seconds()

    async def _publish_dead_letters(self) -> bool:
        lease = self._policies.publish_lease
        letters = await self._store.transact(
            lambda tx: tx.schedule.take_dead_letters(lease=lease, batch=BATCH)
        )
        if not letters:
            return False
        acknowledged = await self._queue.publish_dead_letters(letters)
        settled = [t for t, was_acknowledged in zip(letters, acknowledged, strict=True) if was_acknowledged]
        await self._store.transact(lambda tx: tx.schedule.settle_dead_letters(settled))
        self._metrics.unpublished.inc(len(letters) - len(settled))
        if len(settled) < len(letters):
            raise QueueUnavailable(
                f"{len(letters) - len(settled)} dead letters were not acknowledged; they stay due"
            )
        return len(letters) == BATCH
