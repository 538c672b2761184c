"""Claim + complete through the store, one caller, in batches of 1, 10 and 100 jobs: two transactions a batch.

Example: python -m bench store --quick
"""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

from bench.measuring import Bench, Row, middle, pgbench, queue_jobs, store_documents, store_on
from bench.no_op import ASSESSMENT
from cveval.domain.attempts import ClaimedJob, Completion, Recorded
from cveval.domain.evaluations import compute_scores
from cveval.store.leases import Claim
from cveval.store.transaction import Store

SCORES = compute_scores(ASSESSMENT.ratings)
WORKER = "bench"
LEASE = timedelta(minutes=1)
NUMBERS = {1: 200, 10: 1_000, 100: 3_000}


async def measure(bench: Bench) -> AsyncIterator[Row]:
    store = store_on(bench.fresh())
    documents = await store_documents(store)
    commits = pgbench(bench.server, bench.seconds)
    for size, number in NUMBERS.items():
        rates = []
        for _ in range(bench.rounds):
            ids = await queue_jobs(store, documents, number)
            began = time.perf_counter()
            for at in range(0, number, size):
                await complete(store, await claim(store, ids[at : at + size]))
            rates.append(number / (time.perf_counter() - began))
        rate = middle(rates)
        yield Row(f"store: claim + complete in batches of {size}, jobs/s", f"{rate:.0f}")
        yield Row(f"store: the same ÷ pgbench commits, batches of {size}", f"{rate / commits:.2f}")
    await store.aclose()


async def claim(store: Store, ids: list[str]) -> list[ClaimedJob]:
    claims = [Claim(job_id, WORKER, LEASE) for job_id in ids]
    answers = await store.transact(lambda tx: tx.leases.claim(claims))
    claimed = [answer for answer in answers if isinstance(answer, ClaimedJob)]
    assert len(claimed) == len(ids)
    return claimed


async def complete(store: Store, jobs: list[ClaimedJob]) -> None:
    ends = [Completion(job.job_id, job.attempt, WORKER, SCORES, ASSESSMENT) for job in jobs]
    answers = await store.transact(lambda tx: tx.leases.complete(ends))
    assert all(isinstance(answer, Recorded) for answer in answers)
