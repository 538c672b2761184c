"""Who works on a job: claim, heartbeat, and the three ends of an attempt, each for many jobs at once.

Every UPDATE is guarded by what it leaves and by the fencing token. Rows are locked in the order of their ids, so that two
batches cannot wait for each other. What a rejected row means is found out afterwards, and only then.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from cveval.domain.attempts import (
    AlreadyDone,
    ClaimAnswer,
    ClaimedJob,
    Completion,
    EndAnswer,
    GivingUp,
    HeldByAnother,
    JobUnknown,
    LeaseLost,
    NotDueYet,
    Recorded,
    Retry,
)
from cveval.domain.documents import new_id
from cveval.domain.evaluations import Materials, Rating
from cveval.domain.jobs import JobStatus, Outcome
from cveval.store.queries import Query, Row, Session

T = TypeVar("T", "Claim", Completion, Retry, GivingUp)
Held = tuple[str, int, timedelta]
"""A job, its attempt, and how long its lease lasts from now on."""

CLAIM = Query(
    "leases.claim",
    """
    UPDATE jobs SET
      status = 'processing', attempt = jobs.attempt + 1, worker = mine.by_worker, started_at = mine.now_at,
      published_at = COALESCE(mine.event_at, jobs.published_at), delivered_at = mine.now_at - {seconds mine.waited},
      first_started_at = COALESCE(jobs.first_started_at, mine.now_at),
      due_at = mine.now_at + {seconds mine.lease}, updated_at = mine.now_at
    FROM (
      SELECT j.id AS job_id, r.worker AS by_worker, {now} AS now_at, r.published_at AS event_at, r.waited,
        COALESCE(CAST(r.leases ->> j.queue AS float), r.lease) AS lease
      FROM {rows job_id uuid, worker text, published_at time, waited float, lease float, leases json}
      JOIN jobs j ON j.id = r.job_id
      ORDER BY j.id {lock_rows j}
    ) AS mine
    WHERE jobs.id = mine.job_id
      AND jobs.status || '' = 'queued' -- one claimer wins
      AND jobs.run_at <= mine.now_at -- and not before its time
    RETURNING *
    """,
)
MATERIALS = Query(
    "leases.materials",
    """
    SELECT j.id, c.text AS cv, p.text AS project, c.warnings AS cv_warnings, p.warnings AS project_warnings,
      c.created_at AS cv_created_at, d.text AS job_description, s.text AS study_case_brief, u.text AS rubric
    FROM {rows job_id uuid, worker text, lease float}
    JOIN jobs j ON j.id = r.job_id AND j.worker = r.worker AND j.status || '' = 'processing'
    JOIN uploads c ON c.id = j.cv_id
    JOIN uploads p ON p.id = j.project_id
    JOIN briefs d ON d.hash = j.job_description_hash
    JOIN briefs s ON s.hash = j.study_case_hash
    LEFT JOIN briefs u ON u.hash = j.rubric_hash
    """,
)
HEARTBEAT = Query(
    "leases.heartbeat",
    """
    UPDATE jobs SET due_at = mine.now_at + {seconds mine.lease}
    FROM (
      SELECT j.id AS job_id, r.attempt AS my_attempt, r.lease, {now} AS now_at
      FROM {rows job_id uuid, attempt int, lease float} JOIN jobs j ON j.id = r.job_id
      ORDER BY j.id {lock_rows j}
    ) AS mine
    WHERE jobs.id = mine.job_id
      AND jobs.status || '' = 'processing' AND jobs.attempt = mine.my_attempt -- the fence
    RETURNING jobs.id
    """,
)
_END_COLUMNS = """job_id uuid, attempt int, worker text, outcome text, error_code text, error text, delay float, failed int"""
_MINE = (
    """
    FROM (
      SELECT j.id AS job_id, r.attempt AS my_attempt, r.worker AS my_name, r.error_code AS code, r.error AS reason, r.failed,
        {now} AS now_at, {now} + {seconds r.delay} AS later_at
      FROM {rows %s} JOIN jobs j ON j.id = r.job_id
      ORDER BY j.id {lock_rows j}
    ) AS mine
    WHERE jobs.id = mine.job_id AND jobs.worker = mine.my_name
      AND jobs.status || '' = 'processing' AND jobs.attempt = mine.my_attempt -- the fence
    RETURNING jobs.id
    """
    % _END_COLUMNS
)
COMPLETE = Query(
    "leases.complete",
    "UPDATE jobs SET status = 'completed', due_at = NULL, updated_at = mine.now_at" + _MINE,
)
RETRY = Query(
    "leases.retry",
    """
    UPDATE jobs SET status = 'queued', failures = jobs.failures + mine.failed, run_at = mine.later_at,
      due_at = mine.later_at, updated_at = mine.now_at"""
    + _MINE,
)
GIVE_UP = Query(
    "leases.give_up",
    """
    UPDATE jobs SET status = 'failed', error_code = mine.code, error = mine.reason, due_at = NULL,
      updated_at = mine.now_at"""
    + _MINE,
)
ADD_ATTEMPTS = Query(
    "leases.add_attempts",
    # Only of a job that this attempt has just moved; every way out of processing writes this row, so the first one stands.
    """
    INSERT INTO job_attempts (job_id, attempt, worker, delivered_at, started_at, finished_at, outcome, error_code, error)
    SELECT r.job_id, r.attempt, r.worker, j.delivered_at, j.started_at, {now}, r.outcome, r.error_code, r.error
    FROM {rows %s}
    JOIN jobs j ON j.id = r.job_id AND j.attempt = r.attempt AND j.worker = r.worker AND j.status <> 'processing'
    WHERE true
    ON CONFLICT (job_id, attempt) DO NOTHING
    """
    % _END_COLUMNS,
)
# A scalar subquery is one look at the primary key, whatever the planner knows of the table (`submissions` tells why).
_MY_OUTCOME = """(
      SELECT a.outcome FROM job_attempts a WHERE a.job_id = r.job_id AND a.attempt = r.attempt AND a.worker = r.worker
    )"""
ADD_RESULTS = Query(
    "leases.add_results",
    """
    INSERT INTO results (job_id, attempt, cv_match_rate, cv_feedback, project_score, project_feedback, overall_summary,
      evaluator, model, prompt_version, ratings, warnings, details, created_at)
    SELECT r.job_id, r.attempt, r.cv_match_rate, r.cv_feedback, r.project_score, r.project_feedback, r.overall_summary,
      r.evaluator, r.model, r.prompt_version, r.ratings, r.warnings, r.details, {now}
    FROM {rows job_id uuid, attempt int, worker text, cv_match_rate numeric, cv_feedback text, project_score numeric,
      project_feedback text, overall_summary text, evaluator text, model text, prompt_version text, ratings json,
      warnings json, details json}
    WHERE %s = 'completed' -- only where this attempt's completion stands
    ON CONFLICT (job_id) DO NOTHING -- mine already, when a commit's outcome was unknown
    """
    % _MY_OUTCOME,
)
ADD_DEAD_LETTERS = Query(
    "leases.add_dead_letters",
    """
    INSERT INTO dead_letters (id, job_id, attempt, queue, error_code, reason, due_at, created_at)
    SELECT r.id, r.job_id, r.attempt, j.queue, r.error_code, r.error, {now}, {now}
    FROM {rows id uuid, job_id uuid, attempt int, worker text, error_code text, error text}
    JOIN jobs j ON j.id = r.job_id
    WHERE %s = 'given_up'
    ON CONFLICT (job_id, attempt) DO NOTHING
    """
    % _MY_OUTCOME,
)
LOOK = Query(
    "leases.look",
    "SELECT j.id, j.status, j.attempt, j.run_at FROM jobs j JOIN {rows job_id uuid} ON j.id = r.job_id",
)
RECORDED = Query(
    "leases.recorded",
    """
    SELECT r.job_id FROM {rows job_id uuid, attempt int, worker text, outcome text} WHERE %s = r.outcome
    """
    % _MY_OUTCOME,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A wish to work on a job, under a lease of so long."""

    job_id: str
    worker: str
    lease: timedelta
    leases: Mapping[str, timedelta] = field(default_factory=dict)
    """Of queues with another one."""
    delivered_at: float = field(default_factory=time.monotonic)
    """When its event came, on this process's monotonic clock."""
    published_at: datetime | None = None
    """When its event was published: settling, which notes that too, comes too late where the claim is quick."""


class Leases:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def claim(self, claims: Sequence[Claim]) -> list[ClaimAnswer]:
        """Take jobs; one answer each, in order. A batch holds each job once."""
        rows = [
            {
                "job_id": c.job_id,
                "worker": c.worker,
                "published_at": c.published_at,
                "waited": time.monotonic() - c.delivered_at,
                "lease": c.lease.total_seconds(),
                "leases": {queue: lease.total_seconds() for queue, lease in c.leases.items()},
            }
            for c in _in_order(claims)
        ]
        jobs, materials = await self._session.run(CLAIM(rows=rows), MATERIALS(rows=rows))
        texts = {row["id"]: row for row in materials}
        claimed = {row["id"]: _claimed(row, texts.get(row["id"])) for row in jobs}
        if len(claimed) == len(claims):
            return [claimed[c.job_id] for c in claims]
        [others] = await self._session.run(
            LOOK(rows=[{"job_id": c.job_id} for c in claims if c.job_id not in claimed])
        )
        explained = {row["id"]: _not_claimed(row) for row in others}
        return [claimed.get(c.job_id) or explained.get(c.job_id) or JobUnknown(c.job_id) for c in claims]

    async def heartbeat(self, held: Sequence[Held]) -> set[str]:
        """Renew leases; answers with the ids that are still ours."""
        rows = [
            {"job_id": job_id, "attempt": attempt, "lease": lease.total_seconds()}
            for job_id, attempt, lease in sorted(held)
        ]
        [renewed] = await self._session.run(HEARTBEAT(rows=rows))
        return {row["id"] for row in renewed}

    async def complete(self, completions: Sequence[Completion]) -> list[EndAnswer]:
        """Store results and finish their jobs, all or none each; one answer each, in order."""
        ends = [_end(c, Outcome.COMPLETED) for c in _in_order(completions)]
        results = [_result(c) for c in _in_order(completions)]
        moved, *_ = await self._session.run(
            COMPLETE(rows=ends), ADD_ATTEMPTS(rows=ends), ADD_RESULTS(rows=results)
        )
        return await self._answers(completions, ends, moved)

    async def retry(self, retries: Sequence[Retry]) -> list[EndAnswer]:
        """Put jobs back; one answer each, in order."""
        ends = [
            _end(
                r,
                r.outcome,
                r.error_code,
                r.error,
                delay=r.delay.total_seconds(),
                failed=int(r.outcome is Outcome.FAILED),
            )
            for r in _in_order(retries)
        ]
        moved, *_ = await self._session.run(RETRY(rows=ends), ADD_ATTEMPTS(rows=ends))
        return await self._answers(retries, ends, moved)

    async def give_up(self, givings: Sequence[GivingUp]) -> list[EndAnswer]:
        """Fail jobs and write their dead letters, all or none each; one answer each, in order."""
        ends = [_end(g, Outcome.GIVEN_UP, g.error_code, g.error) for g in _in_order(givings)]
        letters = [{"id": new_id(), **end} for end in ends]
        moved, *_ = await self._session.run(
            GIVE_UP(rows=ends), ADD_ATTEMPTS(rows=ends), ADD_DEAD_LETTERS(rows=letters)
        )
        return await self._answers(givings, ends, moved)

    async def _answers(
        self,
        asked: Sequence[Completion] | Sequence[Retry] | Sequence[GivingUp],
        ends: list[dict[str, object]],
        moved: Sequence[Row],
    ) -> list[EndAnswer]:
        """An attempt already recorded with my outcome and my name is success: the commit before this one stood."""
        recorded = {row["id"] for row in moved}
        rest = [end for end in ends if end["job_id"] not in recorded]
        if rest:
            [earlier] = await self._session.run(RECORDED(rows=rest))
            recorded |= {row["job_id"] for row in earlier}
        return [Recorded(a.job_id) if a.job_id in recorded else LeaseLost(a.job_id) for a in asked]


def _in_order(items: Sequence[T]) -> list[T]:
    return sorted(items, key=lambda item: item.job_id)


def _end(
    item: Completion | Retry | GivingUp,
    outcome: Outcome,
    error_code: str | None = None,
    error: str | None = None,
    *,
    delay: float = 0,
    failed: int = 0,
) -> dict[str, object]:
    return {
        "job_id": item.job_id,
        "attempt": item.attempt,
        "worker": item.worker,
        "outcome": outcome.value,
        "error_code": error_code,
        "error": error,
        "delay": delay,
        "failed": failed,
    }


def _result(c: Completion) -> dict[str, object]:
    a = c.assessment
    return {
        "job_id": c.job_id,
        "attempt": c.attempt,
        "worker": c.worker,
        "cv_match_rate": c.scores.cv_match_rate,
        "cv_feedback": a.cv_feedback,
        "project_score": c.scores.project_score,
        "project_feedback": a.project_feedback,
        "overall_summary": a.overall_summary,
        "evaluator": a.evaluator,
        "model": a.model,
        "prompt_version": a.prompt_version,
        "ratings": [_rating(rating, float(c.scores.weights[rating.parameter])) for rating in a.ratings],
        "warnings": list(a.warnings),
        "details": dict(a.details),
    }


def _rating(rating: Rating, weight: float) -> dict[str, object]:
    # Field by field: `asdict` took a tenth of evaluate's time, copying what nobody changes.
    return {
        "parameter": rating.parameter,
        "score": rating.score,
        "reason": rating.reason,
        "quotes": [{"document": quote.document, "text": quote.text} for quote in rating.quotes],
        "anchor": rating.anchor,
        "weight": weight,
    }


def _claimed(job: Row, texts: Row | None) -> ClaimedJob:
    return ClaimedJob(
        job_id=job["id"],
        attempt=job["attempt"],
        queue=job["queue"],
        owner=job["owner"],
        failures=job["failures"],
        first_started_at=job["first_started_at"],
        started_at=job["started_at"],
        materials=None if texts is None else _materials(texts),
        request_id=job["request_id"],
        traceparent=job["traceparent"],
        queued_for=job["started_at"] - job["run_at"],
    )


def _materials(row: Row) -> Materials:
    return Materials(
        cv=row["cv"],
        project=row["project"],
        job_description=row["job_description"],
        study_case_brief=row["study_case_brief"],
        rubric=row["rubric"],
        warnings=tuple(
            f"{document}: {warning}"
            for document in ("cv", "project")
            for warning in json.loads(row[f"{document}_warnings"])
        ),
        as_of=row["cv_created_at"].date(),
    )


def _not_claimed(row: Row) -> AlreadyDone | HeldByAnother | NotDueYet:
    match JobStatus(row["status"]):
        case JobStatus.QUEUED:
            return NotDueYet(row["id"], row["run_at"])
        case JobStatus.PROCESSING:
            return HeldByAnother(row["id"], row["attempt"])
        case done:
            return AlreadyDone(row["id"], done)
