"""The relay against both databases and a queue that obeys."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import psycopg
import pytest

from cveval import relay as relaying
from cveval.domain.attempts import GivingUp
from cveval.domain.errors import ConfigurationError, QueueUnavailable
from cveval.domain.events import EvaluationRequested
from cveval.domain.jobs import JobStatus
from cveval.domain.policies import Policies, QueuePolicies
from cveval.queue.transport import Bury, Deliver
from cveval.relay import Relay
from cveval.store.schedule import TakenDeadLetter
from cveval.store.transaction import Store
from tests.databases import Database, PostgresDatabase
from tests.samples import a_claimed_job, a_job, claimed


@dataclass
class RecordingQueue:
    """Acknowledges or not, as it is told."""

    acknowledges: bool = True
    full: tuple[str, ...] = ()
    published: list[str] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    letters: list[str | None] = field(default_factory=list)
    something: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        self.published += [event.job_id for event in events]
        self.queues += [event.queue for event in events]
        self.something.set()
        return [self.acknowledges and event.queue not in self.full for event in events]

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        self.letters += [letter.job_id for letter in letters]
        return [self.acknowledges for _ in letters]

    async def consume(self, deliver: Deliver, bury: Bury) -> None:
        raise AssertionError("the relay does not consume")


class SetClock:
    """A monotonic clock that goes as it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


HALF_A_LEASE = Policies().publish_lease.total_seconds() / 2
BULK = Policies(queues={"evaluate:bulk": QueuePolicies()})


def a_relay(
    store: Store, database: Database, queue: RecordingQueue, clock: SetClock, policies: Policies | None = None
) -> Relay:
    return Relay(store, queue, policies or Policies(), database.metrics, monotonic=clock, chance=lambda: 0.5)


async def test_a_due_job_is_published_once_and_looked_at_again_later(
    store: Store, database: Database
) -> None:
    queue, clock = RecordingQueue(), SetClock()
    relay = a_relay(store, database, queue, clock)
    job_id = await a_job(store)
    await relay.sweep()
    await relay.sweep()
    assert queue.published == [job_id]
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is None
    clock.now += HALF_A_LEASE
    await relay.sweep()
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert job.published_at is not None
    assert job.due_at is not None
    assert job.due_at - job.published_at == timedelta(minutes=5)
    await database.shift_clock(timedelta(minutes=6))
    await relay.sweep()
    assert queue.published == [job_id, job_id]


async def test_what_the_queue_did_not_take_stays_due(store: Store, database: Database) -> None:
    queue, clock = RecordingQueue(acknowledges=False), SetClock()
    relay = a_relay(store, database, queue, clock)
    job_id = await a_job(store)
    with pytest.raises(QueueUnavailable):
        await relay.sweep()
    queue.acknowledges = True
    await database.shift_clock(timedelta(seconds=16))
    await relay.sweep()
    assert queue.published == [job_id, job_id]


async def test_a_lost_lease_goes_back_to_the_queue(store: Store, database: Database) -> None:
    clock = SetClock()
    relay = a_relay(store, database, RecordingQueue(), clock)
    job = await a_claimed_job(store)
    await relay.sweep()
    clock.now += 31
    await database.shift_clock(timedelta(seconds=67))
    await relay.sweep()
    found = await store.transact(lambda tx: tx.jobs.get(job.job_id))
    assert (found.status, found.losses) == (JobStatus.QUEUED, 1)


async def test_no_lease_is_declared_lost_until_the_relay_has_been_connected_for_two_heartbeats(
    store: Store, database: Database
) -> None:
    clock = SetClock()
    relay = a_relay(store, database, RecordingQueue(), clock)
    job = await a_claimed_job(store)
    await database.shift_clock(timedelta(seconds=67))
    await relay.sweep()
    clock.now += 29
    await relay.sweep()
    found = await store.transact(lambda tx: tx.jobs.get(job.job_id))
    assert found.status is JobStatus.PROCESSING


async def test_a_dead_letter_is_published_once(store: Store, database: Database) -> None:
    queue, clock = RecordingQueue(), SetClock()
    relay = a_relay(store, database, queue, clock)
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.leases.give_up([GivingUp(job.job_id, 1, "worker-1", "x", "y")]))
    await relay.sweep()
    clock.now += 5
    await relay.sweep()
    assert queue.letters == [job.job_id]


async def test_a_dead_letter_that_the_queue_does_not_take_stays_due_and_is_no_success(
    store: Store, database: Database
) -> None:
    queue, clock = RecordingQueue(acknowledges=False), SetClock()
    relay = a_relay(store, database, queue, clock)
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.leases.give_up([GivingUp(job.job_id, 1, "worker-1", "x", "y")]))
    with pytest.raises(QueueUnavailable, match="1 dead letters"):
        await relay.run_once()
    queue.acknowledges = True
    await database.shift_clock(timedelta(seconds=16))
    clock.now += 16
    await relay.sweep()
    assert queue.letters == [job.job_id] * 2


async def test_a_hint_wakes_the_sleeping_relay(store: Store, database: Database) -> None:
    queue = RecordingQueue()
    patient = Policies(relay_poll=timedelta(hours=1))
    relay = Relay(store, queue, patient, database.metrics)
    running = asyncio.create_task(relay.run())
    job_id = await a_job(store)
    while not queue.something.is_set():
        await store.hint()
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert job_id in queue.published


async def test_a_relay_that_is_told_to_stop_as_a_hint_comes_stops(store: Store, database: Database) -> None:
    relay = Relay(store, RecordingQueue(), Policies(relay_poll=timedelta(hours=1)), database.metrics)
    sleeps = asyncio.Event()

    class Told(asyncio.Event):
        async def wait(self) -> Literal[True]:
            sleeps.set()
            return await super().wait()

    relay._hinted = [hinted := Told()]
    running = asyncio.create_task(relay.run())
    await sleeps.wait()
    hinted.set()
    # Who waits for the hint has it now, and who runs has not heard of that yet.
    await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()


async def test_two_relays_never_publish_the_same_job_at_once(store: Store, database: Database) -> None:
    jobs = [await a_job(store) for _ in range(20)]
    queues = [RecordingQueue(), RecordingQueue()]
    await asyncio.gather(*(a_relay(store, database, queue, SetClock()).sweep() for queue in queues))
    assert sorted(queues[0].published + queues[1].published) == sorted(jobs)


async def test_a_job_that_was_claimed_meanwhile_is_not_settled(store: Store, database: Database) -> None:
    class ClaimingQueue(RecordingQueue):
        async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
            for event in events:
                await claimed(store, event.job_id)
            return await super().publish(events)

    clock = SetClock()
    relay = a_relay(store, database, ClaimingQueue(), clock)
    job_id = await a_job(store)
    await relay.sweep()
    clock.now += HALF_A_LEASE
    await relay.sweep()
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert job.status is JobStatus.PROCESSING
    assert job.due_at is not None
    assert job.started_at is not None
    assert job.due_at - job.started_at < timedelta(minutes=2)


async def test_who_stops_relaying_settles_what_was_published(store: Store, database: Database) -> None:
    """Else another relay would publish it again in 15 seconds."""
    queue = RecordingQueue()
    job_ids = [await a_job(store)]
    running = asyncio.create_task(Relay(store, queue, Policies(), database.metrics).run())
    await queue.something.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    job_ids.append(await a_job(store))
    await Relay(store, queue, Policies(), database.metrics).run_once()
    assert queue.published == job_ids
    for job_id in job_ids:
        job = await store.transact(lambda tx, job_id=job_id: tx.jobs.get(job_id))  # type: ignore[misc]
        assert job.published_at is not None


async def test_a_late_acknowledgement_is_settled_before_the_lease_ends(
    store: Store, database: Database
) -> None:
    clock = SetClock()

    class LateQueue(RecordingQueue):
        async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
            clock.now += HALF_A_LEASE
            return await super().publish(events)

    relay = a_relay(store, database, LateQueue(), clock)
    job_id = await a_job(store)
    await relay.sweep()
    await relay._settle()
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is not None


async def test_one_run_settles_what_some_queues_took_though_another_takes_nothing(
    store: Store, database: Database
) -> None:
    await a_job(store, queue="evaluate:bulk")
    job_id = await a_job(store)
    relay = a_relay(store, database, RecordingQueue(full=("evaluate:bulk",)), SetClock(), BULK)
    with pytest.raises(QueueUnavailable):
        await relay.run_once()
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is not None


async def test_a_job_that_somebody_holds_is_left_to_them_and_its_neighbours_are_settled(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    relay = a_relay(postgres_store, postgres_database, RecordingQueue(), SetClock())
    job_ids = [await a_job(postgres_store) for _ in range(2)]
    await relay.sweep()
    async with await psycopg.AsyncConnection.connect(postgres_database.address) as holder:
        await holder.execute("SELECT 1 FROM jobs WHERE id = %s FOR UPDATE", [job_ids[0]])
        await relay._settle_all()
    jobs = [await postgres_store.transact(lambda tx, id=i: tx.jobs.get(id)) for i in job_ids]  # type: ignore[misc]  # noqa: A006
    assert [job.published_at is not None for job in jobs] == [False, True]


async def test_what_falls_due_soon_waits_for_no_poll(store: Store, database: Database) -> None:
    """A job that is due in a moment, and one that is by the time the relay asks when the next one is."""
    queue, asked = RecordingQueue(), asyncio.Event()
    relay = Relay(store, queue, Policies(relay_poll=timedelta(hours=1)), database.metrics)
    until_next_due = relay._until_next_due

    async def late() -> timedelta | None:
        if not asked.is_set():
            await a_job(store)
            asked.set()
        return await until_next_due()

    relay._until_next_due = late  # type: ignore[method-assign]
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(30):
        await queue.something.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(queue.published) == 1


async def test_what_could_not_be_settled_is_settled_later(store: Store, database: Database) -> None:
    clock = SetClock()
    relay = a_relay(store, database, RecordingQueue(), clock)
    job_id = await a_job(store)
    await relay.sweep()
    clock.now += HALF_A_LEASE
    await database.observe("ALTER TABLE jobs RENAME COLUMN published_at TO away")
    with pytest.raises(ConfigurationError):
        await relay._settle()
    await database.observe("ALTER TABLE jobs RENAME COLUMN away TO published_at")
    await relay.sweep()
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is not None


async def test_a_queue_that_takes_nothing_does_not_keep_a_lost_lease_from_ending(
    store: Store, database: Database
) -> None:
    queue, clock = RecordingQueue(acknowledges=False), SetClock()
    relay = a_relay(store, database, queue, clock)
    job = await a_claimed_job(store)
    await relay.sweep()
    clock.now += 31
    await database.shift_clock(timedelta(seconds=67))
    await a_job(store)
    with pytest.raises(QueueUnavailable):
        await relay.sweep()
    found = await store.transact(lambda tx: tx.jobs.get(job.job_id))
    assert (found.status, found.losses) == (JobStatus.QUEUED, 1)


async def test_what_is_published_again_is_counted(store: Store, database: Database) -> None:
    clock = SetClock()
    relay = a_relay(store, database, RecordingQueue(), clock)
    await a_job(store)
    await relay.sweep()
    clock.now += HALF_A_LEASE
    await relay.sweep()
    assert database.metrics.registry.get_sample_value("cveval_republished_total") == 0
    await database.shift_clock(timedelta(minutes=6))
    await relay.sweep()
    assert database.metrics.registry.get_sample_value("cveval_republished_total") == 1


async def test_a_job_waits_behind_no_backlog_of_another_queue(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "BATCH", 3)
    backlog = [await a_job(store, queue="evaluate:bulk") for _ in range(8)]
    job_id = await a_job(store)
    queue = RecordingQueue()
    await a_relay(store, database, queue, SetClock(), BULK).sweep()
    assert set(queue.published) == {job_id, *backlog[:3]}
    assert sorted(queue.queues) == ["evaluate:bulk"] * 3 + ["evaluate:default"]


async def test_what_a_full_queue_does_not_take_keeps_no_other_job_from_being_published(
    store: Store, database: Database
) -> None:
    await a_job(store, queue="evaluate:bulk")
    job_id = await a_job(store)
    clock = SetClock()
    relay = a_relay(store, database, RecordingQueue(full=("evaluate:bulk",)), clock, BULK)
    with pytest.raises(QueueUnavailable):
        await relay.sweep()
    clock.now += HALF_A_LEASE
    await relay.sweep()
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).published_at is not None


async def test_jobs_of_a_queue_that_there_is_no_more_go_with_those_of_the_default_one(
    store: Store, database: Database
) -> None:
    job_id, queue = await a_job(store, queue="evaluate:bulk"), RecordingQueue()
    await a_relay(store, database, queue, SetClock()).sweep()
    assert (queue.published, queue.queues) == ([job_id], ["evaluate:default"])


async def test_a_topic_that_acknowledges_nothing_holds_up_no_other_queue(
    store: Store, database: Database
) -> None:
    class Slow(RecordingQueue):
        async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
            if events[0].queue == "evaluate:bulk":
                self.waits.set()
                await asyncio.Event().wait()
            return await super().publish(events)

        waits = asyncio.Event()

    queue = Slow()
    await a_job(store, queue="evaluate:bulk")
    running = asyncio.create_task(Relay(store, queue, BULK, database.metrics).run())
    await queue.waits.wait()
    job_id = await a_job(store)
    await queue.something.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert queue.published == [job_id]
