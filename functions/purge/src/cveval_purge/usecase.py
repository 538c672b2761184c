"""Purge: what is past its retention goes, in small batches, oldest first."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.store.retention import Aged
from cveval.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What went, by table; `is_complete` False when a limit of the run was reached and more is left."""

    deleted: dict[str, int]
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
    """Any number may run: each skips the rows that another one holds."""

    store: Store
    policies: Policies
    metrics: Metrics
    limits: Limits
    monotonic: Callable[[], float] = field(default=time.monotonic)

    async def __call__(
        self, progress: Callable[[str, int], None] = lambda _table, _rows: None
    ) -> PurgeReport:
        """Run once; `progress` hears of every batch: the table and how many of its rows have gone so far.

        Raises:
            StoreUnavailable: what went before stays gone; run again.
        """
        began = self.monotonic()
        deleted: dict[str, int] = {}
        complete = True
        # Jobs before their batches and uploads, and before the briefs that nobody refers to any more.
        for table, age in (
            ("idempotency", None),
            ("jobs", self.policies.job_retention),
            ("batches", self.policies.job_retention),
            ("dead_letters", self.policies.dead_letter_retention),
            ("uploads", self.policies.upload_retention),
            ("briefs", self.policies.job_retention),
        ):
            deleted[table] = 0
            looked_at = 0
            after: Aged | None = None
            while True:
                if looked_at >= self.limits.max_rows or self._is_out_of_time(began):
                    complete = False
                    break
                batch = await self._batch(table, age, after)
                deleted[table] += batch.gone
                looked_at += batch.looked_at
                self.metrics.purged.labels(table).inc(batch.gone)
                progress(table, deleted[table])
                after = batch.last
                if batch.looked_at < self.limits.batch:
                    break
        return PurgeReport(deleted, complete, round(self.monotonic() - began, 3))

    def _is_out_of_time(self, began: float) -> bool:
        return self.monotonic() - began >= self.limits.max_time.total_seconds()

    async def _batch(self, table: str, age: timedelta | None, after: Aged | None) -> "_Batch":
        async def keys(tx: Transaction) -> _Batch:
            gone = await tx.retention.delete_expired_keys(self.limits.batch)
            return _Batch(gone, gone, None)

        async def aged_rows(tx: Transaction) -> _Batch:
            assert age is not None
            aged = await tx.retention.oldest(table, age, self.limits.batch, after)
            gone = await tx.retention.delete(table, aged) if aged else 0
            return _Batch(gone, len(aged), aged[-1] if aged else None)

        return await self.store.transact(keys if age is None else aged_rows)


@dataclass(frozen=True, slots=True)
class _Batch:
    gone: int
    looked_at: int
    last: Aged | None
