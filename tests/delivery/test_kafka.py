"""What a real broker does with our topics, records and offsets; its queue contract is in tests/contract."""

import asyncio
import binascii
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from cveval.delivery import Answer
from cveval.domain.errors import ConfigurationError, QueueUnavailable, StoreUnavailable
from cveval.domain.events import EvaluationRequested, RawRecord, Refusal
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.kafka import consumer
from cveval.queue.kafka.consumer import BATCH, KafkaConsumer
from cveval.queue.kafka.queue import KafkaQueue
from cveval.queue.kafka.topics import Topics
from cveval.queue.transport import Deliver, Delivery
from cveval.relay import Relay
from cveval.store.schedule import TakenDeadLetter
from cveval.store.transaction import Store
from tests.brokers import own_broker, real_broker
from tests.databases import Database
from tests.samples import a_job
from tests.transports import QUICK, SLOW, Cemetery, Function, bounded, consuming, kafka_settings

UNREADABLE = Answer(400, "malformed_request", "no CloudEvent", outcome="unreadable", body=b"told")


@pytest.fixture
def broker() -> str:
    return real_broker()


def a_name() -> str:
    return f"t{uuid4().hex}"


def jobs(queue: str, count: int) -> list[EvaluationRequested]:
    return [
        EvaluationRequested(f"00000000-0000-4000-8000-{n:012}", "cv", "project", queue) for n in range(count)
    ]


@asynccontextmanager
async def a_queue(
    broker: str,
    queue: str,
    *,
    policies: Policies = QUICK,
    metrics: Metrics | None = None,
    max_concurrency: int = 16,
    drain: timedelta = timedelta(minutes=10),
    **settings: Any,
) -> AsyncIterator[KafkaQueue]:
    opened = KafkaQueue(
        kafka_settings(broker, **settings),
        bounded(policies, max_concurrency),
        metrics or Metrics(),
        queues=[queue],
        destination="http://evaluate/",
        drain=drain,
    )
    try:
        yield opened
    finally:
        await opened.aclose()


def committed(broker: str, topic: str, partitions: int = 4) -> dict[int, int]:
    """Of the group, by partition; only where something is."""
    client = Consumer({"bootstrap.servers": broker, "group.id": f"cveval.{topic}"})
    try:
        asked = [TopicPartition(topic, number) for number in range(partitions)]
        return {tp.partition: tp.offset for tp in client.committed(asked, timeout=30) if tp.offset >= 0}
    finally:
        client.close()


def ends(broker: str, topic: str, partitions: int = 4) -> dict[int, int]:
    client = Consumer({"bootstrap.servers": broker, "group.id": a_name()})
    try:
        found = {
            n: client.get_watermark_offsets(TopicPartition(topic, n), timeout=30)[1]
            for n in range(partitions)
        }
        return {number: end for number, end in found.items() if end}
    finally:
        client.close()


def records_of(broker: str, topic: str, count: int) -> list[dict[str, bytes | None]]:
    """The headers of its first records."""
    client = Consumer({"bootstrap.servers": broker, "group.id": a_name(), "auto.offset.reset": "earliest"})
    client.subscribe([topic])
    try:
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = client.poll(30)
            assert message is not None
            assert message.error() is None
            found.append(dict(message.headers() or ()))
        return found
    finally:
        client.close()


# -- topics ----------------------------------------------------------------------------------------------------------


def test_topics_are_made_once_however_often_they_are_ensured(broker: str) -> None:
    name, topics = a_name(), Topics(kafka_settings(broker))
    assert topics.ensure([name]) == []
    assert topics.ensure([name]) == []
    assert (
        len(AdminClient({"bootstrap.servers": broker}).list_topics(name, timeout=30).topics[name].partitions)
        == 4
    )


def test_a_topic_that_differs_is_reported_and_not_changed(broker: str) -> None:
    name = a_name()
    admin = AdminClient({"bootstrap.servers": broker})
    for made in admin.create_topics([NewTopic(name, 2, 1, config={"min.insync.replicas": "2"})]).values():
        made.result(timeout=30)
    differences = Topics(kafka_settings(broker)).ensure([name])
    assert differences == [
        f"topic {name} has min.insync.replicas=2, the settings say 1",
        f"topic {name} has 2 partitions, the settings say 4",
    ]
    assert len(admin.list_topics(name, timeout=30).topics[name].partitions) == 2


def test_a_topic_with_fewer_copies_than_the_settings_say_is_reported(broker: str) -> None:
    name = a_name()
    assert Topics(kafka_settings(broker)).ensure([name]) == []
    assert Topics(kafka_settings(broker, replication=3)).ensure([name]) == [
        f"topic {name} has replication 1, the settings say 3"
    ]


def test_a_topic_that_would_drop_or_refuse_records_is_reported(broker: str) -> None:
    name, admin = a_name(), AdminClient({"bootstrap.servers": broker})
    config = {"cleanup.policy": "compact,delete", "retention.ms": "1000", "max.message.bytes": "300"}
    for made in admin.create_topics([NewTopic(name, 4, 1, config=config)]).values():
        made.result(timeout=30)
    assert Topics(kafka_settings(broker)).ensure([name]) == [
        f"topic {name} has cleanup.policy=compact,delete: of each job only the last record is kept",
        f"topic {name} has retention.ms=1000: under an hour, and records go before they are read",
        f"topic {name} has max.message.bytes=300: records of up to 1000000 are sent",
    ]


def test_a_topic_that_may_not_be_described_is_reported_and_no_end() -> None:
    name = a_name()
    authorizer = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    with own_broker(
        "CVEVAL_TEST_KAFKA_SCRIPT",
        *("--set", authorizer),
        *("--set", "allow.everyone.if.no.acl.found=true"),
    ) as own:
        admin = AdminClient({"bootstrap.servers": own.address})
        topics = Topics(kafka_settings(own.address))
        topics.ensure([name])
        rights = [
            AclBinding(
                ResourceType.TOPIC,
                name,
                ResourcePatternType.LITERAL,
                "User:*",
                "*",
                right,
                AclPermissionType.ALLOW,
            )
            for right in (AclOperation.DESCRIBE, AclOperation.READ, AclOperation.WRITE, AclOperation.CREATE)
        ]
        for given in admin.create_acls(rights).values():
            given.result(timeout=30)
        while not (differences := topics.ensure([name])):
            # The broker takes a moment to apply them.
            pass
        assert differences == [
            f"topic {name} cannot be compared with the settings: CVEVAL_KAFKA_SASL_USERNAME may not DescribeConfigs"
        ]


def test_too_many_replicas_name_the_setting(broker: str) -> None:
    with pytest.raises(ConfigurationError, match="CVEVAL_KAFKA_REPLICATION"):
        Topics(kafka_settings(broker, replication=9)).ensure([a_name()])


def test_an_unreachable_broker_is_an_outage_and_no_mistake() -> None:
    with pytest.raises(QueueUnavailable):
        Topics(kafka_settings("127.0.0.1:1")).look()


# -- publishing --------------------------------------------------------------------------------------------------------


async def test_an_unreachable_broker_leaves_everything_unacknowledged_and_says_so_without_blocking_the_loop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = a_name()
    quick = timedelta(milliseconds=500)
    ticks = 0
    async with a_queue("127.0.0.1:1", queue, make_topics=False, message_timeout=quick) as kafka:
        publishing = asyncio.create_task(_publish(kafka, jobs(queue, 3)))
        while not publishing.done():
            ticks += 1
            await asyncio.wait([publishing], timeout=0.01)
        assert publishing.result() == [False, False, False]
    assert ticks > 1
    assert any(record.message == "records were not acknowledged" for record in caplog.records)


async def _publish(kafka: KafkaQueue, events: list[EvaluationRequested]) -> list[bool]:
    return list(await kafka.publish(events))


async def test_a_record_over_the_brokers_limit_does_not_take_its_neighbours_with_it(broker: str) -> None:
    queue, admin = a_name(), AdminClient({"bootstrap.servers": broker})
    config = {"max.message.bytes": "600"}
    for made in admin.create_topics([NewTopic(queue, 4, 1, config=config)]).values():
        made.result(timeout=30)
    small, large = jobs(queue, 1)[0], EvaluationRequested("large", "cv", "x" * 2_000, queue)
    async with a_queue(broker, queue) as kafka:
        assert await kafka.publish([small]) == [True]
        assert await kafka.publish([large]) == [False]
        assert await kafka.publish([small]) == [True]


@pytest.mark.parametrize(("limit", "published"), [("1200", 3), ("300", 0)])
async def test_a_dead_letter_over_the_topics_limit_goes_without_its_record_or_not_at_all_and_is_settled(
    broker: str, limit: str, published: int, caplog: pytest.LogCaptureFixture
) -> None:
    queue, admin = a_name(), AdminClient({"bootstrap.servers": broker})
    topic = NewTopic(f"{queue}.dlq", 1, 1, config={"max.message.bytes": limit})
    for made in admin.create_topics([topic]).values():
        made.result(timeout=30)
    values = [b"x" * 2_000, b"small", b"y" * 2_000]
    records = [RawRecord(queue, 3, n, datetime.now(UTC), b"k", value) for n, value in enumerate(values)]
    letters = [
        TakenDeadLetter(a_name(), queue, Refusal("x", "y"), datetime.now(UTC), None, record)
        for record in records
    ]
    async with a_queue(broker, queue) as kafka:
        assert await kafka.publish_dead_letters(letters) == [True, True, True]
    found = records_of(broker, f"{queue}.dlq", published)
    assert sum(ends(broker, f"{queue}.dlq", 1).values()) == published
    # Its key goes with the record; the small one is whole.
    assert sum("ce_key" in headers for headers in found) == (1 if published else 0)
    lost = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [vars(record)["dead_letter"] for record in lost] == (
        [] if published else [letter.id for letter in letters]
    )


async def test_a_missing_topic_is_made_by_the_next_publish(broker: str) -> None:
    queue, admin = a_name(), AdminClient({"bootstrap.servers": broker})
    async with a_queue(broker, queue, message_timeout=timedelta(seconds=5)) as kafka:
        assert await kafka.publish(jobs(queue, 1)) == [True]
        for deleted in admin.delete_topics([queue]).values():
            deleted.result(timeout=30)
        while queue in admin.list_topics(timeout=30).topics:
            pass
        while not all(await kafka.publish(jobs(queue, 1))):
            pass
    assert ends(broker, queue)


# -- consuming ---------------------------------------------------------------------------------------------------------


async def test_offsets_are_committed_up_to_the_first_unfinished_record_only(broker: str) -> None:
    queue = a_name()
    batch = jobs(queue, 40)
    stuck = batch[0].job_id
    others, gate = Function(), asyncio.Event()
    place: dict[str, tuple[int, int]] = {}

    async def deliver(delivery: Delivery) -> Answer:
        assert delivery.job_id is not None
        assert delivery.record is not None
        place[delivery.job_id] = (delivery.record.partition, delivery.record.offset)
        if delivery.job_id == stuck:
            await gate.wait()
        return await others(delivery)

    async with a_queue(broker, queue, max_concurrency=50, drain=timedelta(milliseconds=1)) as kafka:
        assert all(await kafka.publish(batch))
        async with consuming(kafka, deliver, Cemetery()):
            await others.until(lambda: len(others.done) == len(batch) - 1)
    partition, offset = place[stuck]
    found, end = committed(broker, queue), ends(broker, queue)
    assert found[partition] == offset
    assert {n: o for n, o in found.items() if n != partition} == {
        n: o for n, o in end.items() if n != partition
    }


async def test_a_stuck_record_holds_its_own_partition_at_the_bound_and_no_other(broker: str) -> None:
    queue = a_name()
    batch = jobs(queue, 2_000)
    # librdkafka's partitioner.
    partition_of = {event.job_id: binascii.crc32(event.job_id.encode()) % 4 for event in batch}
    stuck = batch[0].job_id
    own = {job_id for job_id, partition in partition_of.items() if partition == partition_of[stuck]}
    function, gate = Function(), asyncio.Event()

    async def deliver(delivery: Delivery) -> Answer:
        if delivery.job_id == stuck:
            await gate.wait()
        return await function(delivery)

    async with a_queue(broker, queue, max_concurrency=1_000, max_skew=5, drain=timedelta(seconds=1)) as kafka:
        assert all(await kafka.publish(batch))
        async with consuming(kafka, deliver, Cemetery()):
            await function.until(lambda: set(partition_of) - own <= function.done)
            assert len(own & function.done) <= 5 + BATCH < len(own)
            gate.set()
            await function.until(lambda: function.done == set(partition_of))


async def test_poison_in_a_partition_does_not_delay_its_neighbours_there(broker: str) -> None:
    """One event that always fails, and one that nobody can read while the database is away to bury it."""
    queue, cemetery = a_name(), Cemetery(errors=[StoreUnavailable("away")] * 1_000_000)
    batch = jobs(queue, 300)
    failing, unreadable = batch[0].job_id, batch[1].job_id
    neighbours = {event.job_id for event in batch[2:]}
    function = Function(scripts={failing: [Answer(500)] * 1_000_000, unreadable: [UNREADABLE] * 1_000_000})
    async with a_queue(broker, queue, partitions=1, max_concurrency=3) as kafka:
        await kafka.publish(batch)
        async with consuming(kafka, function, cemetery):
            await function.until(lambda: neighbours <= function.done)
    assert function.done == neighbours
    assert not cemetery.buried
    assert committed(broker, queue, partitions=1) in ({}, {0: 0})


async def test_partitions_move_between_consumers_and_no_event_is_lost(broker: str) -> None:
    queue = a_name()
    batch = jobs(queue, 600)
    wanted, function = {event.job_id for event in batch}, Function()
    second_has_some = asyncio.Event()

    async def second(delivery: Delivery) -> Answer:
        second_has_some.set()
        return await function(delivery)

    async with (
        a_queue(broker, queue) as one,
        a_queue(broker, queue) as two,
        consuming(one, function, Cemetery()),
    ):
        await one.publish(batch[:200])
        await function.until(lambda: len(function.done) >= 100)
        async with consuming(two, second, Cemetery()):
            while not second_has_some.is_set():
                # Until the second one has joined.
                await two.publish(batch[200:400])
                with suppress(TimeoutError):
                    await asyncio.wait_for(second_has_some.wait(), 0.3)
        await one.publish(batch[400:])
        await function.until(lambda: function.done == wanted)
    assert committed(broker, queue) == ends(broker, queue)


async def test_a_partition_that_was_paused_when_it_went_is_consumed_when_it_comes_back(broker: str) -> None:
    queue, gate = a_name(), asyncio.Event()
    first = Function()
    second = Function(changed=first.changed)
    batch = jobs(queue, 200)

    def gated(function: Function) -> Deliver:
        async def deliver(delivery: Delivery) -> Answer:
            await gate.wait() if function.asked else None
            return await function(delivery)

        return deliver

    async def held(delivery: Delivery) -> Answer:
        second.asked.append(delivery.queue)
        second.changed.set()
        await gate.wait()
        return Answer(503)

    soon = timedelta(milliseconds=200)
    async with (
        a_queue(broker, queue, max_concurrency=2, drain=soon) as one,
        a_queue(broker, queue, drain=soon) as two,
        consuming(one, gated(first), Cemetery()),
    ):
        await one.publish(batch)
        # Full: all its partitions pause.
        await first.until(lambda: bool(first.done))
        async with consuming(two, held, Cemetery()):
            await second.until(lambda: bool(second.asked))
        gate.set()
        await first.until(lambda: {event.job_id for event in batch} <= first.done)


async def test_what_is_at_the_function_when_its_partition_goes_is_finished_and_not_delivered_again(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, gate, going = a_name(), asyncio.Event(), asyncio.Event()
    early, late = jobs(queue, 200)[:40], jobs(queue, 200)[40:]
    first = Function()
    second = Function(changed=first.changed)
    give_back = KafkaConsumer._give_back

    async def told(member: KafkaConsumer, numbers: Sequence[int]) -> list[TopicPartition]:
        going.set()
        return await give_back(member, numbers)

    async def gated(delivery: Delivery) -> Answer:
        answer = await first(delivery)
        await gate.wait()
        return answer

    monkeypatch.setattr(KafkaConsumer, "_give_back", told)
    async with (
        a_queue(broker, queue, max_concurrency=50) as one,
        a_queue(broker, queue) as two,
        consuming(one, gated, Cemetery()),
    ):
        await one.publish(early)
        await first.until(lambda: len(first.done) == len(early))
        async with consuming(two, second, Cemetery()):
            await going.wait()
            gate.set()
            await two.publish(late)
            await second.until(lambda: bool(second.done))
            await first.until(lambda: {event.job_id for event in late} <= first.done | second.done)
    assert not {event.job_id for event in early} & second.done


async def test_a_leaving_consumer_commits_even_what_a_rebalance_refuses_at_first(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, function, refusals = a_name(), Function(), 3

    class InRebalance(Consumer):
        def commit(self, **told: Any) -> Any:
            nonlocal refusals
            if told.get("asynchronous") is False and refusals:
                refusals -= 1
                raise KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))
            return super().commit(**told)

    monkeypatch.setattr(consumer, "Consumer", InRebalance)
    monkeypatch.setattr(consumer, "COMMIT_EVERY", 3600)
    batch = jobs(queue, 40)
    async with a_queue(broker, queue) as kafka:
        await kafka.publish(batch)
        async with consuming(kafka, function, Cemetery()):
            await function.until(lambda: len(function.done) == len(batch))
    assert not refusals
    assert committed(broker, queue) == ends(broker, queue)


async def test_lag_and_flight_are_shown(broker: str) -> None:
    queue, metrics, function = a_name(), Metrics(), Function()
    async with a_queue(broker, queue, metrics=metrics) as kafka:
        await kafka.publish(jobs(queue, 20))
        async with consuming(kafka, function, Cemetery()):
            await function.until(lambda: len(function.done) == 20)
            while b"cveval_consumer_lag{" not in metrics.render():
                await kafka.publish(jobs(queue, 1))
    assert b"cveval_consumer_lag{" not in metrics.render()


async def test_lag_counts_what_nothing_was_fetched_of(broker: str) -> None:
    queue, metrics, gate = a_name(), Metrics(), asyncio.Event()

    async def held(_: Delivery) -> Answer:
        await gate.wait()
        return Answer(204)

    def lag() -> dict[str, float]:
        return {
            sample.labels["partition"]: sample.value
            for family in metrics.registry.collect()
            for sample in family.samples
            if sample.name == "cveval_consumer_lag"
        }

    async with a_queue(broker, queue, metrics=metrics, max_concurrency=1) as kafka:
        await kafka.publish(jobs(queue, 200))
        async with consuming(kafka, held, Cemetery()), asyncio.timeout(60):
            while sum(lag().values()) != 200:
                await kafka.check()
            assert len(lag()) == 4
            # All are paused now; of one something was taken.
            await kafka.publish(jobs(queue, 50))
            while sum(lag().values()) != 250:
                await kafka.check()
            gate.set()


async def test_a_record_nobody_can_read_is_durable_before_its_offset_moves(
    broker: str, store: Store, database: Database
) -> None:
    queue = a_name()
    Topics(kafka_settings(broker, partitions=1)).ensure([queue])
    producer = Producer({"bootstrap.servers": broker})
    producer.produce(queue, b"\xff\x00", b"k", headers=[("odd name", b"\xe2\x28")])
    assert producer.flush(30) == 0
    asked = asyncio.Event()

    async def refuses(_: Delivery) -> Answer:
        return UNREADABLE

    async def cannot(*_: Any) -> None:
        asked.set()
        raise StoreUnavailable("away")

    async with (
        a_queue(broker, queue, partitions=1, policies=SLOW) as kafka,
        consuming(kafka, refuses, cannot),
    ):
        await asked.wait()
    assert committed(broker, queue, 1).get(0, 0) == 0
    bury = BuryInStore(store, database.metrics)
    async with a_queue(broker, queue, partitions=1) as kafka:
        async with consuming(kafka, refuses, bury):
            while not await store.transact(lambda tx: tx.dead_letters.newest()):
                pass
        assert committed(broker, queue, 1) == {0: 1}
        [letter] = await store.transact(lambda tx: tx.dead_letters.newest())
        assert letter.record is not None
        assert (letter.record.topic, letter.record.value) == (queue, b"\xff\x00")
        assert letter.record.headers == (("odd name", b"\xe2\x28"),)
        await Relay(store, kafka, QUICK, database.metrics).sweep()
    [headers] = records_of(broker, f"{queue}.dlq", 1)
    assert headers["ce_knativeerrordest"] == b"http://evaluate/"
    assert headers["ce_knativeerrorcode"] == b"400"
    assert headers["ce_knativeerrordata"] == b"dG9sZA=="


async def test_the_job_that_an_unreadable_record_names_fails_with_it(
    broker: str, store: Store, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    queue = a_name()
    job_id = await a_job(store, queue=queue)

    async def refuses(_: Delivery) -> Answer:
        return UNREADABLE

    async with a_queue(broker, queue) as kafka:
        await Relay(store, kafka, bounded(QUICK, 1, queue), database.metrics).sweep()
        async with consuming(kafka, refuses, BuryInStore(store, database.metrics)):
            while not await store.transact(lambda tx: tx.dead_letters.of_job(job_id)):
                pass
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert (job.status, job.error_code) == ("failed", "malformed_request")
    assert any(record.levelno == logging.ERROR for record in caplog.records)
