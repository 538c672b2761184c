"""Killed once at each point of its way, a job comes to its end, and gets one result."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from confluent_kafka import Producer

from cveval.domain.attempts import GivingUp
from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.policies import Policies
from cveval.queue.burying import BuryInStore
from cveval.queue.kafka.queue import KafkaQueue
from cveval.queue.kafka.records import topic_of
from cveval.relay import Relay
from cveval.store.leases import Claim
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from cveval_local.delivering import deliver_to
from cveval_shim.function import HttpFunction
from cveval_shim.token import StaticToken
from tests.brokers import real_broker
from tests.chaos.programs import BIN, ROOT, Program, free_port, function
from tests.crashing.points import POINTS, Point, Scenario
from tests.databases import PostgresDatabase, fresh_postgres
from tests.samples import a_submission, an_assessment, submitted, uploads_in
from tests.serving import served
from tests.transports import a_queue_name, bounded, kafka_settings

pytestmark = pytest.mark.chaos

POLICIES = Policies(
    lease=timedelta(seconds=2),
    heartbeat=timedelta(milliseconds=500),
    job_timeout=timedelta(seconds=5),
    request_timeout=timedelta(seconds=6),
    publish_lease=timedelta(seconds=4),
    republish_from=timedelta(seconds=3),
    republish_to=timedelta(seconds=5),
    backoff_from=timedelta(milliseconds=100),
    backoff_to=timedelta(seconds=1),
)
SETTINGS = {
    "CVEVAL_LEASE": "2s",
    "CVEVAL_HEARTBEAT": "0.5s",
    "CVEVAL_JOB_TIMEOUT": "5s",
    "CVEVAL_REQUEST_TIMEOUT": "6s",
    "CVEVAL_PUBLISH_LEASE": "4s",
    "CVEVAL_REPUBLISH_FROM": "3s",
    "CVEVAL_REPUBLISH_TO": "5s",
    "CVEVAL_BACKOFF_FROM": "0.1s",
    "CVEVAL_BACKOFF_TO": "1s",
    "CVEVAL_AUTH": "none",
    "CVEVAL_KAFKA_MESSAGE_TIMEOUT": "3s",
    "CVEVAL_KAFKA_SESSION_TIMEOUT": "6s",
    "CVEVAL_KAFKA_REPLICATION": "1",
    "CVEVAL_KAFKA_MIN_INSYNC_REPLICAS": "1",
}
OWNER = "local"
FOR_EVER = 90


class Evaluates:
    """Longer than the consumer's fail point waits."""

    async def evaluate(self, materials: Materials) -> Assessment:
        await asyncio.sleep(0.4)
        return an_assessment()


class World:
    """A database and a queue of one's own, a victim, and whoever takes over from it."""

    def __init__(self, store: Store, database: PostgresDatabase, folder: Path) -> None:
        self.store = store
        self.database = database
        self.queue = a_queue_name()
        self._policies = bounded(POLICIES, 4, self.queue)
        self._folder = folder
        self._evaluate = build(
            EvaluateSettings(), self._policies, store, database.metrics, evaluator=Evaluates()
        )

    @asynccontextmanager
    async def victim(self, point: Point) -> AsyncIterator[Program]:
        port = free_port()
        sources = {name: ROOT / f"tests/crashing/{name}_main.py" for name in ("submit", "evaluate", "shim")}
        commands: Mapping[str, Sequence[str | Path]] = {
            "submit": function("submit", sources["submit"], port),
            "evaluate": function("evaluate", sources["evaluate"], port),
            "relay": [BIN / "python", sources["shim"], "--relay"],
            "consumer": [BIN / "python", sources["shim"], "--consumer"],
        }
        environment = {
            **SETTINGS,
            **point.settings,
            "CVEVAL_DATABASE_URL": self.database.address,
            "CVEVAL_KAFKA_BROKERS": real_broker(),
            "CVEVAL_QUEUES": json.dumps({self.queue: {}}),
            "CVEVAL_SHIM_QUEUE": self.queue,
            "CVEVAL_SHIM_PORT": str(port),
            "CVEVAL_SHIM_FUNCTION_URL": "",
            "CRASH_AT": point.moment,
            "CRASH_SCENARIO": point.scenario,
        }
        async with served(self._evaluate.application) as url:
            program = Program(
                point.victim,
                commands[point.victim],
                {**environment, "CVEVAL_SHIM_FUNCTION_URL": url},
                port,
                self._folder / f"{point.victim}.log",
            )
            await program.start()
            try:
                yield program
            finally:
                await program.kill()

    @asynccontextmanager
    async def others(
        self, *, relay: bool = True, consumer: bool = True, url: str = ""
    ) -> AsyncIterator[None]:
        """Relay and consumer, of evaluate at `url` or of our own."""
        metrics = self.database.metrics
        queue = KafkaQueue(
            kafka_settings(real_broker(), message_timeout=timedelta(seconds=3)),
            self._policies,
            metrics,
            queues=[self.queue],
            drain=timedelta(seconds=1),
        )
        await queue.ensure_topics()
        at_url = HttpFunction(url, StaticToken(""), timeout=self._policies.request_timeout)
        deliver = at_url if url else deliver_to(self._evaluate.application)
        tasks = []
        if relay:
            tasks.append(asyncio.create_task(Relay(self.store, queue, self._policies, metrics).run()))
        if consumer:
            tasks.append(asyncio.create_task(queue.consume(deliver, BuryInStore(self.store, metrics))))
        try:
            yield
        finally:
            assert not any(task.done() for task in tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await at_url.aclose()
            await queue.aclose()

    # -- scenarios ---------------------------------------------------------------------------------------------------

    async def set(self, scenario: Scenario) -> None:
        if scenario is Scenario.UNREADABLE:
            producer = Producer({"bootstrap.servers": real_broker()})
            producer.produce(topic_of(self.queue), b"no event", b"key")
            assert await asyncio.to_thread(producer.flush, 30) == 0
            return
        [accepted] = await submitted(
            self.store, a_submission(*await uploads_in(self.store, OWNER), owner=OWNER, queue=self.queue)
        )
        await self.store.hint()
        if scenario in (Scenario.LOST, Scenario.GIVEN_UP):
            await self._claimed(accepted.job_id, scenario)

    async def _claimed(self, job_id: str, scenario: Scenario) -> None:
        claim = Claim(job_id, "a worker that is gone", timedelta(milliseconds=100))
        await self.store.transact(lambda tx: tx.leases.claim([claim]))
        if scenario is Scenario.GIVEN_UP:
            giving_up = GivingUp(job_id, 1, claim.worker, "hopeless", "this cannot be evaluated")
            await self.store.transact(lambda tx: tx.leases.give_up([giving_up]))
            await self.store.hint()

    async def ask(self, address: str, ids: tuple[str, str], key: str = "k") -> str | None:
        """POST /v1/evaluate with a key; the job's id, if there was an answer."""
        body = {"cv_id": ids[0], "project_id": ids[1]}
        with suppress(aiohttp.ClientError):
            async with (
                aiohttp.ClientSession(address) as http,
                http.post("/v1/evaluate", json=body, headers={"Idempotency-Key": key}) as answer,
            ):
                told = await answer.json()
                assert answer.status == 202, told
                return str(told["id"])
        return None

    # -- the end -----------------------------------------------------------------------------------------------------

    async def at_rest(self, ends: str) -> None:
        """Until nothing is due any more, and the record that nobody can read is buried."""
        done = "SELECT (SELECT count(*) FROM jobs WHERE status NOT IN ('completed', 'failed'))"
        done += " + (SELECT count(*) FROM dead_letters WHERE due_at IS NOT NULL)"
        if not ends:
            done += " + (SELECT 1 - count(*) FROM dead_letters)"
        async with asyncio.timeout(FOR_EVER):
            while await self.database.observe(done) != [(0,)]:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.1)


@pytest.fixture
def database(postgres: str) -> Iterator[PostgresDatabase]:
    with fresh_postgres(postgres) as fresh:
        yield fresh


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_killed_at_any_point_a_job_comes_to_its_end_once(
    store: Store, database: PostgresDatabase, tmp_path: Path, point: Point
) -> None:
    world = World(store, database, tmp_path)
    match point.victim:
        case "submit":
            await killed_submit(world, point)
        case "relay":
            async with world.others(relay=False, consumer=False), world.victim(point) as relay:
                await world.set(point.scenario)
                await relay.dies(FOR_EVER)
        case "consumer":
            async with world.others(consumer=False), world.victim(point) as consumer:
                await world.set(point.scenario)
                await consumer.dies(FOR_EVER)
        case _:
            async with world.victim(point) as evaluate, world.others(url=evaluate.address + "/"):
                await world.set(point.scenario)
                await evaluate.dies(FOR_EVER)
    async with world.others():
        await world.at_rest(point.ends)
    await judged(database, point)


async def killed_submit(world: World, point: Point) -> None:
    ids = await uploads_in(world.store, OWNER)
    async with world.victim(point) as submit:
        if "all_new" in point.moment:
            # The one statement is for requests whose briefs are stored, of owners that are known to have room.
            earlier = await world.ask(submit.address, await uploads_in(world.store, OWNER), key="earlier")
            await world.database.observe(f"DELETE FROM jobs WHERE id = '{earlier}'")
        first = await world.ask(submit.address, ids)
        await submit.dies(FOR_EVER)
    async with world.victim(Point("submit", "never")) as submit:
        second = await world.ask(submit.address, ids)
    assert second is not None
    assert first in (None, second)
    # submit knows the default queue only; this one's topic is nobody else's.
    await world.database.observe(f"UPDATE jobs SET queue = '{world.queue}'")


async def judged(database: PostgresDatabase, point: Point) -> None:
    jobs = await database.observe("SELECT status FROM jobs")
    results = await database.observe("SELECT count(*) FROM results")
    completions = await database.observe("SELECT count(*) FROM job_attempts WHERE outcome = 'completed'")
    letters = await database.observe("SELECT count(*) FROM dead_letters")
    assert jobs == ([(point.ends,)] if point.ends else [])
    assert results == completions == [(int(point.ends == "completed"),)]
    assert letters == [(int(point.ends != "completed"),)]
