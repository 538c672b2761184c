"""What every database must do: the life of a job, one rule a test."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from cveval.domain.attempts import (
    AlreadyDone,
    ClaimedJob,
    GivingUp,
    HeldByAnother,
    JobUnknown,
    LeaseLost,
    NotDueYet,
    Recorded,
    Retry,
)
from cveval.domain.documents import new_id
from cveval.domain.jobs import JobStatus, Outcome
from cveval.store.jobs import Redrive
from cveval.store.leases import Claim
from cveval.store.transaction import Store
from tests.databases import Database
from tests.samples import LEASE, a_claimed_job, a_completion, a_job, claimed


async def test_a_submitted_job_is_queued_and_due(store: Store) -> None:
    job_id = await a_job(store)
    job = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert job.status is JobStatus.QUEUED
    assert job.due_at == job.run_at == job.created_at
    [taken] = await store.transact(lambda tx: tx.schedule.take_due(lease=timedelta(seconds=15), batch=10))
    assert taken.event.job_id == job_id


async def test_a_claim_hands_over_the_materials_and_a_new_fencing_token(store: Store) -> None:
    job = await a_claimed_job(store)
    assert job.attempt == 1
    assert job.materials is not None
    assert job.materials.cv.startswith("Ada")
    assert job.materials.job_description == "Backend engineer"
    assert job.queued_for >= timedelta(0)


async def test_an_attempt_knows_when_its_event_was_delivered(store: Store) -> None:
    job_id = await a_job(store)
    claim = Claim(job_id, "worker-1", LEASE, delivered_at=time.monotonic() - 3)
    [job] = await store.transact(lambda tx: tx.leases.claim([claim]))
    assert isinstance(job, ClaimedJob)
    held = await store.transact(lambda tx: tx.jobs.get(job_id))
    assert held.started_at is not None
    assert held.delivered_at is not None
    assert timedelta(seconds=3) <= held.started_at - held.delivered_at < timedelta(seconds=30)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    [attempt] = await store.transact(lambda tx: tx.jobs.attempts(job_id))
    assert attempt.delivered_at == held.delivered_at


async def test_what_a_claim_answers_says_why(store: Store) -> None:
    job = await a_claimed_job(store)
    assert await claimed(store, job.job_id, "worker-2") == HeldByAnother(job.job_id, 1)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    assert await claimed(store, job.job_id) == AlreadyDone(job.job_id, JobStatus.COMPLETED)
    unknown = new_id()
    assert await claimed(store, unknown) == JobUnknown(unknown)


async def test_a_completion_stores_the_result_with_its_receipt(store: Store) -> None:
    job = await a_claimed_job(store)
    assert await store.transact(lambda tx: tx.leases.complete([a_completion(job)])) == [Recorded(job.job_id)]
    result = await store.transact(lambda tx: tx.results.find(job.job_id))
    assert result is not None
    assert result.scores.cv_match_rate == Decimal("0.60")
    assert result.assessment == a_completion(job).assessment
    [attempt] = await store.transact(lambda tx: tx.jobs.attempts(job.job_id))
    assert attempt.outcome is Outcome.COMPLETED


async def test_the_same_completion_twice_is_one_success(store: Store) -> None:
    job = await a_claimed_job(store)
    for _ in range(2):
        assert await store.transact(lambda tx: tx.leases.complete([a_completion(job)])) == [
            Recorded(job.job_id)
        ]


async def test_a_late_completion_changes_nothing(store: Store, database: Database) -> None:
    late = await a_claimed_job(store)
    await database.shift_clock(timedelta(seconds=120))
    lost = await store.transact(lambda tx: tx.schedule.requeue_lost(max_lost=10, delays=[timedelta(0)] * 10))
    assert lost.requeued == 1
    now = await claimed(store, late.job_id, "worker-2")
    assert isinstance(now, ClaimedJob)
    assert now.attempt == 2
    assert await store.transact(lambda tx: tx.leases.complete([a_completion(late, score=5)])) == [
        LeaseLost(late.job_id)
    ]
    assert await store.transact(lambda tx: tx.results.find(late.job_id)) is None
    await store.transact(lambda tx: tx.leases.complete([a_completion(now, "worker-2", score=2)]))
    result = await store.transact(lambda tx: tx.results.find(late.job_id))
    assert result is not None
    assert result.scores.cv_match_rate == Decimal("0.40")


async def test_a_retry_waits_for_its_time(store: Store, database: Database) -> None:
    job = await a_claimed_job(store)
    retry = Retry(job.job_id, 1, "worker-1", Outcome.FAILED, timedelta(seconds=30), "timeout", "too slow")
    assert await store.transact(lambda tx: tx.leases.retry([retry])) == [Recorded(job.job_id)]
    assert isinstance(await claimed(store, job.job_id), NotDueYet)
    await database.shift_clock(timedelta(seconds=31))
    again = await claimed(store, job.job_id)
    assert isinstance(again, ClaimedJob)
    assert (again.attempt, again.failures) == (2, 1)


@pytest.mark.parametrize("outcome", [Outcome.UNAVAILABLE, Outcome.INTERRUPTED])
async def test_an_outage_or_a_shutdown_does_not_count_as_a_failure(store: Store, outcome: Outcome) -> None:
    job = await a_claimed_job(store)
    retry = Retry(job.job_id, 1, "worker-1", outcome, timedelta(0), "x", "y")
    await store.transact(lambda tx: tx.leases.retry([retry]))
    again = await claimed(store, job.job_id)
    assert again.failures == 0


async def test_a_job_given_up_fails_with_a_reason_and_a_dead_letter(store: Store) -> None:
    job = await a_claimed_job(store)
    giving = GivingUp(job.job_id, 1, "worker-1", "bad_document", "it cannot be read")
    assert await store.transact(lambda tx: tx.leases.give_up([giving])) == [Recorded(job.job_id)]
    failed = await store.transact(lambda tx: tx.jobs.get(job.job_id))
    assert (failed.status, failed.error_code, failed.due_at) == (JobStatus.FAILED, "bad_document", None)
    [letter] = await store.transact(lambda tx: tx.dead_letters.newest())
    assert (letter.job_id, letter.reason) == (job.job_id, "it cannot be read")
    [taken] = await store.transact(
        lambda tx: tx.schedule.take_dead_letters(lease=timedelta(seconds=15), batch=5)
    )
    await store.transact(lambda tx: tx.schedule.settle_dead_letters([taken]))
    assert await store.transact(lambda tx: tx.schedule.until_next_due()) is None


async def test_a_redriven_job_starts_over_with_a_higher_token(store: Store) -> None:
    job = await a_claimed_job(store)
    await store.transact(
        lambda tx: tx.leases.give_up([GivingUp(job.job_id, 1, "worker-1", "bad_document", "why")])
    )
    [found] = await store.transact(lambda tx: tx.jobs.redrivable(Redrive()))
    assert await store.transact(lambda tx: tx.jobs.redrive([found.id])) == 1
    again = await claimed(store, job.job_id)
    assert isinstance(again, ClaimedJob)
    assert (again.attempt, again.failures) == (2, 0)
    assert await store.transact(lambda tx: tx.dead_letters.newest()) == []
