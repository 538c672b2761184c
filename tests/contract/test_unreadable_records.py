"""What nobody can read is kept as it was, once, before its record counts as done; on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cveval.domain.documents import new_id
from cveval.domain.events import RawRecord, Refusal, UnreadableRecord
from cveval.domain.jobs import JobStatus
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.transport import Delivery
from cveval.store.jobs import Redrive
from cveval.store.transaction import Store
from tests.samples import a_claimed_job, a_job

RECORD = RawRecord(
    topic="evaluate.default",
    partition=3,
    offset=2**40,
    timestamp=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    key=b"\xff\x00key",
    value=None,
    headers=(("ce_id", b"\xe2\x28"), ("nothing", None), ("a\0b", b"")),
)
REFUSAL = Refusal("malformed_request", "the function answered 400: no CloudEvent", 400, b"\x00body")


def unreadable(job_id: str | None = None, record: RawRecord | None = RECORD) -> UnreadableRecord:
    return UnreadableRecord(new_id(), "evaluate:default", job_id, record, REFUSAL)


async def bury(store: Store, letter: UnreadableRecord) -> bool:
    return await store.transact(lambda tx: tx.dead_letters.add_record(letter))


async def test_the_raw_record_and_the_reason_are_kept_byte_for_byte(store: Store) -> None:
    assert await bury(store, unreadable())
    [letter] = await store.transact(lambda tx: tx.dead_letters.newest())
    assert letter.record is not None
    assert replace(letter.record, headers=()) == replace(RECORD, headers=())
    assert letter.record.headers[:2] == RECORD.headers[:2]
    assert (letter.error_code, letter.reason, letter.job_id) == (REFUSAL.error_code, REFUSAL.reason, None)


async def test_a_record_delivered_twice_is_buried_once(store: Store) -> None:
    assert await bury(store, unreadable())
    assert not await bury(store, unreadable())
    assert len(await store.transact(lambda tx: tx.dead_letters.newest())) == 1


async def test_another_record_at_the_same_place_of_a_topic_made_anew_is_buried_too(store: Store) -> None:
    await bury(store, unreadable())
    assert await bury(store, unreadable(record=replace(RECORD, value=b"")))
    assert await bury(store, unreadable(record=replace(RECORD, headers=())))


async def test_a_commit_of_unknown_outcome_buries_once(store: Store) -> None:
    letter = unreadable(record=None)
    assert await bury(store, letter)
    assert not await bury(store, letter)


async def test_the_queued_job_that_it_names_fails_with_its_reason(store: Store) -> None:
    job_id = await a_job(store)
    await bury(store, unreadable(job_id))
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert (job.status, job.error_code, job.error) == (JobStatus.FAILED, REFUSAL.error_code, REFUSAL.reason)
    assert job.due_at is None
    [letter] = await store.transact(lambda tx: tx.dead_letters.of_job(job_id))
    assert letter.record is not None


async def test_a_record_delivered_again_does_not_fail_a_redriven_job(store: Store) -> None:
    job_id = await a_job(store)
    await bury(store, unreadable(job_id))
    await store.transact(lambda tx: tx.jobs.redrivable(Redrive((job_id,))))
    await store.transact(lambda tx: tx.jobs.redrive([job_id]))
    await bury(store, unreadable(job_id))
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).status is JobStatus.QUEUED


async def test_a_job_that_is_worked_on_is_left_alone(store: Store) -> None:
    job = await a_claimed_job(store)
    await bury(store, unreadable(job.job_id))
    assert (await store.transact(lambda tx: tx.jobs.get(job.job_id))).status is JobStatus.PROCESSING


async def test_an_erased_or_foreign_job_is_no_obstacle(store: Store) -> None:
    assert await bury(store, unreadable(new_id()))
    [letter] = await store.transact(lambda tx: tx.dead_letters.newest())
    assert letter.job_id is None


async def test_the_relay_takes_it_with_its_record_its_answer_and_its_job(store: Store) -> None:
    job_id = await a_job(store)
    await bury(store, unreadable(job_id))
    await bury(store, unreadable(None, replace(RECORD, offset=7)))
    taken = await store.transact(
        lambda tx: tx.schedule.take_dead_letters(lease=timedelta(seconds=15), batch=5)
    )
    named, nameless = sorted(taken, key=lambda letter: letter.event is None)
    assert named.event is not None
    assert named.event.job_id == job_id
    assert named.event.cv_id
    assert named.record is not None
    assert named.refusal == REFUSAL
    assert nameless.event is None
    assert nameless.job_id is None


async def test_burying_is_counted_once(store: Store) -> None:
    metrics = Metrics()
    bury_in_store = BuryInStore(store, metrics)
    for _ in range(2):
        await bury_in_store(Delivery("evaluate:default", {}, b"", None, RECORD), REFUSAL)
    assert (
        metrics.registry.get_sample_value("cveval_records_buried_total", {"code": "malformed_request"}) == 1
    )
