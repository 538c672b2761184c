"""Claims in batches of 10 with a million finished jobs in the table ÷ with none. --quick: 100,000.

Finished jobs and their attempts are made by SQL; the two databases take turns, medians are compared.

Example: python -m bench history --quick
"""

import time
from collections.abc import AsyncIterator

import psycopg

from bench.measuring import (
    Bench,
    Documents,
    Row,
    at_least,
    middle,
    note,
    queue_jobs,
    store_documents,
    store_on,
)
from bench.store import claim
from cveval.store.transaction import Store

JOBS, BATCH = 1_000, 10
FINISHED = """
    INSERT INTO jobs (id, owner, queue, status, cv_id, project_id, job_description_hash, study_case_hash,
      attempt, failures, losses, run_at, created_at, updated_at, first_started_at, started_at, worker)
    SELECT gen_random_uuid(), 'owner ' || n %% 100, 'evaluate:default', 'completed', gen_random_uuid(), gen_random_uuid(),
      'hash', 'hash', 1, 0, 0, t.at, t.at, t.at, t.at, t.at, 'history'
    FROM generate_series(1, %s) AS n CROSS JOIN LATERAL (SELECT now() - n * interval '1 second' AS at) AS t
"""
ATTEMPTS = """
    INSERT INTO job_attempts (job_id, attempt, worker, started_at, finished_at, outcome)
    SELECT id, 1, 'history', created_at, created_at, 'completed' FROM jobs
"""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    finished = 100_000 if bench.quick else 1_000_000
    empty, full = bench.fresh(), bench.fresh()
    began = time.perf_counter()
    async with await psycopg.AsyncConnection.connect(full, autocommit=True) as connection:
        await connection.execute(FINISHED, (finished,))
        await connection.execute(ATTEMPTS)
        await connection.execute("VACUUM ANALYZE jobs, job_attempts")
        await connection.execute("CHECKPOINT")
    note(f"history: {finished:,} finished jobs in {time.perf_counter() - began:.0f} s")
    places = [(store, await store_documents(store), [0.0][:0]) for store in map(store_on, (empty, full))]
    for turn in range(6):
        for store, documents, rates in places:
            rate = await _claims_per_second(store, documents)
            if turn:
                rates.append(rate)
    for store, _, _ in places:
        await store.aclose()
    without, beside = (middle(rates) for _, _, rates in places)
    yield at_least(f"history: claims beside {finished:,} finished jobs ÷ none", beside / without, 0.9)
    yield Row("history: claims/s beside history; without", f"{beside:.0f}; {without:.0f}")


async def _claims_per_second(store: Store, documents: Documents) -> float:
    ids = await queue_jobs(store, documents, JOBS)
    began = time.perf_counter()
    for at in range(0, JOBS, BATCH):
        await claim(store, ids[at : at + BATCH])
    return JOBS / (time.perf_counter() - began)
