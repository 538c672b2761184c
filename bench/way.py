"""The whole way with a no-op evaluator: relay, memory queue and evaluate in one process, on Postgres.

Throughput: jobs that are queued already, until the last is completed, at the default concurrency. Then, with the system idle,
one job at a time over HTTP: from the 202 at the client to the evaluator's call, which follows the claim.

Example: python -m bench way --quick
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import psycopg

from bench.load import Connection
from bench.measuring import (
    OWNER,
    Bench,
    Documents,
    Row,
    at_most,
    note,
    percentile,
    pgbench,
    queue_jobs,
    serving,
    source_of,
    store_documents,
    store_on,
    until_healthy,
)
from bench.no_op import NoOpEvaluator
from bench.submit import SECRET, evaluating
from cveval.domain.documents import new_id
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.memory import MemoryQueue
from cveval.relay import Relay
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from cveval_local.delivering import deliver_to


@asynccontextmanager
async def running(
    store: Store,
    evaluator: NoOpEvaluator,
    policies: Policies | None = None,
    settings: EvaluateSettings | None = None,
) -> AsyncIterator[None]:
    """Relay, queue and evaluate at work."""
    policies, metrics, settings = policies or Policies(), Metrics(), settings or EvaluateSettings()
    evaluate = build(settings, policies, store, metrics, evaluator=evaluator)
    queue = MemoryQueue(policies, metrics)
    tasks = [
        asyncio.create_task(Relay(store, queue, policies, metrics).run()),
        asyncio.create_task(queue.consume(deliver_to(evaluate.application), BuryInStore(store, metrics))),
    ]
    try:
        yield
    finally:
        await evaluate.held.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def measure(bench: Bench) -> AsyncIterator[Row]:
    database = bench.fresh()
    store = store_on(database)
    documents = await store_documents(store)
    await store.transact(lambda tx: tx.api_keys.add(new_id(), OWNER, "bench", SECRET))
    commits = pgbench(bench.server, bench.seconds)
    jobs = 1_000 if bench.quick else 4_000
    await queue_jobs(store, documents, jobs)
    began = time.perf_counter()
    async with running(store, NoOpEvaluator()):
        await _until_done(database)
        rate = jobs / (time.perf_counter() - began)
    yield Row("way: jobs/s, queued to completed", f"{rate:.0f}")
    yield Row("way: jobs ÷ pgbench commits", f"{rate / commits:.2f}")
    waits = await _idle_waits(store, database, documents, 50 if bench.quick else 200)
    await store.aclose()
    yield at_most("way: 202 to claim when idle, p50", percentile(waits, 0.5) * 1e3, 20, " ms")
    yield at_most("way: 202 to claim when idle, p95", percentile(waits, 0.95) * 1e3, 20, " ms")


async def _until_done(database: str) -> None:
    sql = "SELECT NOT EXISTS (SELECT 1 FROM jobs WHERE status IN ('queued', 'processing'))"
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        while True:
            row = await (await connection.execute(sql)).fetchone()
            if row is not None and row[0]:
                return
            await asyncio.sleep(0.02)


async def _idle_waits(store: Store, database: str, documents: Documents, number: int) -> list[float]:
    """Seconds from the answer to the claim; 0 when the claim was first."""
    called: asyncio.Queue[float] = asyncio.Queue()
    waits: list[float] = []
    with serving("submit", source_of("submit"), database) as address:
        async with running(store, NoOpEvaluator(called.put_nowait)), aiohttp.ClientSession() as session:
            await until_healthy(session, address)
            make = evaluating(address, documents, keyed=False)
            caller = await Connection.open(address)
            for turn in range(number + 5):
                answer = await caller.ask(make())
                assert answer.startswith(b"HTTP/1.1 202 "), answer
                answered = time.perf_counter()
                at = await asyncio.wait_for(called.get(), 30)
                # The first ones open connections.
                if turn >= 5:
                    waits.append(max(0.0, at - answered))
                await asyncio.sleep(0.03)
            caller.close()
    note(f"way: waits {min(waits) * 1e3:.1f} to {max(waits) * 1e3:.1f} ms")
    return waits
