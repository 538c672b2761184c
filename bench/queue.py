"""The whole way over a real broker, each program a process: store, relay, broker, shim, HTTP, evaluate with a no-op evaluator, store.

Over Kafka's protocol and over Redis Streams: jobs/s ÷ the memory queue's (one process, no HTTP) and ÷ pgbench's commits of the same
run; from the 202 at the client to the claim, idle and at half load: half of what the whole way bears when jobs come over HTTP, so that
submit has its share of the machine; the shim's own share of a dispatch, as its metric tells; the memory of a shim with 2,000 events in
flight; and events delivered twice while two shims are replaced in turn under load.

The brokers are named by CVEVAL_TEST_KAFKA=host:port and CVEVAL_TEST_REDIS=redis://host:port/0; one that is not named is left out.

Example: CVEVAL_TEST_KAFKA=127.0.0.1:9092 python -m bench queue --quick
"""

import asyncio
import json
import math
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from aiohttp import web

from bench import processes
from bench.load import Connection, post
from bench.measuring import (
    NO_QUOTA,
    OWNER,
    Bench,
    Documents,
    Row,
    at_least,
    at_most,
    middle,
    note,
    percentile,
    pgbench,
    queue_jobs,
    source_of,
    store_documents,
    store_on,
)
from bench.no_op import NoOpEvaluator
from bench.processes import Running
from bench.submit import KEY, SECRET
from bench.way import running
from cveval.domain.documents import new_id
from cveval.domain.policies import Policies
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings

CONCURRENCY = 256
"""Events at the function at a time, as one would allow where each waits for a model."""
NO_OP = Path(__file__).parent / "no_op_main.py"
IN_FLIGHT = 2_000
CALLERS = 16
SHARE = "cveval_delivery_overhead_seconds_bucket"
CLAIMS = "cveval_claims_total"


@dataclass(frozen=True, slots=True)
class Broker:
    name: str
    variable: str

    @property
    def address(self) -> str:
        return os.environ.get(self.variable, "")

    def settings(self) -> dict[str, str]:
        if self.name == "Redis":
            return {"CVEVAL_REDIS_URL": self.address}
        return {
            "CVEVAL_KAFKA_BROKERS": self.address,
            "CVEVAL_KAFKA_REPLICATION": "1",
            "CVEVAL_KAFKA_MIN_INSYNC_REPLICAS": "1",
        }


BROKERS = (Broker("Kafka", "CVEVAL_TEST_KAFKA"), Broker("Redis", "CVEVAL_TEST_REDIS"))


@dataclass(frozen=True, slots=True)
class Place:
    """A database of its own, and what all programs are told. The queue is new, so that nobody's records are met."""

    database: str
    store: Store
    documents: Documents
    queue: str
    environment: Mapping[str, str]

    def shim(self, function: str) -> dict[str, str]:
        return {**self.environment, "CVEVAL_SHIM_FUNCTION_URL": function, "CVEVAL_SHIM_QUEUE": self.queue}


async def _a_place(bench: Bench, broker: Broker, concurrency: int = CONCURRENCY) -> Place:
    database, queue = bench.fresh(), f"evaluate:b{uuid4().hex}"
    store = store_on(database)
    documents = await store_documents(store)
    await store.transact(lambda tx: tx.api_keys.add(new_id(), OWNER, "bench", SECRET))
    environment = {
        **broker.settings(),
        "CVEVAL_DATABASE_URL": database,
        "CVEVAL_QUEUES": json.dumps({queue: {"max_concurrency": concurrency}}),
        "CVEVAL_EVALUATE_MAX_JOBS": str(2 * CONCURRENCY),
        "CVEVAL_RATE_LIMIT": "1000000",
        "CVEVAL_RATE_BURST": "1000000",
        "CVEVAL_QUOTA": str(NO_QUOTA),
    }
    return Place(database, store, documents, queue, environment)


async def measure(bench: Bench) -> AsyncIterator[Row]:
    brokers = [broker for broker in BROKERS if broker.address]
    for broker in BROKERS:
        if broker not in brokers:
            yield Row(f"queue over {broker.name}", f"no broker: set {broker.variable}")
    if not brokers:
        return
    commits: list[float] = []
    memory: list[float] = []
    for _ in range(bench.rounds):
        commits.append(pgbench(bench.server, bench.seconds))
        memory.append(await _over_memory(bench))
    yield Row("queue: jobs/s over memory; pgbench commits/s", f"{middle(memory):.0f}; {middle(commits):.0f}")
    for broker in brokers:
        async for row in _over(bench, broker, middle(memory), middle(commits)):
            yield row


async def _over(bench: Bench, broker: Broker, memory: float, commits: float) -> AsyncIterator[Row]:
    where = f"queue over {broker.name}:"
    place = await _a_place(bench, broker)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(place.store.aclose)
        enter = stack.enter_async_context
        evaluate = await enter(processes.function("evaluate", NO_OP, place.environment))
        submit = await enter(processes.function("submit", source_of("submit"), place.environment))
        async with processes.shim(place.shim(evaluate.address)) as shim:
            rates = await _rates(bench, place, shim, evaluate, where)
            rate = middle(rates)
            yield Row(f"{where} jobs/s", f"{rate:.0f}")
            yield Row(f"{where} jobs ÷ the memory queue's", f"{rate / memory:.2f}")
            yield at_least(f"{where} jobs ÷ pgbench commits", rate / commits, 0.08)
            waits = await _waits_when_idle(place, submit, 50 if bench.quick else 200)
            yield at_most(f"{where} 202 to claim when idle, p50", percentile(waits, 0.5) * 1e3, 12, " ms")
            yield at_most(f"{where} 202 to claim when idle, p95", percentile(waits, 0.95) * 1e3, 22, " ms")
            full = await _full_load(place, submit, bench.seconds)
            yield Row(f"{where} jobs/s, submitted over HTTP", f"{full:.0f}")
            before = await shim.metric(SHARE, "le")
            waits, ways = await _waits_under(place, submit, full / 2, 5 * bench.seconds)
            yield at_most(
                f"{where} 202 to claim at half load, p99", percentile(waits, 0.99) * 1e3, 100, " ms"
            )
            half, most = (percentile(ways, share) * 1e3 for share in (0.5, 0.99))
            yield Row(f"{where} published to delivered at half load, p50; p99", f"{half:.1f}; {most:.1f} ms")
            share = _quantile(before, await shim.metric(SHARE, "le"), 0.99) * 1e3
            yield Row(f"{where} the shim's own share, p99", f"{share:.1f} ms", "< 10 ms", share < 10)
        twice = await _twice_while_rolling(place, evaluate, submit, full / 2, 2 if bench.quick else 6)
        yield Row(f"{where} delivered twice while shims roll", f"{twice:.3%}", "< 0.1 %", twice < 0.001)
    megabytes = await _megabytes(bench, broker)
    yield at_most(f"{where} {IN_FLIGHT:,} events in one shim", megabytes, 200, " MB")


# -- jobs/s ----------------------------------------------------------------------------------------------------------


async def _over_memory(bench: Bench) -> float:
    database = bench.fresh()
    store = store_on(database)
    documents = await store_documents(store)
    policies = Policies(max_concurrency=CONCURRENCY)
    async with running(store, NoOpEvaluator(), policies, EvaluateSettings(max_jobs=2 * CONCURRENCY)):
        rate = await _rate(store, database, _jobs(bench), lambda n: queue_jobs(store, documents, n))
    await store.aclose()
    return rate


def _jobs(bench: Bench) -> int:
    return 2_000 if bench.quick else 6_000


async def _rates(bench: Bench, place: Place, shim: Running, evaluate: Running, where: str) -> list[float]:
    rates = []
    for _ in range(bench.rounds):
        began, jobs = (shim.cpu, evaluate.cpu), _jobs(bench)
        rates.append(
            await _rate(
                place.store,
                place.database,
                jobs,
                lambda n: queue_jobs(place.store, place.documents, n, place.queue),
            )
        )
        async with await psycopg.AsyncConnection.connect(place.database, autocommit=True) as connection:
            # Autovacuum does it within a minute or two; until then, plans are those of an empty table.
            await connection.execute("VACUUM ANALYZE jobs, job_attempts, results")
        spent = [(now - then) / jobs * 1e3 for now, then in zip((shim.cpu, evaluate.cpu), began, strict=True)]
        note(
            f"{where} {rates[-1]:.0f} jobs/s; CPU of shim and evaluate {spent[0]:.2f}, {spent[1]:.2f} ms a job"
        )
    return rates


async def _rate(store: Store, database: str, jobs: int, add: Callable[[int], Awaitable[object]]) -> float:
    """From the first submitted to the last completed, after a few that open connections."""
    await add(100)
    await store.hint()
    await _until_done(database)
    began = time.perf_counter()
    for _ in range(jobs // 100):
        await add(100)
        await store.hint()
    await _until_done(database)
    return jobs / (time.perf_counter() - began)


async def _until_done(database: str) -> None:
    sql = "SELECT NOT EXISTS (SELECT 1 FROM jobs WHERE status IN ('queued', 'processing'))"
    async with (
        asyncio.timeout(600),
        await psycopg.AsyncConnection.connect(database, autocommit=True) as connection,
    ):
        while True:
            row = await (await connection.execute(sql)).fetchone()
            if row is not None and row[0]:
                return
            await asyncio.sleep(0.02)


# -- from the 202 to the claim ---------------------------------------------------------------------------------------


async def _submit(caller: Connection, place: Place, address: str, answered: dict[str, float]) -> None:
    cv, project = place.documents.pair()
    body = {"cv_id": cv, "project_id": project, "queue": place.queue}
    answer = await caller.ask(post(address, "/v1/evaluate", body, KEY))
    assert answer.startswith(b"HTTP/1.1 202 "), answer
    answered[json.loads(answer.partition(b"\r\n\r\n")[2])["id"]] = time.time()


async def _waits_when_idle(place: Place, submit: Running, number: int) -> list[float]:
    answered: dict[str, float] = {}
    for _ in range(number + 5):
        # A new one each time: the server closes what was idle for two seconds.
        caller = await Connection.open(submit.address)
        await _submit(caller, place, submit.address, answered)
        caller.close()
        await _until_done(place.database)
        await asyncio.sleep(0.05)
    # The first ones open connections.
    return await _waits(place.database, dict(list(answered.items())[5:]))


async def _full_load(place: Place, submit: Running, seconds: float) -> float:
    """Jobs/s that are submitted over HTTP as fast as the callers can, and completed: submit, too, has its share of the machine."""
    answered: dict[str, float] = {}
    began = time.perf_counter()
    await _press(place, submit, math.inf, answered, began + seconds)
    await _until_done(place.database)
    return len(answered) / (time.perf_counter() - began)


async def _waits_under(
    place: Place, submit: Running, rate: float, seconds: float
) -> tuple[list[float], list[float]]:
    """So many jobs a second, whether the last ones are done or not: from 202 to claim, and from relay to evaluate's door."""
    answered: dict[str, float] = {}
    await _press(place, submit, rate, answered, time.perf_counter() + seconds)
    await _until_done(place.database)
    return await _waits(place.database, answered), await _ways(place.database, answered)


async def _press(
    place: Place, submit: Running, rate: float, answered: dict[str, float], until: float
) -> None:
    callers = [await Connection.open(submit.address) for _ in range(CALLERS)]
    began = time.perf_counter()

    async def call(caller: Connection, number: int) -> None:
        turn = number
        while max(at := began + turn / rate, time.perf_counter()) < until:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            await _submit(caller, place, submit.address, answered)
            turn += CALLERS

    await asyncio.gather(*(call(caller, number) for number, caller in enumerate(callers)))
    for caller in callers:
        caller.close()


async def _waits(database: str, answered: Mapping[str, float]) -> list[float]:
    """Seconds from the answer to the claim, by one machine's clock; 0 when the claim was first."""
    sql = "SELECT id::text, extract(epoch FROM first_started_at)::float8 FROM jobs WHERE id::text = ANY(%s)"
    async with await psycopg.AsyncConnection.connect(database) as connection:
        rows = await (await connection.execute(sql, [list(answered)])).fetchall()
    assert len(rows) == len(answered)
    return [max(0.0, claimed - answered[job_id]) for job_id, claimed in rows]


async def _ways(database: str, jobs: Iterable[str]) -> list[float]:
    """Seconds from publishing to the arrival at evaluate: the broker, all of the shim and HTTP."""
    sql = "SELECT extract(epoch FROM delivered_at - published_at)::float8 FROM jobs WHERE id::text = ANY(%s)"
    async with await psycopg.AsyncConnection.connect(database) as connection:
        rows = await (await connection.execute(sql, [list(jobs)])).fetchall()
    return [seconds for (seconds,) in rows]


def _quantile(before: Mapping[str, float], after: Mapping[str, float], share: float) -> float:
    """Prometheus' `histogram_quantile`: within a bucket, observations are taken to be spread evenly."""
    counts = sorted((float(bound), count - before.get(bound, 0.0)) for bound, count in after.items())
    rank = share * counts[-1][1]
    lower, below = 0.0, 0.0
    for upper, count in counts:
        if count >= rank:
            return lower + (upper - lower) * (rank - below) / (count - below)
        lower, below = upper, count
    raise AssertionError("the last bucket holds all")


# -- shims that come and go --------------------------------------------------------------------------------------------


async def _twice_while_rolling(
    place: Place, evaluate: Running, submit: Running, rate: float, rolls: int
) -> float:
    """The share of events whose job was done or held already, as evaluate counts them."""
    before = await evaluate.metric(CLAIMS, "answer")
    shims = [await processes.start_shim(place.shim(evaluate.address)) for _ in range(2)]
    answered: dict[str, float] = {}
    stopping = False

    async def press() -> None:
        while not stopping:
            await _press(place, submit, rate, answered, time.perf_counter() + 1)

    pressing = asyncio.create_task(press())
    try:
        for turn in range(rolls):
            await asyncio.sleep(3)
            await shims[turn % 2].end()
            shims[turn % 2] = await processes.start_shim(place.shim(evaluate.address))
        await asyncio.sleep(3)
        stopping = True
        await pressing
        await _until_done(place.database)
    finally:
        pressing.cancel()
        for each in shims:
            await each.end()
    after = await evaluate.metric(CLAIMS, "answer")
    claims = {answer: count - before.get(answer, 0.0) for answer, count in after.items()}
    note(f"{len(answered)} jobs while shims roll: {claims}")
    return 1 - claims["claimed"] / sum(claims.values())


# -- many at a time ----------------------------------------------------------------------------------------------------


async def _megabytes(bench: Bench, broker: Broker) -> float:
    """Resident memory of a shim that has so many events at a function that does not answer."""
    place = await _a_place(bench, broker, IN_FLIGHT)
    all_there, may_answer = asyncio.Event(), asyncio.Event()
    there = 0

    async def hold(_: web.Request) -> web.Response:
        nonlocal there
        there += 1
        if there == IN_FLIGHT:
            all_there.set()
        await may_answer.wait()
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/", hold)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=IN_FLIGHT)
    await site.start()
    try:
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with processes.shim(place.shim(address)) as shim:
            await queue_jobs(place.store, place.documents, IN_FLIGHT, place.queue)
            await place.store.hint()
            async with asyncio.timeout(120):
                await all_there.wait()
            megabytes = shim.resident_mb
            may_answer.set()
    finally:
        may_answer.set()
        await runner.cleanup()
        await place.store.aclose()
    return megabytes
