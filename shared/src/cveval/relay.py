"""The relay publishes what is due and ends lost leases. Any number may run: they skip what another one holds."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from cveval.domain.errors import QueueUnavailable, TransientError
from cveval.domain.events import EvaluationRequested
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.transport import Queue
from cveval.store.transaction import Store
from cveval.tracing import Step

log = logging.getLogger(__name__)

BATCH = 500
LONGEST_JITTER = timedelta(seconds=2)


class Relay:
    """Sweeps; then sleeps until a hint, the next due time or a poll."""

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
        _, *self._own_shares = self._queues
        self._connected_since: float | None = None
        self._swept_rest_at = float("-inf")
        self._hinted = asyncio.Event()

    async def run(self) -> None:
        """Relay until cancelled; an outage of the database or the queue is waited out."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                pause = await self._sweep_or_wait()
                with suppress(TimeoutError):
                    # No wait_for: in Python 3.11 it forgets a cancellation that comes together with a hint.
                    async with asyncio.timeout(pause.total_seconds()):
                        await self._hinted.wait()
        finally:
            listening.cancel()

    async def run_once(self) -> None:
        """Sweep until nothing is due: for cron. Waits two heartbeats where a lease has run out, as `run` would.

        Raises:
            TransientError: the database or the queue is away; what was due stays due.
        """
        await self._sweep_all()
        if await self._store.transact(lambda tx: tx.schedule.until_next_due()) == timedelta(0):
            await asyncio.sleep(2 * self._policies.heartbeat.total_seconds())
            await self._sweep_all()

    async def _sweep_all(self) -> None:
        self._swept_rest_at = float("-inf")
        while await self.sweep():
            self._swept_rest_at = float("-inf")

    async def _sweep_or_wait(self) -> timedelta:
        """How long to sleep now."""
        self._hinted.clear()
        try:
            if await self.sweep():
                return timedelta(0)
            next_due = await self._store.transact(lambda tx: tx.schedule.until_next_due())
        except TransientError as error:
            if not isinstance(error, QueueUnavailable):
                self._connected_since = None
            log.warning("the relay waits for its database or queue", extra={"code": error.code})
            return self._policies.relay_poll
        return min(self._policies.relay_poll, next_due or self._policies.relay_poll)

    async def _listen(self) -> None:
        while True:
            try:
                async for _ in self._store.hints():
                    self._hinted.set()
            except TransientError:
                log.warning("the relay polls until it can listen for hints again")
            await asyncio.sleep(self._policies.relay_poll.total_seconds())

    async def sweep(self) -> bool:
        """Publish what is due and end what is lost, once; True when there may be more.

        Raises:
            TransientError: the database or the queue is away; what was due stays due.
        """
        try:
            full = await self._publish_jobs()
        except QueueUnavailable:
            # What the queue does not take must not keep lost leases from ending.
            await self._sweep_rest()
            raise
        return await self._sweep_rest() or full

    async def _sweep_rest(self) -> bool:
        """Rarer things, not looked for at every hint."""
        now = self._monotonic()
        if now - self._swept_rest_at < self._policies.relay_poll.total_seconds():
            return False
        self._swept_rest_at = now
        return await self._end_lost_leases() | await self._publish_dead_letters()

    async def _publish_jobs(self) -> bool:
        lease = self._policies.publish_lease
        # Committed before publishing: no lock is held across the network.
        taken = await self._store.transact(
            lambda tx: tx.schedule.take_due(lease=lease, batch=BATCH, queues=self._own_shares)
        )
        if not taken:
            return False
        acknowledged = await self._publish([t.event for t in taken])
        settled = [t for t, was_acknowledged in zip(taken, acknowledged, strict=True) if was_acknowledged]
        self._metrics.published.inc(len(settled))
        self._metrics.unpublished.inc(len(taken) - len(settled))
        self._metrics.republished.inc(sum(t.was_published for t in settled))
        if settled:
            await self._store.transact(
                lambda tx: tx.schedule.settle(
                    settled, at_least=self._policies.republish_from, at_most=self._policies.republish_to
                )
            )
        if len(settled) < len(taken):
            raise QueueUnavailable(
                f"{len(taken) - len(settled)} records were not acknowledged; they stay due"
            )
        return len(taken) >= BATCH

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
