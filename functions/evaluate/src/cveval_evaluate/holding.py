"""Which jobs this instance holds: places, leases and their heartbeat, and giving back what runs when it must stop."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cveval.domain.attempts import ClaimedJob
from cveval.domain.errors import TransientError
from cveval.domain.policies import Policies
from cveval_evaluate.steps import Steps

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Work:
    attempt: int
    lease: timedelta
    task: "asyncio.Task[Any]"
    lost: bool = False


class HeldJobs:
    """Renews all leases of this instance with one statement every heartbeat, while there are any."""

    def __init__(self, steps: Steps, policies: Policies) -> None:
        self._steps = steps
        self._policies = policies
        self._places: list[str] = []
        self._working: dict[str, _Work] = {}
        self._beating: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self.is_draining = False

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self, job_id: str) -> Iterator[None]:
        """Take a place for a job from before its claim until its outcome is recorded."""
        self._places.append(job_id)
        self._empty.clear()
        try:
            yield
        finally:
            self._places.remove(job_id)
            if not self._places:
                self._empty.set()

    @contextmanager
    def working(self, job: ClaimedJob, task: "asyncio.Task[Any]") -> Iterator[None]:
        """Keep the lease of a claimed job while its task runs; a lost lease cancels the task."""
        self._working[job.job_id] = _Work(job.attempt, self._policies.of(job.queue).lease, task)
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat())
        if self.is_draining:
            task.cancel()
        try:
            yield
        finally:
            del self._working[job.job_id]
            task.cancel()

    def is_lost(self, job_id: str) -> bool:
        return job_id in self._working and self._working[job_id].lost

    async def _beat(self) -> None:
        while self._working:
            await asyncio.sleep(self._policies.heartbeat.total_seconds())
            await self._renew()

    async def _renew(self) -> None:
        held = [(job_id, work.attempt, work.lease) for job_id, work in self._working.items()]
        if not held:
            return
        try:
            ours = await self._steps.heartbeat(held)
        except TransientError as error:
            # The fence decides later whether the lease survived this.
            log.warning("heartbeat missed", extra={"code": error.code, "jobs": len(held)})
            return
        for job_id, attempt, _ in held:
            work = self._working.get(job_id)
            if job_id not in ours and work is not None and work.attempt == attempt:
                log.warning("lease lost; the evaluation stops", extra={"job_id": job_id})
                work.lost = True
                work.task.cancel()

    async def drain(self) -> None:
        """Take nothing more, give back what runs (it does not count as failed), wait until that is recorded."""
        self.is_draining = True
        for work in self._working.values():
            work.task.cancel()
        await self._empty.wait()
