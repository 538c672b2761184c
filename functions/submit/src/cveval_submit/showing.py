"""Jobs, results and batches as clients see them."""

from collections.abc import Iterable

from cveval.domain.batches import Candidate, Standings
from cveval.domain.evaluations import Rating, Weights
from cveval.domain.jobs import Job, JobStatus, Result
from cveval_submit.schemas import (
    BatchAnswer,
    ErrorShown,
    JobShown,
    Progress,
    QuoteShown,
    Ranked,
    RatingShown,
    Receipt,
    ResultAnswer,
    ResultShown,
)


def show_job(job: Job) -> JobShown:
    """A line of a listing."""
    return JobShown(
        id=job.id,
        status=job.status,
        queue=job.queue,
        cv_id=job.cv_id,
        project_id=job.project_id,
        attempt=job.attempt,
        created_at=job.created_at,
        updated_at=job.updated_at,
        error=_error(job),
    )


def show_result(job: Job, result: Result | None) -> ResultAnswer:
    """A job with its result or its error."""
    return ResultAnswer(
        id=job.id, status=job.status, result=_result(job, result) if result else None, error=_error(job)
    )


def show_batch(standings: Standings) -> BatchAnswer:
    """A batch with its ranking."""
    return BatchAnswer(
        id=standings.batch_id,
        status="finished" if standings.is_finished else "running",
        progress=Progress(
            total=len(standings.candidates),
            queued=standings.count(JobStatus.QUEUED),
            processing=standings.count(JobStatus.PROCESSING),
            completed=standings.count(JobStatus.COMPLETED),
            failed=standings.count(JobStatus.FAILED),
        ),
        ranking=tuple(_ranked(rank, candidate) for rank, candidate in standings.ranking()),
    )


def show_ratings(ratings: Iterable[Rating], weights: Weights) -> tuple[RatingShown, ...]:
    """Ratings with what each of them counts."""
    return tuple(
        RatingShown(
            parameter=r.parameter,
            score=r.score,
            weight=float(weights[r.parameter]),
            anchor=r.anchor,
            reason=r.reason,
            quotes=tuple(
                QuoteShown.model_validate({"document": q.document, "text": q.text}) for q in r.quotes
            ),
        )
        for r in ratings
    )


def _ranked(rank: int | None, candidate: Candidate) -> Ranked:
    match_rate, project_score = candidate.numbers or (None, None)
    return Ranked(
        rank=rank,
        unranked=candidate.unranked,
        job_id=candidate.job_id,
        cv_id=candidate.cv_id,
        project_id=candidate.project_id,
        status=candidate.status,
        cv_match_rate=None if match_rate is None else float(match_rate),
        project_score=None if project_score is None else float(project_score),
        error=_error(candidate),
    )


def _error(job: Job | Candidate) -> ErrorShown | None:
    if job.status is not JobStatus.FAILED:
        return None
    return ErrorShown(code=job.error_code or "unknown", message=job.error or "")


def _result(job: Job, result: Result) -> ResultShown:
    a, scores = result.assessment, result.scores
    return ResultShown(
        cv_match_rate=float(scores.cv_match_rate),
        cv_feedback=a.cv_feedback,
        project_score=float(scores.project_score),
        project_feedback=a.project_feedback,
        overall_summary=a.overall_summary,
        ratings=show_ratings(a.ratings, scores.weights),
        warnings=a.warnings,
        receipt=Receipt(
            evaluator=a.evaluator,
            model=a.model,
            prompt_version=a.prompt_version,
            attempt=result.attempt,
            rubric_hash=job.rubric_hash,
            details=dict(a.details),
            created_at=result.created_at,
        ),
    )
