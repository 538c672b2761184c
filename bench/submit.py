"""POST /v1/evaluate over HTTP, 16 at a time, ÷ pgbench's commits and ÷ the framework without a database.

The function runs under functions-framework's own server (one worker) with an API key; pgbench inserts one row a commit with
16 clients into the same Postgres. Rounds alternate; the median of each is compared. What a stretch has queued is finished by
SQL before the next one, as workers would: submit counts its owner's unfinished jobs.

Example: python -m bench submit --quick
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import psycopg

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
    requests_per_second,
    serving,
    source_of,
    store_documents,
    store_on,
    until_healthy,
)
from cveval.domain.documents import new_id

SECRET = "bench-" + "0" * 40
KEY = {"Authorization": f"Bearer {SECRET}"}


def evaluating(
    session: aiohttp.ClientSession, address: str, documents: Documents, *, keyed: bool
) -> Callable[[], Awaitable[None]]:
    """One evaluation request, of two documents that were not asked about together before."""

    async def ask() -> None:
        cv, project = documents.pair()
        headers = {**KEY, "Idempotency-Key": f'"{new_id()}"'} if keyed else KEY
        body = {"cv_id": cv, "project_id": project}
        async with session.post(f"{address}/v1/evaluate", json=body, headers=headers) as answer:
            text = await answer.text()
            assert answer.status == 202, text

    return ask


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
        # The server closes an idle connection after 5 s; ours are given up before that.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=1)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        submit = stack.enter_context(serving("submit", source_of("submit"), database))
        hello = stack.enter_context(serving("hello", HELLO, database))
        await until_healthy(session, submit)
        await until_healthy(session, hello)
        ask_plain = evaluating(session, submit, documents, keyed=False)
        ask_keyed = evaluating(session, submit, documents, keyed=True)
        ask_hello = evaluating(session, hello, documents, keyed=False)
        for ask in (ask_plain, ask_keyed, ask_hello):
            await requests_per_second(ask, 0.5)
        for _ in range(bench.rounds):
            _finish_all(database)
            commits.append(pgbench(bench.server, bench.seconds))
            plain.append(await requests_per_second(ask_plain, bench.seconds))
            framework.append(await requests_per_second(ask_hello, bench.seconds))
            _finish_all(database)
            keyed.append(await requests_per_second(ask_keyed, bench.seconds))
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
