"""What evaluate records for each way an attempt can end, through its whole handler, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cveval.cloudevents import to_http
from cveval.domain.errors import AttemptFailed, PermanentError, UpstreamUnavailable
from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.events import EvaluationRequested
from cveval.domain.jobs import JobStatus, Outcome
from cveval.domain.policies import Policies, QueuePolicies
from cveval.queue.transport import Delivery
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import Evaluate, build
from cveval_local.delivering import deliver_to
from tests.databases import Database
from tests.samples import a_job, an_assessment, claimed

SHORT = Policies(
    lease=timedelta(seconds=4),
    heartbeat=timedelta(seconds=1),
    job_timeout=timedelta(seconds=6),
    backoff_from=timedelta(seconds=1),
    max_attempts=2,
)


@dataclass
class ScriptedEvaluator:
    """Answers or fails as it is told; `started` tells that it is at work."""

    behaviour: Callable[[], Awaitable[Assessment]]
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def evaluate(self, materials: Materials) -> Assessment:
        self.started.set()
        return await self.behaviour()


async def rates() -> Assessment:
    return an_assessment()


async def never_ends() -> Assessment:
    await asyncio.Event().wait()
    raise AssertionError


def fails_with(error: Exception) -> Callable[[], Awaitable[Assessment]]:
    async def behaviour() -> Assessment:
        raise error

    return behaviour


@dataclass
class Bench:
    """evaluate over a fresh store, called as a consumer calls it."""

    store: Store
    database: Database
    policies: Policies = SHORT
    max_jobs: int = 8
    function: Evaluate = field(init=False)
    evaluator: ScriptedEvaluator = field(init=False)

    def with_evaluator(self, behaviour: Callable[[], Awaitable[Assessment]]) -> "Bench":
        self.evaluator = ScriptedEvaluator(behaviour)
        self.function = build(
            EvaluateSettings(max_jobs=self.max_jobs),
            self.policies,
            self.store,
            self.database.metrics,
            evaluator=self.evaluator,
        )
        return self

    async def wake(self, job_id: str) -> Any:
        headers, body = to_http(EvaluationRequested(job_id, "-", "-", "evaluate:default"), datetime.now(UTC))
        return await deliver_to(self.function.application)(Delivery("evaluate:default", headers, body))

    async def job(self, job_id: str) -> Any:
        return await self.store.transact(lambda tx: tx.jobs.get(job_id))

    async def attempts(self, job_id: str) -> Any:
        return await self.store.transact(lambda tx: tx.jobs.attempts(job_id))


@pytest.fixture
async def bench(store: Store, database: Database) -> Bench:
    return Bench(store, database)


async def test_a_rated_job_is_completed_with_its_result(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    answer = await bench.with_evaluator(rates).wake(job_id)
    assert answer.status == 204
    assert (await bench.job(job_id)).status is JobStatus.COMPLETED
    result = await bench.store.transact(lambda tx: tx.results.find(job_id))
    assert result is not None
    assert result.assessment == an_assessment()


async def test_the_numbers_come_from_the_weights_of_the_jobs_rubric(bench: Bench) -> None:
    async def rates_skills_alone() -> Assessment:
        plain = an_assessment(1)
        first, *rest = plain.ratings
        return replace(plain, ratings=(replace(first, score=5), *rest))

    job_id = await a_job(
        bench.store, rubric='{"cv":{"technical_skills":{"anchors":{"5":"all"},"weight":100}}}'
    )
    await bench.with_evaluator(rates_skills_alone).wake(job_id)
    result = await bench.store.transact(lambda tx: tx.results.find(job_id))
    assert result is not None
    assert (str(result.scores.cv_match_rate), str(result.scores.project_score)) == ("1.00", "2.00")
    assert [int(weight) for weight in result.scores.weights.values()] == [100, 0, 0, 0, 30, 25, 20, 15, 10]
    assert [rating.anchor for rating in result.assessment.ratings] == ["all", *[None] * 8]


async def test_a_rubric_of_a_newer_version_is_a_failed_attempt_with_its_reason(bench: Bench) -> None:
    job_id = await a_job(bench.store, rubric='{"cv":{"charm":{"weight":100}}}')
    await bench.with_evaluator(rates).wake(job_id)
    [attempt] = await bench.attempts(job_id)
    assert (attempt.outcome, attempt.error_code) == (Outcome.FAILED, "attempt_failed")
    assert "scoring_rubric.cv.charm" in attempt.error


async def test_a_second_event_for_a_finished_job_changes_nothing(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    bench.with_evaluator(rates)
    assert (await bench.wake(job_id)).status == 204
    assert (await bench.wake(job_id)).status == 204
    assert len(await bench.attempts(job_id)) == 1


async def test_an_event_for_an_unknown_job_is_answered_2xx(bench: Bench) -> None:
    bench.with_evaluator(rates)
    assert (await bench.wake("00000000-0000-4000-8000-000000000000")).status == 204
    assert (
        bench.database.metrics.registry.get_sample_value("cveval_claims_total", {"answer": "job_unknown"})
        == 1
    )


async def test_a_failed_attempt_is_retried_and_then_given_up_with_its_reason(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    bench.with_evaluator(fails_with(AttemptFailed("no luck")))
    await bench.wake(job_id)
    job = await bench.job(job_id)
    assert (job.status, job.failures) == (JobStatus.QUEUED, 1)
    await bench.database.shift_clock(timedelta(seconds=60))
    await bench.wake(job_id)
    job = await bench.job(job_id)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "attempt_failed")
    assert "no luck" in job.error
    [letter] = await bench.store.transact(lambda tx: tx.dead_letters.newest())
    assert letter.job_id == job_id


async def test_an_outage_upstream_does_not_use_up_the_attempts(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    bench.with_evaluator(fails_with(UpstreamUnavailable("down", retry_after=timedelta(seconds=9))))
    for _ in range(4):
        await bench.wake(job_id)
        job = await bench.job(job_id)
        assert (job.status, job.failures) == (JobStatus.QUEUED, 0)
        assert job.run_at - job.updated_at >= timedelta(seconds=9)
        await bench.database.shift_clock(timedelta(minutes=11))
    assert [a.outcome for a in await bench.attempts(job_id)] == [Outcome.UNAVAILABLE] * 4


async def test_an_outage_upstream_is_given_up_after_its_budget(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    bench.with_evaluator(fails_with(UpstreamUnavailable("down")))
    await bench.wake(job_id)
    await bench.database.shift_clock(timedelta(hours=25))
    await bench.wake(job_id)
    assert (await bench.job(job_id)).error_code == "upstream_unavailable"


async def test_an_error_that_trying_again_cannot_help_gives_up_at_once(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    await bench.with_evaluator(fails_with(PermanentError("hopeless"))).wake(job_id)
    assert (await bench.job(job_id)).status is JobStatus.FAILED


async def test_a_bug_in_an_evaluator_is_a_failed_attempt_without_its_text(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    await bench.with_evaluator(fails_with(ValueError("secret CV text"))).wake(job_id)
    [attempt] = await bench.attempts(job_id)
    assert attempt.error_code == "internal_error"
    assert "secret" not in attempt.error


async def test_a_missing_rating_is_a_failed_attempt_and_never_invented(bench: Bench) -> None:
    async def forgets_one() -> Assessment:
        whole = an_assessment()
        return Assessment(whole.ratings[1:], "", "", "", "test/1")

    job_id = await a_job(bench.store)
    await bench.with_evaluator(forgets_one).wake(job_id)
    [attempt] = await bench.attempts(job_id)
    assert attempt.error_code == "invalid_rating"
    assert await bench.store.transact(lambda tx: tx.results.find(job_id)) is None


async def test_an_evaluation_that_never_ends_times_out(bench: Bench) -> None:
    bench.policies = Policies(
        lease=timedelta(seconds=0.2),
        heartbeat=timedelta(seconds=0.05),
        job_timeout=timedelta(seconds=0.5),
        lease_jitter=0,
    )
    job_id = await a_job(bench.store)
    await bench.with_evaluator(never_ends).wake(job_id)
    [attempt] = await bench.attempts(job_id)
    assert (attempt.outcome, attempt.error_code) == (Outcome.FAILED, "timeout")


async def test_a_worker_whose_lease_went_to_another_stops_and_records_nothing(bench: Bench) -> None:
    bench.policies = SHORT.model_copy(update={"heartbeat": timedelta(seconds=0.05)})
    job_id = await a_job(bench.store)
    bench.with_evaluator(never_ends)
    waking = asyncio.create_task(bench.wake(job_id))
    await bench.evaluator.started.wait()
    await bench.store.transact(lambda tx: tx.schedule.resume_all(max_lost=9))
    other = await claimed(bench.store, job_id, "worker-2")
    assert (await waking).status == 204
    job = await bench.job(job_id)
    assert (job.worker, job.attempt, job.status) == ("worker-2", other.attempt, JobStatus.PROCESSING)


async def test_a_heartbeat_keeps_the_lease(bench: Bench) -> None:
    bench.policies = SHORT.model_copy(update={"heartbeat": timedelta(seconds=0.05)})
    job_id = await a_job(bench.store)
    bench.with_evaluator(never_ends)
    waking = asyncio.create_task(bench.wake(job_id))
    await bench.evaluator.started.wait()
    before = (await bench.job(job_id)).due_at
    while (await bench.job(job_id)).due_at <= before:  # noqa: ASYNC110 - the database has no event for it
        await asyncio.sleep(0)
    await bench.function.held.drain()
    await waking


async def test_a_drain_gives_back_what_runs_without_counting_it(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    bench.with_evaluator(never_ends)
    waking = asyncio.create_task(bench.wake(job_id))
    await bench.evaluator.started.wait()
    await bench.function.held.drain()
    assert (await waking).status == 204
    job = await bench.job(job_id)
    assert (job.status, job.failures, job.losses) == (JobStatus.QUEUED, 0, 0)
    [attempt] = await bench.attempts(job_id)
    assert attempt.outcome is Outcome.INTERRUPTED
    answer = await bench.wake(job_id)
    assert (answer.status, answer.code) == (429, "evaluator_busy")


async def test_a_full_instance_answers_429_before_claiming(bench: Bench) -> None:
    bench.max_jobs = 1
    first, second = await a_job(bench.store), await a_job(bench.store)
    bench.with_evaluator(never_ends)
    waking = asyncio.create_task(bench.wake(first))
    await bench.evaluator.started.wait()
    answer = await bench.wake(second)
    assert (answer.status, answer.retry_after) == (429, timedelta(seconds=1))
    assert (await bench.job(second)).attempt == 0
    await bench.function.held.drain()
    await waking


async def test_a_job_whose_documents_are_gone_is_given_up_with_that_reason(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    await bench.database.observe("DELETE FROM uploads")
    await bench.with_evaluator(rates).wake(job_id)
    assert (await bench.job(job_id)).error_code == "documents_gone"


# -- several queues ----------------------------------------------------------------------------------------------------


def with_bulk(**said: Any) -> Policies:
    return SHORT.model_copy(update={"queues": {"evaluate:bulk": QueuePolicies(**said)}})


async def test_attempts_and_backoff_are_those_of_the_jobs_queue(bench: Bench) -> None:
    hour = timedelta(hours=1)
    bench.policies = with_bulk(max_attempts=3, backoff_from=hour, backoff_to=hour)
    jobs = [await a_job(bench.store, queue=queue) for queue in ("evaluate:bulk", "evaluate:default")]
    bench.with_evaluator(fails_with(AttemptFailed("no")))
    for _ in range(2):
        for job_id in jobs:
            await bench.wake(job_id)
        await bench.database.shift_clock(hour)
    bulk, default = [await bench.job(job_id) for job_id in jobs]
    assert (bulk.status, bulk.failures, default.status) == (JobStatus.QUEUED, 2, JobStatus.FAILED)
    assert bulk.run_at - bulk.updated_at > timedelta(seconds=2)


async def test_a_lease_and_its_renewal_are_those_of_the_jobs_queue(bench: Bench) -> None:
    bench.policies = with_bulk(lease=timedelta(hours=1)).model_copy(
        update={"heartbeat": timedelta(seconds=0.05), "lease_jitter": 0}
    )
    waking, jobs = [], []
    bench.with_evaluator(never_ends)
    for queue in ("evaluate:bulk", "evaluate:default"):
        jobs.append(await a_job(bench.store, queue=queue))
        bench.evaluator.started.clear()
        waking.append(asyncio.create_task(bench.wake(jobs[-1])))
        await bench.evaluator.started.wait()

    async def leases() -> list[timedelta]:
        found = [await bench.job(job_id) for job_id in jobs]
        return [job.due_at - job.started_at for job in found]

    first = await leases()
    renewed = first
    async with asyncio.timeout(60):
        while not all(now > then for now, then in zip(renewed, first, strict=True)):
            renewed = await leases()
    for bulk, default in (first, renewed):
        assert bulk >= timedelta(hours=1) > timedelta(minutes=1) > default
    await bench.function.held.drain()
    await asyncio.gather(*waking)


async def test_a_job_may_take_as_long_as_its_queue_says(bench: Bench) -> None:
    bench.policies = with_bulk(job_timeout=timedelta(seconds=0.05))
    job_id = await a_job(bench.store, queue="evaluate:bulk")
    await bench.with_evaluator(never_ends).wake(job_id)
    [attempt] = await bench.attempts(job_id)
    assert (attempt.error_code, attempt.error) == ("timeout", "the evaluation took longer than 0.05 s")


# -- events that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"ce-type": "something.else", "ce-specversion": "1.0"}, b"{}"),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "0.3"}, b"{}"),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "1.0"}, b"{broken"),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "1.0"}, b"[" * 50_000),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "1.0"}, b"[]"),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "1.0"}, b'{"job_id": 7}'),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "1.0"}, b'{"job_id": "\x00"}'),
        ({"ce-type": "cveval.evaluate_job.v1", "ce-specversion": "1.0"}, b" " * 70_000),
        ({"content-type": "application/cloudevents+json"}, b"{}"),
    ],
)
async def test_a_broken_event_is_answered_400(bench: Bench, headers: dict[str, str], body: bytes) -> None:
    function = bench.with_evaluator(rates).function
    answer = await deliver_to(function.application)(Delivery("q", headers, body))
    assert (answer.status, answer.code) == (400, "malformed_request")


async def test_a_structured_event_is_read_like_a_binary_one(bench: Bench) -> None:
    job_id = await a_job(bench.store)
    body = f'{{"specversion": "1.0", "type": "cveval.evaluate_job.v1", "data": {{"job_id": "{job_id}"}}}}'
    function = bench.with_evaluator(rates).function
    delivery = Delivery("q", {"content-type": "application/cloudevents+json; charset=utf-8"}, body.encode())
    assert (await deliver_to(function.application)(delivery)).status == 204
    assert (await bench.job(job_id)).status is JobStatus.COMPLETED
