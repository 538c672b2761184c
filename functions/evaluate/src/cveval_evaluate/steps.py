"""The store's hot steps as evaluate calls them: one job at a time, sharing transactions with its neighbours."""

from collections.abc import Sequence

from cveval.domain.attempts import ClaimAnswer, Completion, EndAnswer, GivingUp, Retry
from cveval.domain.jobs import Outcome
from cveval.observability import Metrics
from cveval.store.leases import Claim, Held
from cveval.store.shared_commit import SharedCommit
from cveval.store.transaction import Store


class Steps:
    """Claim, complete, retry, give up and heartbeat.

    Raises (every method):
        StoreUnavailable
    """

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._claim: SharedCommit[Claim, ClaimAnswer] = SharedCommit(
            "claim", self._run_claim, lambda c: [c.job_id], metrics
        )
        self._complete: SharedCommit[Completion, EndAnswer] = SharedCommit(
            "complete", self._run_complete, lambda c: [c.job_id], metrics
        )
        self._retry: SharedCommit[Retry, EndAnswer] = SharedCommit(
            "retry", self._run_retry, lambda r: [r.job_id], metrics
        )
        self._give_up: SharedCommit[GivingUp, EndAnswer] = SharedCommit(
            "give_up", self._run_give_up, lambda g: [g.job_id], metrics
        )

    async def claim(self, claim: Claim) -> ClaimAnswer:
        return await self._claim(claim)

    async def complete(self, completion: Completion) -> EndAnswer:
        return await self._complete(completion)

    async def retry(self, retry: Retry) -> EndAnswer:
        answer = await self._retry(retry)
        if retry.outcome is Outcome.INTERRUPTED:
            await self._store.hint()
        return answer

    async def give_up(self, giving_up: GivingUp) -> EndAnswer:
        answer = await self._give_up(giving_up)
        await self._store.hint()
        return answer

    async def heartbeat(self, held: Sequence[Held]) -> set[str]:
        """Renew leases; answers with the ids that are still ours."""
        return await self._store.transact(lambda tx: tx.leases.heartbeat(held))

    async def _run_claim(self, claims: Sequence[Claim]) -> Sequence[ClaimAnswer]:
        # A claim whose commit is unknown is left to its lease: run again, it would find itself held by another.
        return await self._store.transact(lambda tx: tx.leases.claim(claims), again_when_unknown=False)

    async def _run_complete(self, completions: Sequence[Completion]) -> Sequence[EndAnswer]:
        return await self._store.transact(lambda tx: tx.leases.complete(completions))

    async def _run_retry(self, retries: Sequence[Retry]) -> Sequence[EndAnswer]:
        return await self._store.transact(lambda tx: tx.leases.retry(retries))

    async def _run_give_up(self, givings: Sequence[GivingUp]) -> Sequence[EndAnswer]:
        return await self._store.transact(lambda tx: tx.leases.give_up(givings))
