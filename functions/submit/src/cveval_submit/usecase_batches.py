"""Batches: accept many candidates at once, tell how they stand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from cveval.domain.batches import AcceptedBatch, Batch, Standings
from cveval.domain.errors import CvevalError, LockTimeout, QuotaExceeded
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.store.hinting import Hinting
from cveval.store.submissions import Added
from cveval.store.transaction import Store, Transaction
from cveval_submit.polling import LongPoll
from cveval_submit.room import Room
from cveval_submit.usecase import in_progress


class SubmitBatch:
    """Accept batches: the jobs of all candidates or none.

    One after the other, so that each counts what the one before has taken, and together they hold one connection.
    """

    def __init__(self, store: Store, policies: Policies, metrics: Metrics, *, quota: int, room: Room) -> None:
        self._store = store
        self._policies = policies
        self._metrics = metrics
        self._quota = quota
        self._room = room
        self._hint = Hinting(store)
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, batch: Batch) -> AcceptedBatch:
        """Make the batch and its jobs, or find the one that an earlier request made.

        Raises:
            UploadNotFound, WrongUploadType: of the first candidate that is at fault.
            QuotaExceeded: there is no room for all.
            IdempotencyKeyReused, RequestInProgress, StoreUnavailable
        """
        try:
            async with self._one_at_a_time:
                accepted, room = await self._store.transact(lambda tx: self._add(tx, batch))
        except LockTimeout:
            if batch.key is None:
                raise
            raise in_progress() from None
        if accepted.was_replayed:
            self._metrics.replays.inc()
        else:
            self._room.note(room)
            self._metrics.accepted.inc(len(accepted.job_ids))
            self._hint()
        return accepted

    async def _add(self, tx: Transaction, batch: Batch) -> tuple[AcceptedBatch, Mapping[str, int]]:
        earlier = await tx.batches.begin(batch, key_retention=self._policies.key_retention)
        if earlier is not None:
            return earlier, {}
        added = await tx.submissions.add(
            batch.submissions, key_retention=self._policies.key_retention, quota=self._quota
        )
        if refusal := self._refusal(added):
            raise refusal  # and nothing stands
        await tx.batches.add_jobs(batch)
        return AcceptedBatch(batch.id, batch.job_ids, was_replayed=False), added.room

    def _refusal(self, added: Added) -> CvevalError | None:
        """The first candidate's fault; the quota only where there is no other."""
        refusals = [answer for answer in added.answers if isinstance(answer, CvevalError)]
        faults = [refusal for refusal in refusals if not isinstance(refusal, QuotaExceeded)]
        if faults or not refusals:
            return faults[0] if faults else None
        wanted = len(added.answers)
        return QuotaExceeded(
            f"the batch needs {wanted:,} jobs, and {wanted - len(refusals):,} of the {self._quota:,} that this owner "
            "may have unfinished are free: wait for some to finish, cancel some, or send fewer candidates"
        )

    async def aclose(self) -> None:
        await self._hint.aclose()


@dataclass(frozen=True, slots=True)
class AwaitBatch:
    """Tell how a batch stands, waiting a while for its end if asked to."""

    store: Store
    poll: LongPoll = field(default_factory=LongPoll)

    async def __call__(self, owner: str, batch_id: str, wait: float) -> Standings:
        """How it stands once finished, or after `wait` seconds.

        Raises:
            BatchNotFound, StoreUnavailable
        """

        async def look() -> Standings:
            return await self.store.transact(lambda tx: tx.batches.standings(batch_id, owner))

        return await self.poll(look, lambda standings: standings.is_finished, wait)
