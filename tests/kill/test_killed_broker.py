"""The broker is killed and comes back, with its data or without any; every accepted job completes, once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cveval.delivery import Answer
from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.policies import Policies
from cveval.queue.burying import BuryInStore
from cveval.queue.kafka.producer import KafkaProducer
from cveval.queue.kafka.queue import KafkaQueue
from cveval.queue.kafka.records import Written
from cveval.queue.kafka.topics import Topics
from cveval.queue.redis.client import connected
from cveval.queue.redis.queue import RedisQueue
from cveval.queue.transport import Deliver, Delivery, RemoteQueue
from cveval.relay import Relay
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from cveval_local.delivering import deliver_to
from tests.brokers import Broker, own_broker
from tests.databases import Database, PostgresDatabase, fresh_postgres
from tests.samples import a_submission, an_assessment, submitted, uploads_in
from tests.transports import kafka_settings, redis_settings

JOBS = 1000
IMPATIENT = Policies(
    lease=timedelta(seconds=5),
    heartbeat=timedelta(seconds=1),
    job_timeout=timedelta(seconds=10),
    publish_lease=timedelta(seconds=4),
    republish_from=timedelta(seconds=4),
    republish_to=timedelta(seconds=6),
    backoff_from=timedelta(milliseconds=50),
    backoff_to=timedelta(seconds=1),
)


@pytest.fixture(params=["kafka", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with own_broker(f"CVEVAL_TEST_{request.param.upper()}_SCRIPT") as own:
        yield own


@pytest.fixture
def database(postgres: str) -> Iterator[Database]:
    """Production's: what a broker survives has nothing to do with SQLite."""
    with fresh_postgres(postgres) as fresh:
        yield fresh


class AtOnce:
    async def evaluate(self, materials: Materials) -> Assessment:
        return an_assessment()


@dataclass
class Completed:
    """Which jobs evaluate says are completed."""

    inner: Deliver
    jobs: set[str] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, delivery: Delivery) -> Answer:
        answer = await self.inner(delivery)
        if answer.outcome in ("completed", "already_done"):
            assert delivery.job_id is not None
            self.jobs.add(delivery.job_id)
            self.changed.set()
        return answer

    async def until(self, count: int) -> None:
        """Wait for it; three minutes are for ever."""
        async with asyncio.timeout(180):
            while len(self.jobs) < count:
                self.changed.clear()
                await self.changed.wait()


def queue_on(broker: Broker, database: Database) -> RemoteQueue:
    seconds = timedelta(seconds=3)
    if broker.address.startswith("redis:"):
        return RedisQueue(redis_settings(broker.address, timeout=seconds), IMPATIENT, database.metrics)
    return KafkaQueue(kafka_settings(broker.address, message_timeout=seconds), IMPATIENT, database.metrics)


@asynccontextmanager
async def shim(store: Store, database: Database, broker: Broker, completed: Completed) -> AsyncIterator[None]:
    """Relay and consumer."""
    queue = queue_on(broker, database)
    parts = [
        asyncio.create_task(Relay(store, queue, IMPATIENT, database.metrics).run()),
        asyncio.create_task(queue.consume(completed, BuryInStore(store, database.metrics))),
    ]
    yield
    assert not any(part.done() for part in parts)
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    await queue.aclose()


async def accept(store: Store, count: int) -> None:
    cv_id, project_id = await uploads_in(store)
    await submitted(store, *(a_submission(cv_id, project_id) for _ in range(count)), quota=10_000)
    await store.hint()


async def the_way(store: Store, database: Database, broker: Broker, *, comes_back_empty: bool) -> None:
    evaluate = build(EvaluateSettings(), IMPATIENT, store, database.metrics, evaluator=AtOnce())
    completed = Completed(deliver_to(evaluate.application))
    async with shim(store, database, broker, completed):
        await accept(store, JOBS // 2)
        await completed.until(JOBS // 10)
        await asyncio.to_thread(broker.tell, "kill")
        # submit needs the database only.
        await accept(store, JOBS // 2)
        if comes_back_empty:
            await asyncio.to_thread(broker.empty)
        else:
            await asyncio.to_thread(broker.tell, "restart")
        await completed.until(JOBS)
    assert await database.observe("SELECT status, count(*) FROM jobs GROUP BY status") == [
        ("completed", JOBS)
    ]
    assert await database.observe("SELECT count(*) FROM results") == [(JOBS,)]
    assert await database.observe("SELECT count(*) FROM dead_letters") == [(0,)]


@pytest.mark.slow
async def test_a_killed_broker_that_comes_back_on_its_data_costs_no_job(
    store: Store, database: PostgresDatabase, broker: Broker
) -> None:
    await the_way(store, database, broker, comes_back_empty=False)


@pytest.mark.slow
async def test_a_broker_that_comes_back_without_a_topic_costs_no_job(
    store: Store, database: PostgresDatabase, broker: Broker
) -> None:
    await the_way(store, database, broker, comes_back_empty=True)


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["redis"], indirect=True)
async def test_a_redis_flushed_in_the_middle_of_jobs_costs_no_job(
    store: Store, database: PostgresDatabase, broker: Broker
) -> None:
    evaluate = build(EvaluateSettings(), IMPATIENT, store, database.metrics, evaluator=AtOnce())
    completed = Completed(deliver_to(evaluate.application))
    client = connected(redis_settings(broker.address))
    async with shim(store, database, broker, completed):
        await accept(store, JOBS)
        for share in (10, 5, 2):
            await completed.until(JOBS // share)
            await client.flushall()
        await completed.until(JOBS)
    await client.aclose()
    assert await database.observe("SELECT count(*) FROM results") == [(JOBS,)]


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["kafka"], indirect=True)
async def test_a_producer_that_a_forgetful_broker_takes_for_another_is_replaced(broker: Broker) -> None:
    settings = kafka_settings(broker.address, message_timeout=timedelta(seconds=5), partitions=1)
    record = [Written("t", b"k", b"v", [])]
    old, new = KafkaProducer(settings), KafkaProducer(settings)

    async def acknowledged(producer: KafkaProducer) -> int:
        """How many sends it takes."""
        async with asyncio.timeout(60):
            sends = 1
            while any(await producer.send(record * 20)):
                sends += 1
            return sends

    await asyncio.to_thread(Topics(settings).ensure, ["t"])
    assert await acknowledged(old) == 1
    await asyncio.to_thread(broker.empty)
    await asyncio.to_thread(Topics(settings).ensure, ["t"])
    await acknowledged(old)
    # The broker gives the newcomer the id that the old one goes on with: the newcomer's sequence has a gap, which is fatal.
    assert await acknowledged(new) > 1
    await old.aclose()
    await new.aclose()
