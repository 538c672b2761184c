"""The whole history of one job, as sentences: what `cveval why` tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cveval.domain.jobs import Attempt, Job, JobStatus, Outcome, Result
from cveval.store.dead_letters import DeadLetter
from cveval.store.transaction import Transaction
from cveval_local.records import place_of
from cveval_local.tables import show_duration, show_text, show_time

_ENDS = {
    Outcome.COMPLETED: "completed",
    Outcome.FAILED: "failed; this counts",
    Outcome.UNAVAILABLE: "put off: what the evaluator needs was away; this does not count",
    Outcome.INTERRUPTED: "interrupted; this does not count",
    Outcome.LOST: "lost: its lease ended without a word",
    Outcome.GIVEN_UP: "given up",
    Outcome.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class History:
    """Everything that the database knows of a job."""

    job: Job
    attempts: list[Attempt]
    letters: list[DeadLetter]
    result: Result | None

    @classmethod
    async def of(cls, tx: Transaction, job_id: str) -> "History":
        """Read it.

        Raises:
            JobNotFound
        """
        return cls(
            await tx.jobs.get(job_id),
            await tx.jobs.attempts(job_id),
            await tx.dead_letters.of_job(job_id),
            await tx.results.find(job_id),
        )


def tell(history: History, now: datetime) -> list[str]:
    """One line an event, in the order of time; the last line says what comes next."""
    job = history.job
    request = f", request {job.request_id}" if job.request_id else ""
    events = [(job.created_at, f"accepted from {job.owner} for queue {job.queue}{request}")]
    if job.published_at is not None:
        events.append((job.published_at, "published (the last time)"))
    for attempt in history.attempts:
        events += _beginning_of(attempt)
        events.append((attempt.finished_at, _end_of(attempt)))
    for letter in history.letters:
        record = f", record {place_of(letter.record)}" if letter.record else ""
        events.append((letter.created_at, f"dead letter: {letter.reason} [{letter.error_code}]{record}"))
    redriven = {job.redriven_at, *(letter.redriven_at for letter in history.letters)}
    events += [(at, "redriven: back in the queue with fresh budgets") for at in redriven if at is not None]
    if job.error_code == "cancelled":
        events.append((job.updated_at, f"cancelled: {job.error}"))
    if job.status is JobStatus.PROCESSING:
        events += _beginning_of(job)
    if history.result is not None:
        events.append((history.result.created_at, _stored(history.result)))
    events.sort(key=lambda event: event[0])
    # To the millisecond: from acceptance to claim takes a few.
    return [f"{show_time(at)}.{at.microsecond // 1000:03d}  {show_text(text)}" for at, text in events] + [
        what_is_next(job, now)
    ]


def _beginning_of(attempted: Attempt | Job) -> Iterator[tuple[datetime, str]]:
    if attempted.delivered_at is not None:
        yield attempted.delivered_at, f"delivered for attempt {attempted.attempt}"
    if attempted.started_at is not None:
        yield attempted.started_at, f"attempt {attempted.attempt} claimed by {attempted.worker}"


def _end_of(attempt: Attempt) -> str:
    took = show_duration(attempt.finished_at - attempt.started_at)
    reason = f": {attempt.error} [{attempt.error_code}]" if attempt.error_code else ""
    return f"attempt {attempt.attempt} {_ENDS[attempt.outcome]} after {took}{reason}"


def _stored(result: Result) -> str:
    scores = result.scores
    return (
        f"result stored by {result.assessment.evaluator}: match rate {scores.cv_match_rate}, "
        f"project score {scores.project_score}"
    )


def what_is_next(job: Job, now: datetime) -> str:
    """A sentence in the present or the future."""
    match job.status:
        case JobStatus.COMPLETED:
            return "Next: nothing; the job is completed."
        case JobStatus.FAILED:
            return f"Next: nothing happens by itself; `cveval redrive {job.id}` puts it back."
        case JobStatus.PROCESSING:
            return _after_processing(job.due_at or now, now)
        case JobStatus.QUEUED:
            return _after_queued(job, now)


def _after_processing(lease_ends_at: datetime, now: datetime) -> str:
    if lease_ends_at < now:
        return f"Next: its lease ended {show_duration(now - lease_ends_at)} ago; a relay will put it back."
    return f"Next: its worker answers, or its lease ends in {show_duration(lease_ends_at - now)}."


def _after_queued(job: Job, now: datetime) -> str:
    if job.run_at > now:
        wait = show_duration(job.run_at - now)
        return f"Next: it waits for its next run at {show_time(job.run_at)}, in {wait}."
    due_at = job.due_at or now
    if due_at <= now:
        return f"Next: it is due since {show_duration(now - job.run_at)}; a relay will publish it."
    return f"Next: it is published; a worker claims it, or it is published again in {show_duration(due_at - now)}."
