"""POST /v1/evaluate over HTTP, 16 at a time, ÷ pgbench's commits and ÷ the framework without a database.

The function runs under functions-framework's own server (one worker) with an API key; pgbench inserts one row a commit with
16 clients into the same Postgres. Rounds alternate; the median of each is compared. What a stretch has queued is finished by
SQL before the next one, as workers would: submit counts its owner's unfinished jobs.

Example: python -m bench submit --quick
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import psycopg

from bench.load import MakeRequest, post, requests_per_second
from bench.measuring import (
    HELLO,
    OWNER,
    Bench,
    Documents,
    Row,
    at_least,
    middle,
    note,
    pgbench,
    serving,
    source_of,
    store_documents,
    store_on,
    until_healthy,
)
from cveval.domain.documents import new_id

SECRET = "bench-" + "0" * 40
KEY = {"Authorization": f"Bearer {SECRET}"}


def evaluating(address: str, documents: Documents, *, keyed: bool) -> MakeRequest:
    """Evaluation requests, each of two documents that were not asked about together before."""

    def make() -> bytes:
        cv, project = documents.pair()
        headers = {**KEY, "Idempotency-Key": f'"{new_id()}"'} if keyed else KEY
        return post(address, "/v1/evaluate", {"cv_id": cv, "project_id": project}, headers)

    return make


async def measure(bench: Bench) -> AsyncIterator[Row]:
    database = bench.fresh()
    store = store_on(database)
    documents = await store_documents(store)
    await store.transact(lambda tx: tx.api_keys.add(new_id(), OWNER, "bench", SECRET))
    await store.aclose()
    commits: list[float] = []
    plain: list[float] = []
    keyed: list[float] = []
    framework: list[float] = []
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        submit = stack.enter_context(serving("submit", source_of("submit"), database))
        hello = stack.enter_context(serving("hello", HELLO, database))
        await until_healthy(session, submit)
        await until_healthy(session, hello)

        async def rate(address: str, seconds: float, *, keyed: bool = False) -> float:
            make = evaluating(address, documents, keyed=keyed)
            return await requests_per_second(address, make, seconds, expect=202)

        await rate(submit, 0.5)
        await rate(submit, 0.5, keyed=True)
        await rate(hello, 0.5)
        for _ in range(bench.rounds):
            _finish_all(database)
            commits.append(pgbench(bench.server, bench.seconds))
            plain.append(await rate(submit, bench.seconds))
            framework.append(await rate(hello, bench.seconds))
            _finish_all(database)
            keyed.append(await rate(submit, bench.seconds, keyed=True))
            note(f"submit: {commits[-1]:.0f} {plain[-1]:.0f} {framework[-1]:.0f} {keyed[-1]:.0f}")
    base, bare = middle(commits), middle(framework)
    for name, rates in (("submit", plain), ("submit with Idempotency-Key", keyed)):
        yield at_least(f"{name}: requests ÷ pgbench commits", middle(rates) / base, 0.20)
        yield at_least(f"{name}: requests ÷ framework without database", middle(rates) / bare, 0.25)
    yield Row(
        "submit: requests/s; with key; framework; pgbench commits/s",
        f"{middle(plain):.0f}; {middle(keyed):.0f}; {bare:.0f}; {base:.0f}",
    )


def _finish_all(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE jobs SET status = 'completed', due_at = NULL WHERE status = 'queued'")
        connection.execute("VACUUM ANALYZE jobs, idempotency")
