"""Evaluate one job: claim it, keep its lease, rate it, record how the attempt ended."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from cveval.domain.attempts import ClaimAnswer, ClaimedJob, Completion, EndAnswer, GivingUp, LeaseLost, Retry
from cveval.domain.errors import (
    AttemptFailed,
    CvevalError,
    EvaluationTimedOut,
    EvaluatorBusy,
    PermanentError,
    UpstreamUnavailable,
)
from cveval.domain.evaluations import Assessment, Evaluator, Scores
from cveval.domain.jobs import Outcome
from cveval.domain.policies import Policies
from cveval.domain.rubrics import rubric_in_force
from cveval.observability import Metrics, logging_context
from cveval.store.leases import Claim
from cveval.tracing import Step
from cveval_evaluate.holding import HeldJobs
from cveval_evaluate.steps import Steps

log = logging.getLogger(__name__)

LONGEST_ERROR = 500
T = TypeVar("T")


class DocumentsGone(PermanentError):
    """A document or brief of the job was deleted: nothing is left to evaluate."""

    code = "documents_gone"


@dataclass(frozen=True, slots=True)
class EvaluateJob:
    """Whatever happens, afterwards the database knows what comes next; where it cannot be told, the lease ends by itself."""

    steps: Steps
    held: HeldJobs
    evaluator: Evaluator
    policies: Policies
    metrics: Metrics
    worker: str
    max_jobs: int
    chance: Callable[[], float] = field(default=random.random)

    async def __call__(
        self, job_id: str, traceparents: Sequence[str | None] = (), published_at: datetime | None = None
    ) -> str:
        """Claim and evaluate; answers with a word for people: what became of the event.

        Args:
            traceparents: what the attempt's span may be below; none of them: the request that made the job.
            published_at: when the event was, for the job's history.

        Raises:
            EvaluatorBusy: full, or going down; nothing was claimed.
            StoreUnavailable: before the claim, nothing happened; after it, the lease will be lost and the job run again.
        """
        if self.held.is_draining or len(self.held) >= self.max_jobs:
            raise EvaluatorBusy(
                f"this instance works on {len(self.held)} jobs and takes no more now",
                retry_after=timedelta(seconds=1),
            )
        began = time.monotonic()
        with self.held.place(job_id), logging_context(job_id=job_id):
            answer = await self.steps.claim(self._claim(job_id, published_at))
            self.metrics.claims.labels(_word(answer)).inc()
            if not isinstance(answer, ClaimedJob):
                return _word(answer)
            self.metrics.queue_time.labels(answer.queue).observe(max(0.0, answer.queued_for.total_seconds()))
            parents = (*traceparents, answer.traceparent)
            with (
                logging_context(request_id=answer.request_id),
                Step(
                    "evaluate",
                    "CONSUMER",
                    *parents,
                    job_id=job_id,
                    queue=answer.queue,
                    attempt=answer.attempt,
                ) as step,
            ):
                outcome = await self._attempt(answer, began)
                step.note(outcome=outcome)
                return outcome

    def _claim(self, job_id: str, published_at: datetime | None) -> Claim:
        """Whose queue it is, only the claim will tell: so it brings the leases of all."""
        chance = self.chance()
        return Claim(
            job_id,
            self.worker,
            self.policies.lease_for(chance),
            self.policies.leases_for(chance),
            published_at=published_at,
        )

    async def _attempt(self, job: ClaimedJob, began: float) -> str:
        evaluation = asyncio.create_task(self._evaluate(job, began))
        with self.held.working(job, evaluation):
            end = await self._end_of(evaluation, job, began)
        if end is None:
            return "lease_lost"
        recorded = await self._record(end)
        outcome = _outcome(end)
        self.metrics.attempt_time.labels(outcome).observe(time.monotonic() - began)
        if isinstance(recorded, LeaseLost):
            self.metrics.stale.inc()
            log.warning("outcome refused: the lease had gone to another attempt", extra={"outcome": outcome})
            return "lease_lost"
        log.info("attempt ended", extra={"outcome": outcome, "attempt": job.attempt})
        return outcome

    async def _evaluate(self, job: ClaimedJob, began: float) -> tuple[Scores, Assessment]:
        if job.materials is None:
            raise DocumentsGone("a document of this job was deleted; upload it again and make a new request")
        rubric = rubric_in_force(job.materials.rubric)
        # Measured from before the claim, so that it ends before the consumer stops waiting.
        limit = self.policies.of(job.queue).job_timeout.total_seconds()
        left = limit - (time.monotonic() - began)
        try:
            async with asyncio.timeout(left):
                assessment = await self.evaluator.evaluate(job.materials)
        except TimeoutError:
            raise EvaluationTimedOut(f"the evaluation took longer than {limit:g} s") from None
        return rubric.apply(assessment)

    async def _end_of(
        self, evaluation: "asyncio.Task[tuple[Scores, Assessment]]", job: ClaimedJob, began: float
    ) -> Completion | Retry | GivingUp | None:
        """How the attempt ended; None when the lease was lost meanwhile, and nobody wants to know."""
        try:
            scores, assessment = await evaluation
        except asyncio.CancelledError:
            if self.held.is_lost(job.job_id):
                return None
            reason = "this worker was told to stop"
            return self._retry(job, Outcome.INTERRUPTED, timedelta(0), "interrupted", reason)
        except Exception as error:  # noqa: BLE001 - even a bug must not cost the job its reason
            return self._after_error(job, error, time.monotonic() - began)
        return Completion(job.job_id, job.attempt, self.worker, scores, assessment)

    def _after_error(self, job: ClaimedJob, error: Exception, took: float) -> Retry | GivingUp:
        match error:
            case UpstreamUnavailable():
                return self._after_outage(job, error, took)
            case PermanentError():
                return self._give_up(job, error)
            case AttemptFailed():
                return self._after_failure(job, error.code, str(error))
            case _:
                # Its type only: a bug's text may hold a document's.
                log.error("the evaluator failed unexpectedly", exc_info=error)
                return self._after_failure(
                    job, "internal_error", f"the evaluator failed ({type(error).__name__})"
                )

    def _after_outage(self, job: ClaimedJob, error: UpstreamUnavailable, took: float) -> Retry | GivingUp:
        waited = job.started_at - job.first_started_at + timedelta(seconds=took)
        if waited >= self.policies.give_up_after:
            return self._give_up(job, error)
        delay = self.policies.of(job.queue).backoff(job.attempt, self.chance(), at_least=error.retry_after)
        return self._retry(job, Outcome.UNAVAILABLE, delay, error.code, str(error))

    def _after_failure(self, job: ClaimedJob, code: str, message: str) -> Retry | GivingUp:
        policies, failures = self.policies.of(job.queue), job.failures + 1
        if failures >= policies.max_attempts:
            reason = f"{failures} attempts failed; the last one: {message}"[:LONGEST_ERROR]
            return GivingUp(job.job_id, job.attempt, self.worker, code, reason)
        return self._retry(job, Outcome.FAILED, policies.backoff(failures, self.chance()), code, message)

    def _retry(self, job: ClaimedJob, outcome: Outcome, delay: timedelta, code: str, message: str) -> Retry:
        return Retry(job.job_id, job.attempt, self.worker, outcome, delay, code, message[:LONGEST_ERROR])

    def _give_up(self, job: ClaimedJob, error: CvevalError) -> GivingUp:
        return GivingUp(job.job_id, job.attempt, self.worker, error.code, str(error)[:LONGEST_ERROR])

    async def _record(self, end: Completion | Retry | GivingUp) -> EndAnswer:
        match end:
            case Completion():
                answer = await self.steps.complete(end)
                if not isinstance(answer, LeaseLost):
                    self.metrics.completed.inc()
            case Retry():
                answer = await self.steps.retry(end)
                if not isinstance(answer, LeaseLost):
                    self.metrics.retries.labels(end.error_code).inc()
            case GivingUp():
                answer = await self.steps.give_up(end)
                if not isinstance(answer, LeaseLost):
                    self.metrics.failed.labels(end.error_code).inc()
        return answer


def _outcome(end: Completion | Retry | GivingUp) -> str:
    match end:
        case Completion():
            return Outcome.COMPLETED.value
        case Retry():
            return end.outcome.value
        case GivingUp():
            return Outcome.GIVEN_UP.value


def _word(answer: ClaimAnswer) -> str:
    words = {
        "ClaimedJob": "claimed",
        "AlreadyDone": "already_done",
        "HeldByAnother": "held_by_another",
        "NotDueYet": "not_due_yet",
        "JobUnknown": "job_unknown",
    }
    return words[type(answer).__name__]
