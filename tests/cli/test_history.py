"""What `cveval why` tells of a job."""

from datetime import UTC, datetime, timedelta

from cveval.domain.jobs import ClaimedJob
from cveval.store.leases import Claim
from cveval.store.transaction import Store
from cveval_local.history import History, tell
from tests.samples import LEASE, a_completion, a_job


async def test_a_history_tells_publishing_delivery_and_attempts_in_order(store: Store) -> None:
    job_id = await a_job(store)
    # The claim was quicker than the relay, which had yet to note that it had published.
    claim = Claim(job_id, "worker-1", LEASE, published_at=datetime.now(UTC))
    [job] = await store.transact(lambda tx: tx.leases.claim([claim]))
    assert isinstance(job, ClaimedJob)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    history = await store.transact(lambda tx: History.of(tx, job_id))
    told = "\n".join(tell(history, datetime.now(UTC) + timedelta(minutes=1)))
    order = [
        "accepted from acme",
        "published",
        "delivered for attempt 1",
        "attempt 1 claimed",
        "attempt 1 completed",
        "Next:",
    ]
    assert sorted(order, key=told.index) == order
