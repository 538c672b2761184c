"""Putting failed jobs back a few at a time, and looking how they fare: what `cveval redrive` does."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from cveval.domain.jobs import JobStatus
from cveval.store.jobs import Redrive, Standing
from cveval.store.transaction import Store, Transaction

CANARIES = (1, 10)
TRANSACTION = 100
POLL = 1.0


@dataclass(slots=True)
class Report:
    """What became of the chosen jobs, by id."""

    redriven: list[str] = field(default_factory=list)
    moved_on: list[str] = field(default_factory=list)
    """No longer failed when their turn came: somebody else has put them back, or they are gone."""
    left: list[str] = field(default_factory=list)
    """As they were: it ended before their turn."""
    completed: list[str] = field(default_factory=list)
    failed_again: list[Standing] = field(default_factory=list)

    @property
    def failed_percent(self) -> float:
        """Of those that were put back; those that run still count as well."""
        return 100 * len(self.failed_again) / max(1, len(self.redriven))


class Redriving:
    """Puts jobs back, each transaction whole: it may end at any moment, and `report` is how things are.

    Args:
        rate: jobs a second; None: as fast as it goes.
        stop_above: the canary: first 1, then 10, then all; each time it is seen how they end, and when more than so many percent
            failed again, nothing more is put back. None: no canary, and nobody waits.
        stopping: set from outside to end after the transaction that is under way.
    """

    def __init__(
        self,
        store: Store,
        *,
        rate: float | None = None,
        stop_above: float | None = None,
        stopping: asyncio.Event | None = None,
        tell: Callable[[str], None] = lambda _: None,
        poll: float = POLL,
    ) -> None:
        self._store = store
        self._rate = rate
        self._stop_above = stop_above
        self._stopping = stopping or asyncio.Event()
        self._tell = tell
        self._poll = poll
        self._running: set[str] = set()
        self.report = Report()

    @property
    def has_failed(self) -> bool:
        """More failed again than may."""
        return self._stop_above is not None and self.report.failed_percent > self._stop_above

    async def __call__(self, job_ids: Sequence[str]) -> None:
        """Put these back, in this order.

        Raises:
            StoreUnavailable
        """
        self.report.left = list(job_ids)
        for wave in self._waves():
            for chunk in _chunks(wave, self._chunk):
                if self._is_over():
                    return
                await self._put_back(chunk)
                if self._rate is not None and self.report.left:
                    await self._sleep(len(chunk) / self._rate)
            self._tell(f"{len(self.report.redriven)} back in the queue, {len(self.report.left)} to go")
            if self._stop_above is not None:
                await self._see_them_end()

    def _waves(self) -> Iterator[list[str]]:
        sizes = CANARIES if self._stop_above is not None else ()
        ids = iter(self.report.left.copy())
        for size in sizes:
            if wave := list(islice(ids, size)):
                yield wave
        if rest := list(ids):
            yield rest

    @property
    def _chunk(self) -> int:
        return TRANSACTION if self._rate is None else max(1, min(TRANSACTION, int(self._rate)))

    def _is_over(self) -> bool:
        return self._stopping.is_set() or self.has_failed

    async def _put_back(self, chunk: list[str]) -> None:
        moved: set[str] = set()

        async def work(tx: Transaction) -> None:
            found = await tx.jobs.redrivable(Redrive(ids=tuple(chunk), limit=len(chunk)))
            # Run again after a commit of unknown outcome, it finds nothing where that one stood.
            moved.update(job.id for job in found)
            await tx.jobs.redrive([job.id for job in found])

        await self._store.transact(work)
        await self._store.hint()
        del self.report.left[: len(chunk)]
        self.report.redriven += [job_id for job_id in chunk if job_id in moved]
        self.report.moved_on += [job_id for job_id in chunk if job_id not in moved]
        self._running |= moved
        if self._stop_above is not None:
            await self._look()

    async def _see_them_end(self) -> None:
        self._tell("waiting until they have run; ctrl-C ends it here")
        while self._running and not self._is_over():
            await self._sleep(self._poll)
            if await self._look():
                self._tell(
                    f"{len(self.report.completed)} completed, {len(self.report.failed_again)} failed again, "
                    f"{len(self._running)} not finished yet"
                )

    async def _look(self) -> bool:
        """See who has ended; True when somebody has."""
        asked = sorted(self._running)
        standings = await self._store.transact(lambda tx: tx.jobs.standings(asked))
        for standing in standings:
            if standing.status is JobStatus.COMPLETED:
                self.report.completed.append(standing.id)
            elif standing.status is JobStatus.FAILED and standing.error_code != "cancelled":
                self.report.failed_again.append(standing)
        # Who was cancelled, erased or purged has ended too.
        self._running = {s.id for s in standings if s.status in (JobStatus.QUEUED, JobStatus.PROCESSING)}
        return len(self._running) < len(asked)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _chunks(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
