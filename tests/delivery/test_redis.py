"""What a real Redis does with our streams, groups and entries; its queue contract is in tests/contract."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from cveval.delivery import Answer
from cveval.domain.errors import ConfigurationError, QueueUnavailable, StoreUnavailable
from cveval.domain.events import EvaluationRequested, RawRecord
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.kafka.records import Source, Written, to_record, to_request
from cveval.queue.redis.client import connected, warnings
from cveval.queue.redis.queue import RedisQueue
from cveval.queue.redis.records import to_fields, to_raw_record
from cveval.queue.transport import Delivery
from cveval.relay import Relay
from cveval.settings import DatabaseSettings
from cveval.store.transaction import Store
from cveval_local.process import running
from tests.brokers import Broker, own_broker, real_redis
from tests.contract.test_queue import a_letter
from tests.databases import Database, fresh_sqlite, opened
from tests.samples import a_job
from tests.transports import QUICK, SLOW, Cemetery, Function, bounded, consuming, redis_settings

UNREADABLE = Answer(400, "malformed_request", "no CloudEvent", outcome="unreadable", body=b"told")
HASTY = QUICK.model_copy(update={"request_timeout": timedelta(milliseconds=600)})
"""What is not renewed is taken over soon."""


@pytest.fixture
async def client() -> AsyncIterator[Redis]:
    client = connected(redis_settings(real_redis()))
    yield client
    await client.aclose()


@pytest.fixture
def own() -> Iterator[Broker]:
    """For what would disturb the others."""
    with own_broker("CVEVAL_TEST_REDIS_SCRIPT") as broker:
        yield broker


def a_name() -> str:
    return f"t{uuid4().hex}"


def jobs(queue: str, count: int) -> list[EvaluationRequested]:
    return [
        EvaluationRequested(f"00000000-0000-4000-8000-{n:012}", "cv", "project", queue) for n in range(count)
    ]


@asynccontextmanager
async def a_queue(
    queue: str,
    url: str | None = None,
    *,
    policies: Policies = QUICK,
    metrics: Metrics | None = None,
    drain: timedelta = timedelta(minutes=1),
    **settings: Any,
) -> AsyncIterator[RedisQueue]:
    opened = RedisQueue(
        redis_settings(url or real_redis(), **settings),
        bounded(policies, 16),
        metrics or Metrics(),
        queues=[queue],
        destination="http://evaluate/",
        drain=drain,
    )
    try:
        yield opened
    finally:
        await opened.aclose()


async def is_empty(client: Any, stream: str) -> bool:
    return not await client.xlen(stream) and not (await client.xpending(stream, "cveval"))["pending"]


def a_minute() -> asyncio.Timeout:
    """For ever."""
    return asyncio.timeout(60)


async def until_empty(client: Any, stream: str) -> None:
    async with a_minute():
        while not await is_empty(client, stream):
            pass


# -- entries and requests ----------------------------------------------------------------------------------------------


def test_an_entry_becomes_the_request_that_the_same_record_becomes_on_kafka() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    written = to_record(EvaluationRequested("1", "cv", "project", "evaluate:default", 2, "00-trace-01"), at)
    kafka = RawRecord(written.topic, 3, 117, at, written.key, written.value, tuple(written.headers))
    redis = to_raw_record(written.topic, b"1767323045000-7", as_read(written))
    assert to_request(redis, Source()) == to_request(kafka, Source())
    assert (redis.key, redis.value) == (kafka.key, kafka.value)
    assert (redis.offset, redis.partition, redis.timestamp) == (1767323045000, 7, at)


def test_null_is_a_field_that_is_not_there() -> None:
    assert to_fields(Written("s", None, None, [("a", None), ("b", b"")])) == {"b": b""}
    assert to_raw_record("s", b"1-0", {}).value is None


def test_a_foreign_entry_with_odd_names_and_an_absurd_id_is_a_record_too() -> None:
    largest = 2**64 - 1
    record = to_raw_record("s", b"%d-%d" % (largest, largest), {b"ce_\xff": b"\xe2", b"job": b"x"})
    assert record.headers == (("ce_�", b"\xe2"), ("job", b"x"))
    assert record.offset < 2**63
    assert record.partition < 2**31
    assert to_request(record, Source())["ce-type"] == "dev.knative.kafka.event"


def as_read(written: Written) -> dict[bytes, bytes]:
    return {str(name).encode(): bytes(value) for name, value in to_fields(written).items()}  # type: ignore[arg-type]


# -- what stays in a stream ---------------------------------------------------------------------------------------------


async def test_what_is_done_with_leaves_the_stream_and_what_is_not_stays(client: Any) -> None:
    queue, function = a_name(), Function()
    stuck, *others = jobs(queue, 20)
    function.scripts[stuck.job_id] = [Answer(503)]
    async with a_queue(queue, policies=SLOW) as redis:
        await redis.publish([stuck, *others])
        async with consuming(redis, function, Cemetery()):
            await function.until(lambda: len(function.done) == len(others))
            async with a_minute():
                while await client.xlen(queue) > 1:
                    pass
        [entry] = await client.xrange(queue)
        assert entry[1][b"key"] == stuck.job_id.encode()


async def test_a_full_stream_leaves_the_rest_due_until_there_is_room(client: Any) -> None:
    queue, function = a_name(), Function()
    async with a_queue(queue, max_entries=2) as redis:
        assert await redis.publish(jobs(queue, 3)) == [True, True, False]
        assert await redis.publish(jobs(queue, 1)) == [False]
        async with consuming(redis, function, Cemetery()):
            await until_empty(client, queue)
        assert await redis.publish(jobs(queue, 1)) == [True]


async def test_dead_letters_carry_knatives_extensions_and_only_the_newest_stay(client: Any) -> None:
    queue = a_name()
    letters = [a_letter(event) for event in jobs(queue, 500)]
    async with a_queue(queue, max_dead_letters=100) as redis:
        assert all(await redis.publish_dead_letters(letters))
    entries = await client.xrange(f"{queue}.dlq")
    assert 100 <= len(entries) <= 300
    fields = entries[-1][1]
    assert fields[b"key"] == letters[-1].id.encode()
    assert fields[b"ce_knativeerrordest"] == b"http://evaluate/"
    assert b"ce_knativeerrordata" in fields
    assert fields[b"ce_type"] == b"cveval.evaluate_job.v1"


# -- consumers that die, and those that live ------------------------------------------------------------------------------


async def test_what_a_killed_consumer_left_is_taken_over_and_its_name_forgotten(client: Any) -> None:
    queue, function = a_name(), Function()
    batch = jobs(queue, 30)
    async with a_queue(queue, policies=HASTY) as redis:
        await redis.ensure_topics()
        await redis.publish(batch)
        await client.xreadgroup("cveval", "killed", {queue: ">"}, count=30)
        async with consuming(redis, function, Cemetery()):
            await function.until(lambda: function.done == {event.job_id for event in batch})
            async with a_minute():
                while b"killed" in {c["name"] for c in await client.xinfo_consumers(queue, "cveval")}:
                    pass
    assert await is_empty(client, queue)


async def test_what_was_deleted_and_not_acknowledged_is_no_longer_pending(client: Any) -> None:
    queue, function = a_name(), Function()
    async with a_queue(queue, policies=HASTY) as redis:
        await redis.ensure_topics()
        await redis.publish(jobs(queue, 1))
        [[_, [(entry_id, _)]]] = await client.xreadgroup("cveval", "cut off", {queue: ">"})
        await client.xdel(queue, entry_id)
        async with consuming(redis, function, Cemetery()):
            await until_empty(client, queue)
    assert not function.asked


async def test_what_a_live_consumer_holds_for_long_is_not_taken_over(client: Any) -> None:
    queue, gate, held, other = a_name(), asyncio.Event(), asyncio.Event(), Function()

    async def hold(_: Delivery) -> Answer:
        held.set()
        await gate.wait()
        return Answer(204)

    async with (
        a_queue(queue, policies=HASTY) as one,
        a_queue(queue, policies=HASTY) as two,
    ):
        await one.publish(jobs(queue, 1))
        async with consuming(one, hold, Cemetery()):
            await held.wait()
            async with consuming(two, other, Cemetery()), a_minute():
                renewals, last = 0, -1
                while renewals < 8:
                    [entry] = await client.xpending_range(queue, "cveval", "-", "+", 1)
                    idle = entry["time_since_delivered"]
                    renewals, last = renewals + (idle < last), idle
                    assert not other.asked
            gate.set()
    assert await is_empty(client, queue)


async def test_an_entry_that_could_not_be_acknowledged_is_acknowledged_later_and_not_delivered_again(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, function, failures = a_name(), Function(), 3
    pipeline = Redis.pipeline

    def failing(self: Redis, transaction: bool = True) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise ConnectionResetError
        return pipeline(self, transaction=transaction)

    async with a_queue(queue, policies=HASTY) as redis:
        await redis.publish(jobs(queue, 1))
        monkeypatch.setattr(Redis, "pipeline", failing)
        async with consuming(redis, function, Cemetery()):
            await function.until(lambda: len(function.done) == 1)
            await until_empty(client, queue)
    assert not failures
    assert len(function.asked) == 1


# -- Redis in trouble -----------------------------------------------------------------------------------------------------


async def test_a_stream_that_is_gone_is_made_anew_under_a_running_consumer(client: Any) -> None:
    queue, function = a_name(), Function()
    first, second = jobs(queue, 2)
    async with a_queue(queue) as redis, consuming(redis, function, Cemetery()):
        await redis.publish([first])
        await function.until(lambda: first.job_id in function.done)
        await client.delete(queue)
        await redis.publish([second])
        await function.until(lambda: second.job_id in function.done)


async def test_streams_and_groups_are_made_once_however_often_they_are_ensured(client: Any) -> None:
    queue = a_name()
    async with a_queue(queue) as redis:
        await redis.publish(jobs(queue, 1))
        await redis.ensure_topics()
        await redis.ensure_topics()
    [group] = await client.xinfo_groups(queue)
    assert (group["name"], group["last-delivered-id"]) == (b"cveval", b"0-0")


async def test_an_unreachable_redis_leaves_everything_unacknowledged_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = a_name()
    async with a_queue(queue, "redis://:secret@127.0.0.1:1/0") as redis:
        assert await redis.publish(jobs(queue, 3)) == [False, False, False]
        assert await redis.publish_dead_letters([a_letter(jobs(queue, 1)[0])]) == [False]
        with pytest.raises(QueueUnavailable):
            await redis.check()
        with pytest.raises(QueueUnavailable):
            await redis.ensure_topics()
    assert any(record.message == "records were not acknowledged" for record in caplog.records)
    assert "secret" not in "".join(str(vars(record)) for record in caplog.records)


async def test_a_redis_that_hangs_is_not_waited_for_longer_than_the_timeout(own: Broker) -> None:
    queue = a_name()
    async with a_minute(), a_queue(queue, own.address, timeout=timedelta(milliseconds=200)) as redis:
        await redis.ensure_topics()
        pausing: Any = connected(redis_settings(own.address))
        await pausing.execute_command("CLIENT", "PAUSE", 600_000, "ALL")
        assert await redis.publish(jobs(queue, 1)) == [False]
        with pytest.raises(QueueUnavailable, match="no answer in time"):
            await redis.check()
        async with consuming(redis, Function(), Cemetery()):
            await asyncio.sleep(0)
        await pausing.aclose()


async def test_a_redis_without_memory_leaves_jobs_due_and_goes_on_consuming(
    own: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    queue, function = a_name(), Function()
    admin = connected(redis_settings(own.address))
    async with a_queue(queue, own.address) as redis:
        await redis.ensure_topics()
        assert await redis.publish(jobs(queue, 1)) == [True]
        await admin.config_set("maxmemory", 1)
        assert await redis.publish(jobs(queue, 2)) == [False, False]
        async with consuming(redis, function, Cemetery()):
            await function.until(lambda: len(function.done) == 1)
            await until_empty(admin, queue)
    await admin.aclose()
    assert any("memory" in str(vars(record).get("error")) for record in caplog.records)


async def test_another_eviction_policy_and_a_cluster_are_warned_of(
    own: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    queue = a_name()
    async with a_queue(queue, own.address) as redis:
        await redis.ensure_topics()
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
        admin = connected(redis_settings(own.address))
        await admin.config_set("maxmemory-policy", "allkeys-lru")
        await admin.aclose()
        await redis.ensure_topics()
    assert "maxmemory-policy allkeys-lru" in caplog.text


class Told:
    """A Redis that tells this of itself."""

    def __init__(self, **info: Any) -> None:
        self._info = info

    async def info(self, *_: str) -> dict[str, Any]:
        return self._info


async def test_a_cluster_is_warned_of_and_an_old_redis_refused() -> None:
    cluster: Any = Told(redis_version="7.2.4", redis_mode="cluster")
    [warning] = await warnings(cluster)
    assert "Cluster" in warning
    old: Any = Told(redis_version="6.2.14")
    with pytest.raises(ConfigurationError, match=r"6\.2\.14 is too old"):
        await warnings(old)


async def test_a_wrong_password_names_the_setting_and_is_not_repeated() -> None:
    async with a_queue(a_name(), real_redis().replace("://", "://someone:secret@")) as redis:
        with pytest.raises(ConfigurationError, match="CVEVAL_REDIS_URL") as told:
            await redis.ensure_topics()
    assert "secret" not in str(told.value)


async def test_another_thing_of_the_streams_name_is_a_mistake(client: Any) -> None:
    queue = a_name()
    await client.set(queue, "taken")
    async with a_queue(queue) as redis:
        with pytest.raises(ConfigurationError, match="another thing"):
            await redis.ensure_topics()
        assert await redis.publish(jobs(queue, 1)) == [False]


# -- with the database ----------------------------------------------------------------------------------------------------


async def test_a_record_nobody_can_read_is_durable_before_it_leaves_the_stream(
    client: Any, store: Store, database: Database
) -> None:
    queue, asked = a_name(), asyncio.Event()
    await client.xadd(queue, {b"odd name": b"\xe2\x28", b"value": b"\xff\x00"})

    async def refuses(_: Delivery) -> Answer:
        return UNREADABLE

    async def cannot(*_: Any) -> None:
        asked.set()
        raise StoreUnavailable("away")

    async with a_queue(queue, policies=SLOW) as redis, consuming(redis, refuses, cannot):
        await asked.wait()
    assert await client.xlen(queue) == 1
    async with a_queue(queue) as redis:
        async with consuming(redis, refuses, BuryInStore(store, database.metrics)):
            await until_empty(client, queue)
        [letter] = await store.transact(lambda tx: tx.dead_letters.newest())
        assert letter.record is not None
        assert (letter.record.topic, letter.record.value) == (queue, b"\xff\x00")
        assert letter.record.headers == (("odd name", b"\xe2\x28"),)
        await Relay(store, redis, QUICK, database.metrics).sweep()
    [(_, fields)] = await client.xrange(f"{queue}.dlq")
    assert fields[b"ce_knativeerrorcode"] == b"400"
    assert fields[b"ce_knativeerrordata"] == b"dG9sZA=="


async def test_what_redis_did_not_take_stays_due(store: Store, database: Database) -> None:
    job_id = await a_job(store)
    async with a_queue(a_name(), "redis://127.0.0.1:1/0") as redis:
        with pytest.raises(QueueUnavailable, match="stay due"):
            await Relay(store, redis, QUICK, database.metrics).sweep()
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert job.published_at is None
    assert job.due_at is not None


async def test_lag_is_what_is_unfinished_in_the_stream() -> None:
    queue, metrics, function = a_name(), Metrics(), Function()
    [event] = jobs(queue, 1)
    function.scripts[event.job_id] = [Answer(503)]
    async with a_queue(queue, policies=SLOW, metrics=metrics) as redis:
        await redis.publish([event])
        async with consuming(redis, function, Cemetery()):
            lag = {"queue": queue, "partition": "0"}
            async with a_minute():
                while metrics.registry.get_sample_value("cveval_consumer_lag", lag) != 1:
                    await redis.check()
    assert b"cveval_consumer_lag{" not in metrics.render()


async def test_the_local_process_takes_redis_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = real_redis().removesuffix("/0") + "/15"
    monkeypatch.setenv("CVEVAL_REDIS_URL", url)
    admin: Any = connected(redis_settings(url))
    await admin.flushdb()
    with fresh_sqlite(tmp_path) as fresh:
        async with opened(fresh) as store:
            await a_job(store)
        database = DatabaseSettings(url=SecretStr(f"sqlite:///{fresh.path}"))
        async with running(database, alone=False) as system, a_minute():
            while not await fresh.observe("SELECT 1 FROM results"):
                await admin.ping()
            assert not any(task.done() for task in system.tasks)
            await until_empty(admin, "evaluate.default")
    await admin.aclose()
