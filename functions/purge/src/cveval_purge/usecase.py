"""Purge: what is past its retention goes, archived first where there is an archive, in small batches, oldest first."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from cveval.domain.errors import ArchiveMismatch, ArchiveUnavailable, StoreUnavailable
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.store import archives
from cveval.store.archives import Archive
from cveval.store.retention import Aged
from cveval.store.transaction import Store, Transaction
from cveval_purge.archiving import Archived, Archiving

log = logging.getLogger(__name__)

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What went, by table; `is_complete` False when a limit of the run was reached and more is left."""

    deleted: dict[str, int]
    archived: dict[str, int]
    """`objects` written and verified, their `bytes` (compressed), objects `removed` since their candidates were erased."""
    behind: dict[str, float]
    """By table: for how many seconds the oldest row that is left could have been gone; 0 = nothing is left."""
    is_complete: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one run. `max_rows` counts the rows looked at, of each kind."""

    batch: int
    max_rows: int
    max_time: timedelta


@dataclass(frozen=True, slots=True)
class Purge:
    """Any number may run: each skips the rows that another one holds. Without `archiving` it deletes only."""

    store: Store
    policies: Policies
    metrics: Metrics
    limits: Limits
    archiving: Archiving | None = None
    monotonic: Callable[[], float] = field(default=time.monotonic)

    async def __call__(self, progress: Progress = lambda _table, _rows: None) -> PurgeReport:
        """Run once; `progress` hears of every batch: the table and how many of its rows have gone so far.

        Raises:
            StoreUnavailable: what went before stays gone; run again.
            ArchiveUnavailable, ArchiveMismatch: what is not in the archive was not deleted; everything else was done.
        """
        run = _Run(self, progress)
        try:
            return await run()
        finally:
            if self.archiving is not None:
                worker = self.archiving.lease.worker
                # Without it, the next run waits until the leases end.
                with suppress(StoreUnavailable):
                    await self.store.transact(lambda tx: tx.archives.release(worker))


@dataclass(slots=True)
class _Run:
    """One run: what it has done so far."""

    purge: Purge
    progress: Progress
    began: float = field(init=False)
    deleted: dict[str, int] = field(default_factory=dict)
    archived: Archived = field(default_factory=Archived)
    left: dict[str, Aged | None] = field(default_factory=dict)
    """Where a limit stopped the walk through a table."""
    is_complete: bool = True
    failure: ArchiveUnavailable | None = None

    def __post_init__(self) -> None:
        self.began = self.purge.monotonic()

    async def __call__(self) -> PurgeReport:
        policies = self.purge.policies
        await self.walk("idempotency", None)
        await self.settle_earlier()
        # Letters keep jobs, jobs tell whose a report is, and keep batches and briefs.
        await self.walk("dead_letters", policies.dead_letter_retention)
        await self.walk("uploads", policies.upload_retention)
        await self.walk("jobs", policies.job_retention)
        await self.walk("batches", policies.job_retention)
        await self.walk("briefs", policies.job_retention)
        report = await self.report()
        if self.failure is not None:
            raise self.failure
        if self.archived.mismatches:
            raise ArchiveMismatch(
                f"{len(self.archived.mismatches)} object(s) were read back different from what was written, the first is "
                f"{self.archived.mismatches[0]}; nothing of them was deleted, the next run writes them again",
                retry_after=timedelta(seconds=60),
            )
        return report

    # -- what earlier runs and erasures have left --------------------------------------------------------------

    async def settle_earlier(self) -> None:
        archiving = self.purge.archiving
        if archiving is None:
            waiting = await self.purge.store.transact(lambda tx: tx.erasures.settle_without_archive())
            if waiting:
                log.error(
                    "erased candidates have objects in the archive, and CVEVAL_ARCHIVE_BUCKET is not set",
                    extra={"candidates": waiting},
                )
            return
        try:
            removed = await archiving.remove_erased(self.archived, self.is_out_of_time)
            settled = await archiving.settle_pending(self.archived, self.is_out_of_time)
        except ArchiveUnavailable as error:
            self.failure = error
        else:
            self.is_complete &= removed and settled

    # -- a table, oldest first ---------------------------------------------------------------------------------

    async def walk(self, table: str, age: timedelta | None) -> None:
        self.deleted.setdefault(table, 0)
        looked_at = 0
        after: Aged | None = None
        while True:
            is_stopped = self.failure is not None and table in archives.KINDS
            if is_stopped or looked_at >= self.purge.limits.max_rows or self.is_out_of_time():
                self.is_complete = False
                self.left[table] = after
                return
            try:
                batch = await self.batch(table, age, after)
            except ArchiveUnavailable as error:
                self.failure = error
                continue
            looked_at += batch.looked_at
            after = batch.last
            if batch.looked_at < self.purge.limits.batch:
                return

    async def batch(self, table: str, age: timedelta | None, after: Aged | None) -> "_Batch":
        size = self.purge.limits.batch

        async def keys(tx: Transaction) -> _Batch:
            gone = await tx.retention.delete_expired_keys(size)
            return _Batch(gone, gone)

        async def delete(tx: Transaction) -> _Batch:
            assert age is not None
            aged = await tx.retention.oldest(table, age, size, after)
            gone = await tx.retention.delete(table, aged) if aged else 0
            return _Batch(gone, len(aged), aged[-1] if aged else None)

        if self.purge.archiving is not None and age is not None and table in archives.KINDS:
            return await self.archive_batch(self.purge.archiving, table, age, after)
        batch = await self.purge.store.transact(keys if age is None else delete)
        self.count(table, batch.gone)
        return batch

    async def archive_batch(
        self, archiving: Archiving, table: str, age: timedelta, after: Aged | None
    ) -> "_Batch":
        async def begin(tx: Transaction) -> tuple[_Batch, list[Archive]]:
            aged = await tx.retention.oldest(table, age, self.purge.limits.batch, after)
            if not aged:
                return _Batch(0, 0), []
            gone = await tx.archives.delete_unarchived(aged) if table == "dead_letters" else 0
            begun = await tx.archives.begin(table, aged, archiving.lease)
            return _Batch(gone, len(aged), aged[-1]), begun

        batch, begun = await self.purge.store.transact(begin)
        self.count(table, batch.gone)
        self.is_complete &= await archiving.settle(begun, self.archived, self.is_out_of_time)
        self.progress(table, self.gone(table))
        return batch

    def count(self, table: str, gone: int) -> None:
        self.deleted[table] += gone
        self.purge.metrics.purged.labels(table).inc(gone)
        self.progress(table, self.gone(table))

    def gone(self, table: str) -> int:
        return self.deleted[table] + self.archived.rows.get(table, 0)

    def is_out_of_time(self) -> bool:
        return self.purge.monotonic() - self.began >= self.purge.limits.max_time.total_seconds()

    # -- the end -----------------------------------------------------------------------------------------------

    async def report(self) -> PurgeReport:
        report = PurgeReport(
            deleted={table: self.gone(table) for table in self.deleted},
            archived={
                "objects": self.archived.objects,
                "bytes": self.archived.size,
                "removed": self.archived.removed,
            },
            behind=await self.purge.store.transact(self.behind),
            is_complete=self.is_complete,
            seconds=round(self.purge.monotonic() - self.began, 3),
        )
        await self.purge.store.transact(lambda tx: tx.maintenance.record("purge", asdict(report)))
        return report

    async def behind(self, tx: Transaction) -> dict[str, float]:
        policies = self.purge.policies
        ages = {
            "dead_letters": policies.dead_letter_retention,
            "uploads": policies.upload_retention,
            "jobs": policies.job_retention,
            "batches": policies.job_retention,
        }
        late = {"idempotency": timedelta(0), **dict.fromkeys(ages, timedelta(0))}
        if "idempotency" in self.left:
            late["idempotency"] = await tx.retention.overdue_keys()
        for table, age in ages.items():
            if table in self.left:
                late[table] = await tx.retention.overdue(table, age, self.left[table])
        late["archive"] = (await tx.archives.backlog()).age
        return {table: round(span.total_seconds(), 1) for table, span in late.items()}


@dataclass(frozen=True, slots=True)
class _Batch:
    gone: int
    looked_at: int
    last: Aged | None = None
