"""Bad records, a bad function and a bad broker, on real brokers: nothing is lost, nothing is held up, and it is told."""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from cveval.delivery import Answer
from cveval.domain.documents import new_id
from cveval.domain.errors import ConfigurationError
from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.dispatching import Dispatcher
from cveval.queue.kafka import consumer
from cveval.queue.kafka.consumer import KafkaConsumer
from cveval.queue.transport import Delivery
from cveval.relay import Relay
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from cveval_shim.function import HttpFunction
from cveval_shim.token import StaticToken
from tests.brokers import Broker, own_broker, real_broker
from tests.databases import Database
from tests.delivery.test_dispatching import Time, a_delivery
from tests.delivery.test_kafka import a_name, a_queue, committed, ends, jobs
from tests.samples import a_job, an_assessment
from tests.serving import served
from tests.transports import QUICK, Cemetery, Function, bounded, consuming

Headers = list[tuple[str, str | bytes | None]]
WRONG_DEPLOYMENT = [301, 401, 403, 404]
KIB = 1024


@pytest.fixture
def broker() -> str:
    return real_broker()


class AtOnce:
    async def evaluate(self, materials: Materials) -> Assessment:
        return an_assessment()


# -- records ---------------------------------------------------------------------------------------------------------


def an_event(job_id: str, **changes: bytes) -> Headers:
    """The headers of a CloudEvent in Kafka's binary form."""
    attributes = {
        "specversion": b"1.0",
        "id": f"{job_id}/1".encode(),
        "source": b"cveval/relay",
        "type": b"cveval.evaluate_job.v1",
        **changes,
    }
    return [
        *((f"ce_{name}", value) for name, value in attributes.items()),
        ("content-type", b"application/json"),
    ]


def data(job_id: str) -> bytes:
    return json.dumps({"job_id": job_id}).encode()


async def test_bad_records_are_buried_with_their_reasons_and_hold_no_job_up(
    broker: str, store: Store, database: Database
) -> None:
    """One partition, so that every bad record stands before the good one; the whole way, over HTTP."""
    queue, unknown = a_name(), new_id()
    takes_any_time = NewTopic(queue, 1, 1, config={"message.timestamp.after.max.ms": str(2**63 - 1)})
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([takes_any_time])[queue].result(30)
    good = await a_job(store, queue=queue)
    records: list[tuple[Headers, bytes | None]] = [
        (an_event(unknown), None),  # a tombstone
        (an_event(unknown), data(unknown)[:-3] + b"\xe2\x82"),
        ([("n\xe4me", b"\xe2\x82")], b"\xff\xfe\x00"),
        (an_event(unknown, type=b"cveval.evaluate_job.v9"), data(unknown)),
        (an_event(unknown, specversion=b"2.0"), data(unknown)),
        (an_event(unknown), b'{"job_id": ' + b"[" * 100 * KIB),
        ([*an_event(unknown), *((f"ce_h{n}", b"x" * KIB) for n in range(900))], data(unknown)),
        ([("content-type", b"application/cloudevents+json")], b"{"),
    ]
    producer = Producer({"bootstrap.servers": broker})
    for headers, value in records:
        # None of them of a time that a calendar has.
        producer.produce(queue, value, b"k", headers=headers, timestamp=300_000_000_000_000)
    # Of a job that was erased: no fault of the record, nothing to bury.
    producer.produce(queue, data(unknown), headers=an_event(unknown))
    assert producer.flush(30) == 0
    evaluate = build(EvaluateSettings(), Policies(), store, database.metrics, evaluator=AtOnce())
    async with served(evaluate.application) as url, a_queue(broker, queue, partitions=1) as kafka:
        function = HttpFunction(url, StaticToken(""), timeout=timedelta(minutes=5))
        await Relay(store, kafka, bounded(QUICK, 1, queue), database.metrics).sweep()
        async with consuming(kafka, function, BuryInStore(store, database.metrics)):
            async with asyncio.timeout(15):
                while (await store.transact(lambda tx: tx.jobs.get(good))).status != "completed":
                    pass
                while len(await store.transact(lambda tx: tx.dead_letters.newest())) < len(records):
                    pass
        await function.aclose()
    letters = await store.transact(lambda tx: tx.dead_letters.newest())
    kept = {letter.record.offset: letter for letter in letters if letter.record is not None}
    assert sorted(kept) == list(range(len(records)))
    assert [kept[n].error_code for n in range(len(records))].count("record_too_large") == 1
    assert kept[6].error_code == "record_too_large"
    for n, (_, value) in enumerate(records):
        record = kept[n].record
        assert record is not None
        assert record.value == value
        assert kept[n].reason
    assert committed(broker, queue, 1) == ends(broker, queue, 1)


# -- the function ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", WRONG_DEPLOYMENT)
async def test_an_hour_of_a_wrong_deployment_loses_and_buries_nothing_and_is_loud(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    time, cemetery, asked = Time(), Cemetery(), 0

    async def deliver(_: Delivery) -> Answer:
        nonlocal asked
        if time.now - 1000 >= 3600:
            return Answer(204)
        asked += 1
        return Answer(status)

    dispatcher = Dispatcher(
        "q",
        deliver,
        cemetery,
        bounded(Policies(), 4),
        Metrics(),
        monotonic=time,
        sleep=time.sleep,
        chance=lambda: 1.0,
    )
    assert await dispatcher.start(a_delivery())
    assert not cemetery.buried
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == asked
    assert {getattr(record, "status", None) for record in told} == {status}


@pytest.mark.parametrize("status", WRONG_DEPLOYMENT)
async def test_while_the_deployment_is_wrong_partitions_pause_and_afterwards_all_is_delivered(
    broker: str, status: int
) -> None:
    queue, metrics, cemetery, function = a_name(), Metrics(), Cemetery(), Function()
    batch, is_healed, probes = jobs(queue, 400), False, 0
    probed = asyncio.Event()

    async def deliver(delivery: Delivery) -> Answer:
        nonlocal probes
        if is_healed:
            return await function(delivery)
        probes += 1
        if probes == 8:
            probed.set()
        return Answer(status)

    async with a_queue(broker, queue, metrics=metrics, max_concurrency=8) as kafka:
        assert all(await kafka.publish(batch))
        async with consuming(kafka, deliver, cemetery):
            await probed.wait()
            in_flight = metrics.registry.get_sample_value("cveval_deliveries_in_flight", {"queue": queue})
            assert in_flight is not None
            assert in_flight <= 8
            assert not any(committed(broker, queue).values())
            is_healed = True
            await function.until(lambda: len(function.done) == len(batch))
    assert not cemetery.buried
    assert committed(broker, queue) == ends(broker, queue)


# -- the broker ------------------------------------------------------------------------------------------------------


async def test_a_consumer_of_a_topic_that_is_not_there_waits_for_it(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, function = a_name(), Function()
    monkeypatch.setattr(consumer, "LOOK_EVERY", 1.0)
    async with a_queue(broker, queue) as kafka, consuming(kafka, function, Cemetery()):
        # Published a moment later: the consumer has asked for the topic, which this makes.
        await asyncio.sleep(0)
        assert await kafka.publish(jobs(queue, 20)) == [True] * 20
        await function.until(lambda: len(function.done) == 20)


async def test_a_spare_consumer_leaves_its_group_in_peace(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, function, enough, loop = a_name(), Function(), asyncio.Event(), asyncio.get_running_loop()
    subscribed: Counter[int] = Counter()
    looked: Counter[int] = Counter()
    subscribe, look = KafkaConsumer._subscribe, KafkaConsumer._join_anew_if_changed

    def counted_subscribe(self: KafkaConsumer, client: Consumer) -> None:
        subscribed[id(self)] += 1
        subscribe(self, client)

    def counted_look(self: KafkaConsumer, found: int | None) -> int | None:
        looked[id(self)] += 1
        if looked[id(self)] == 12:
            loop.call_soon_threadsafe(enough.set)
        return look(self, found)

    monkeypatch.setattr(consumer, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(KafkaConsumer, "_subscribe", counted_subscribe)
    monkeypatch.setattr(KafkaConsumer, "_join_anew_if_changed", counted_look)
    async with (
        a_queue(broker, queue, partitions=1) as one,
        a_queue(broker, queue, partitions=1) as two,
    ):
        await one.ensure_topics()
        async with consuming(one, function, Cemetery()), consuming(two, function, Cemetery()):
            await enough.wait()
            await one.publish(jobs(queue, 5))
            await function.until(lambda: len(function.done) == 5)
    # At the start, once since it did not know the topic, and once more if it had the partition for a moment.
    assert max(subscribed.values()) <= 3


@pytest.fixture(scope="module")
def three() -> Iterator[Broker]:
    with own_broker("CVEVAL_TEST_KAFKA_SCRIPT", "--brokers", "3") as brokers:
        yield brokers


async def test_with_fewer_copies_in_sync_than_needed_jobs_stay_due_until_there_are_enough(
    three: Broker, store: Store, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    queue, function = a_name(), Function()
    job_id = await a_job(store, queue=queue)
    copies: dict[str, Any] = {"replication": 3, "min_insync_replicas": 2, "partitions": 1}
    policies = bounded(QUICK, 1, queue)
    async with a_queue(three.address, queue, message_timeout=timedelta(seconds=4), **copies) as kafka:
        await kafka.ensure_topics()
        # Who publishes first is surely connected to the leader; it goes with one of the two.
        assert await kafka.publish(jobs(queue, 1)) == [True]
        for node in ("2", "3"):
            three.tell("kill", node)
        assert await kafka.publish(jobs(queue, 3)) == [False, False, False]
        [told] = [vars(r)["error"] for r in caplog.records if r.message == "records were not acknowledged"]
        assert "too few replicas in sync" in told
        relay = Relay(store, kafka, policies, database.metrics)
        with pytest.raises(Exception, match="stay due"):
            await relay.sweep()
        job = await store.transact(lambda tx: tx.jobs.get(job_id))
        assert job.published_at is None
        assert job.due_at is not None
        three.tell("restart")
        await database.shift_clock(timedelta(minutes=1))
        async with asyncio.timeout(60):
            while (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is None:
                await asyncio.gather(relay.sweep(), return_exceptions=True)
                await relay._settle_all()
                await database.shift_clock(timedelta(minutes=1))
        async with consuming(kafka, function, Cemetery()):
            await function.until(lambda: job_id in function.done)


@pytest.fixture(scope="module")
def with_logins() -> Iterator[str]:
    """The address of a listener of a real broker that asks for a name and a password."""
    port = random.randrange(20_000, 31_000)
    listeners = (
        f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 100},LOGIN://127.0.0.1:{port + 1}"
    )
    login = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_cveval="right";'
    told = {
        "listeners": listeners,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT",
        "listener.name.login.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.login.plain.sasl.jaas.config": login,
    }
    options = [word for name, value in told.items() for word in ("--set", f"{name}={value}")]
    with own_broker("CVEVAL_TEST_KAFKA_SCRIPT", *options, port=port):
        yield f"127.0.0.1:{port + 1}"


def login(password: str) -> dict[str, Any]:
    return {
        "security_protocol": "sasl_plaintext",
        "sasl_mechanism": "PLAIN",
        "sasl_username": "cveval",
        "sasl_password": password,
        "message_timeout": timedelta(seconds=3),
    }


async def test_a_wrong_password_names_the_settings_and_publishes_nothing(
    with_logins: str, caplog: pytest.LogCaptureFixture
) -> None:
    queue = a_name()
    async with a_queue(with_logins, queue, **login("wrong-secret")) as kafka:
        with pytest.raises(ConfigurationError, match=r"CVEVAL_KAFKA_SASL_PASSWORD: refused"):
            await kafka.ensure_topics()
        with pytest.raises(ConfigurationError, match=r"CVEVAL_KAFKA_SASL_PASSWORD: refused"):
            await kafka.check()
        assert await kafka.publish(jobs(queue, 2)) == [False, False]
    assert "wrong-secret" not in caplog.text


async def test_with_the_right_password_events_go_their_way(with_logins: str) -> None:
    queue, function = a_name(), Function()
    async with a_queue(with_logins, queue, **login("right")) as kafka:
        assert await kafka.publish(jobs(queue, 5)) == [True] * 5
        async with consuming(kafka, function, Cemetery()):
            await function.until(lambda: len(function.done) == 5)
