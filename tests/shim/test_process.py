"""The shim as a process: a job goes the whole way over a real broker, and SIGTERM drains."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.policies import Policies
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from tests.brokers import real_broker, real_redis
from tests.databases import PostgresDatabase, fresh_postgres
from tests.samples import a_job, an_assessment
from tests.serving import served
from tests.transports import a_queue_name

SHIM = Path(sys.executable).parent / "cveval-shim"
DOCKERFILE = Path(__file__).parents[2] / "deploy/shim/Dockerfile"


@pytest.fixture
def database(postgres: str) -> Iterator[PostgresDatabase]:
    with fresh_postgres(postgres) as fresh:
        yield fresh


@pytest.fixture(params=["kafka", "redis"])
def environment(request: pytest.FixtureRequest, database: PostgresDatabase) -> dict[str, str]:
    queue = a_queue_name()
    return {
        "CVEVAL_DATABASE_URL": database.address,
        **(on_redis(real_redis()) if request.param == "redis" else on_kafka(real_broker())),
        "CVEVAL_QUEUES": json.dumps({queue: {}}),
        "CVEVAL_SHIM_QUEUE": queue,
        "CVEVAL_SHIM_PORT": "0",
    }


def on_kafka(brokers: str) -> dict[str, str]:
    return {
        "CVEVAL_KAFKA_BROKERS": brokers,
        "CVEVAL_KAFKA_REPLICATION": "1",
        "CVEVAL_KAFKA_MIN_INSYNC_REPLICAS": "1",
    }


def on_redis(url: str) -> dict[str, str]:
    return {"CVEVAL_REDIS_URL": url}


def without(environment: dict[str, str]) -> dict[str, str]:
    """The same, with nobody at its broker's address."""
    if "CVEVAL_REDIS_URL" in environment:
        return environment | on_redis("redis://127.0.0.1:1/0")
    return environment | {"CVEVAL_KAFKA_BROKERS": "127.0.0.1:1", "CVEVAL_KAFKA_MESSAGE_TIMEOUT": "1s"}


class Gated:
    """Evaluates once it may; `started` tells that it is at work."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()

    async def evaluate(self, materials: Materials) -> Assessment:
        self.started.set()
        await self.may_end.wait()
        return an_assessment()


@asynccontextmanager
async def running(*words: str, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A shim that runs, and the address of its health."""
    process = await asyncio.create_subprocess_exec(SHIM, *words, env=environment, stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        port = b""
        while not port:
            line = await process.stderr.readline()
            assert line, "the shim ended"
            if b"the shim runs" in line:
                port = line.rpartition(b'"port": ')[2].strip(b"}\n ")
        reading = asyncio.create_task(process.stderr.read())
        yield process, f"http://127.0.0.1:{port.decode()}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def test_a_job_goes_the_whole_way_and_sigterm_waits_for_what_is_at_the_function(
    store: Store, database: PostgresDatabase, environment: dict[str, str]
) -> None:
    evaluator = Gated()
    evaluate = build(EvaluateSettings(), Policies(), store, database.metrics, evaluator=evaluator)
    job_id = await a_job(store, queue=environment["CVEVAL_SHIM_QUEUE"])
    async with (
        served(evaluate.application) as url,
        running(**environment, CVEVAL_SHIM_FUNCTION_URL=url) as (process, health),
    ):
        await evaluator.started.wait()
        async with aiohttp.ClientSession() as http:
            for path in ("/healthz", "/readyz"):
                async with http.get(health + path) as answer:
                    assert answer.status == 200
            async with http.get(health + "/metrics") as answer:
                assert f'cveval_deliveries_in_flight{{queue="{environment["CVEVAL_SHIM_QUEUE"]}"}} 1.0' in (
                    await answer.text()
                )
            async with http.get(health + "/nothing") as answer:
                assert (answer.status, (await answer.json())["code"]) == (404, "not_found")
        process.send_signal(signal.SIGTERM)
        evaluator.may_end.set()
        assert await process.wait() == 0
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert (job.status, job.attempt) == ("completed", 1)


async def test_relay_once_publishes_what_is_due_and_leaves(store: Store, environment: dict[str, str]) -> None:
    job_id = await a_job(store, queue=environment["CVEVAL_SHIM_QUEUE"])
    process = await asyncio.create_subprocess_exec(SHIM, "relay", "--once", env=environment)
    assert await process.wait() == 0
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is not None


async def test_relay_once_tells_by_its_exit_code_that_the_broker_is_away(
    store: Store, environment: dict[str, str]
) -> None:
    job_id = await a_job(store)
    process = await asyncio.create_subprocess_exec(
        SHIM, "relay", "--once", env=without(environment), stderr=subprocess.PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 1
    assert b"stay due" in told
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert job.published_at is None
    assert job.due_at is not None


async def test_not_ready_without_a_broker_but_alive(environment: dict[str, str]) -> None:
    async with (
        running(**without(environment), CVEVAL_SHIM_FUNCTION_URL="http://127.0.0.1:1/") as (process, health),
        aiohttp.ClientSession() as http,
    ):
        async with http.get(health + "/readyz") as answer:
            assert (answer.status, (await answer.json())["code"]) == (503, "queue_unavailable")
        async with http.get(health + "/healthz") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_the_images_health_check_asks_where_the_shim_listens(environment: dict[str, str]) -> None:
    checked = re.search(r"^HEALTHCHECK .*\\\n +CMD (.*)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert checked is not None
    _, *words = json.loads(checked[1])
    async with running(**environment, CVEVAL_SHIM_FUNCTION_URL="http://127.0.0.1:1/") as (_, health):
        port = health.rpartition(":")[2]
        for ports in ({"PORT": port}, {"PORT": "1", "CVEVAL_SHIM_PORT": port}):
            asking = await asyncio.create_subprocess_exec(sys.executable, *words, env=ports)
            assert await asking.wait() == 0


async def test_a_database_without_schema_ends_it_with_a_line_that_names_the_migration(
    environment: dict[str, str], database: PostgresDatabase, tmp_path: Path
) -> None:
    await database.observe("DROP SCHEMA public CASCADE")
    await database.observe("CREATE SCHEMA public")
    goose = b'goose -env=none -dir deploy/migrations postgres "$CVEVAL_DATABASE_URL" up'
    empty = {"CVEVAL_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"}
    for database_url, migration in (({}, goose), (empty, b"cveval migrate")):
        for words in ((), ("relay", "--once")):
            process = await asyncio.create_subprocess_exec(
                SHIM,
                *words,
                env={**environment, "CVEVAL_SHIM_FUNCTION_URL": "http://127.0.0.1:1/", **database_url},
                stderr=subprocess.PIPE,
            )
            _, told = await process.communicate()
            assert process.returncode == 1
            assert b"Traceback" not in told
            assert told.splitlines()[-1].endswith(b"run " + migration)
