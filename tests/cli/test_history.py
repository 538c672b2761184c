"""What `cveval why` tells of a job."""

from datetime import UTC, datetime, timedelta
from functools import partial

from cveval.domain.attempts import ClaimedJob
from cveval.domain.documents import new_id
from cveval.domain.events import RawRecord, Refusal, UnreadableRecord
from cveval.store.leases import Claim
from cveval.store.transaction import Store, Transaction
from cveval_local.history import History, tell
from tests.samples import LEASE, a_completion, a_job


async def _bury(letter: UnreadableRecord, tx: Transaction) -> bool:
    return await tx.dead_letters.add_record(letter)


async def test_a_redrive_is_told_once(store: Store) -> None:
    job_id = await a_job(store)
    for n in range(2):
        record = RawRecord("t", 0, n, datetime.now(UTC), None, None)
        letter = UnreadableRecord(new_id(), "evaluate:default", job_id, record, Refusal("unreadable", "why"))
        await store.transact(partial(_bury, letter))
    await store.transact(lambda tx: tx.jobs.redrive([job_id]))
    history = await store.transact(lambda tx: History.of(tx, job_id))
    assert len(history.letters) == 2
    assert "\n".join(tell(history, datetime.now(UTC))).count("redriven") == 1


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
