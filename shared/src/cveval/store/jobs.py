"""Jobs as their owners and operators see them: read, list, cancel, redrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cveval.domain.errors import JobAlreadyFinished, JobNotFound
from cveval.domain.jobs import Attempt, Depth, Job, JobStatus, Outcome
from cveval.store.queries import Query, Row, Session

FIND = Query(
    "jobs.find",
    "SELECT * FROM jobs WHERE id = :id AND (CAST(:owner AS text) IS NULL OR owner = :owner)",
)
_FILTERS = """
      AND (CAST(:status AS text) IS NULL OR status = :status)
      AND (CAST(:queue AS text) IS NULL OR queue = :queue)
      AND (CAST(:before AS {timestamp}) IS NULL OR (created_at, id) < (CAST(:before AS {timestamp}), CAST(:before_id AS {uuid})))
    ORDER BY created_at DESC, id DESC LIMIT :most
    """
LIST_OF_OWNER = Query("jobs.list_of_owner", "SELECT * FROM jobs WHERE owner = :owner" + _FILTERS)
LIST = Query("jobs.list", "SELECT * FROM jobs WHERE true" + _FILTERS)
ATTEMPTS = Query("jobs.attempts", "SELECT * FROM job_attempts WHERE job_id = :id ORDER BY attempt")
CANCEL = Query(
    "jobs.cancel",
    """
    UPDATE jobs SET status = 'failed', error_code = 'cancelled', error = :reason, due_at = NULL, updated_at = {now}
    WHERE id = :id AND (CAST(:owner AS text) IS NULL OR owner = :owner)
      AND status IN ('queued', 'processing') -- what is finished stays as it is
    RETURNING id
    """,
)
CANCEL_ATTEMPT = Query(
    "jobs.cancel_attempt",
    # If it was being worked on; the worker learns it from its next heartbeat.
    """
    INSERT INTO job_attempts (job_id, attempt, worker, delivered_at, started_at, finished_at, outcome, error_code, error)
    SELECT id, attempt, worker, delivered_at, started_at, {now}, 'cancelled', error_code, error FROM jobs
    WHERE id = :id AND status = 'failed' AND error_code = 'cancelled' AND attempt > 0
    ON CONFLICT (job_id, attempt) DO NOTHING
    """,
)
_REDRIVABLE = """
    FROM jobs j WHERE j.status = 'failed'
      AND (:any = 1 OR j.id IN (SELECT r.job_id FROM {rows job_id uuid}))
      AND (CAST(:owner AS text) IS NULL OR j.owner = :owner)
      AND (CAST(:queue AS text) IS NULL OR j.queue = :queue)
      AND (CAST(:error_code AS text) IS NULL OR j.error_code = :error_code)
      AND (CAST(:since AS {timestamp}) IS NULL OR j.updated_at >= :since)
      AND (CAST(:older_than AS float) IS NULL OR j.updated_at <= {now} - {seconds CAST(:older_than AS float)})
      -- without its documents a job could only fail again
      AND EXISTS (SELECT 1 FROM uploads c WHERE c.id = j.cv_id) AND EXISTS (SELECT 1 FROM uploads p WHERE p.id = j.project_id)
    ORDER BY j.updated_at, j.id LIMIT :most
    """
REDRIVABLE = Query("jobs.redrivable", "SELECT j.*" + _REDRIVABLE + "{lock_rows j}")
STANDINGS = Query(
    "jobs.standings",
    "SELECT j.id, j.status, j.error_code, j.error FROM jobs j JOIN {rows job_id uuid} ON j.id = r.job_id",
)
REDRIVE = Query(
    "jobs.redrive",
    # attempt is kept: it is the fencing token.
    """
    UPDATE jobs SET status = 'queued', failures = 0, losses = 0, first_started_at = NULL, error_code = NULL, error = NULL,
      run_at = mine.now_at, due_at = mine.now_at, redriven_at = mine.now_at, updated_at = mine.now_at
    FROM (SELECT r.job_id, {now} AS now_at FROM {rows job_id uuid}) AS mine
    WHERE jobs.id = mine.job_id AND jobs.status = 'failed'
    RETURNING jobs.id
    """,
)
REDRIVE_DEAD_LETTERS = Query(
    "jobs.redrive_dead_letters",
    # The job's own time, where it was put back just now: one redrive is one moment.
    """
    UPDATE dead_letters SET redriven_at = COALESCE(
      (SELECT j.redriven_at FROM jobs j WHERE j.id = dead_letters.job_id AND j.redriven_at >= dead_letters.created_at), {now})
    WHERE job_id IN (SELECT r.job_id FROM {rows job_id uuid}) AND redriven_at IS NULL
    """,
)
DEPTH = Query(
    "jobs.depth",
    "SELECT queue, status, COUNT(*) AS jobs FROM jobs WHERE status IN ('queued', 'processing') GROUP BY queue, status",
)
OLDEST_DUE = Query(
    "jobs.oldest_due",
    """
    SELECT {now} AS now_at, (SELECT MIN(due_at) FROM jobs WHERE due_at IS NOT NULL) AS oldest_at
    """,
)


DEAD_LETTERS = Query(
    "jobs.dead_letters",
    "SELECT queue, COUNT(*) AS letters FROM dead_letters WHERE redriven_at IS NULL GROUP BY queue",
)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a listing goes on: behind the job created at that time with that id."""

    before: datetime
    before_id: str


@dataclass(frozen=True, slots=True)
class Redrive:
    """Which failed jobs go back to the queue; None means any."""

    ids: tuple[str, ...] | None = None
    owner: str | None = None
    queue: str | None = None
    error_code: str | None = None
    since: datetime | None = None
    older_than: timedelta | None = None
    """Failed at least so long ago."""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job is now."""

    id: str
    status: JobStatus
    error_code: str | None
    error: str | None


class Jobs:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, job_id: str, owner: str | None = None) -> Job:
        """Read one, of this owner or (None) of any.

        Raises:
            JobNotFound: also when it is another owner's.
        """
        [rows] = await self._session.run(FIND(id=job_id, owner=owner))
        if not rows:
            raise JobNotFound(f"there is no job {job_id}: it may have been purged or erased")
        return job_of(rows[0])

    async def newest(
        self,
        *,
        owner: str | None = None,
        status: JobStatus | None = None,
        queue: str | None = None,
        page: Page | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """The newest first."""
        filters: dict[str, Any] = {
            "status": status.value if status else None,
            "queue": queue,
            "before": page.before if page else None,
            "before_id": page.before_id if page else None,
            "most": limit,
        }
        call = LIST(**filters) if owner is None else LIST_OF_OWNER(owner=owner, **filters)
        [rows] = await self._session.run(call)
        return [job_of(row) for row in rows]

    async def attempts(self, job_id: str) -> list[Attempt]:
        [rows] = await self._session.run(ATTEMPTS(id=job_id))
        return [
            Attempt(
                job_id=row["job_id"],
                attempt=row["attempt"],
                worker=row["worker"],
                delivered_at=row["delivered_at"],
                started_at=row["started_at"],
                finished_at=row["finished_at"],
                outcome=Outcome(row["outcome"]),
                error_code=row["error_code"],
                error=row["error"],
            )
            for row in rows
        ]

    async def cancel(self, job_id: str, owner: str | None = None, *, reason: str) -> None:
        """Fail an unfinished job with code `cancelled`; no dead letter.

        Raises:
            JobNotFound, JobAlreadyFinished
        """
        cancelled, _ = await self._session.run(
            CANCEL(id=job_id, owner=owner, reason=reason), CANCEL_ATTEMPT(id=job_id)
        )
        if cancelled:
            return
        job = await self.get(job_id, owner)
        if job.error_code != "cancelled":
            raise JobAlreadyFinished(f"job {job_id} is {job.status} already and stays so")

    async def redrivable(self, redrive: Redrive) -> list[Job]:
        """Failed jobs that a redrive would put back, oldest failure first; locked until the transaction ends."""
        [rows] = await self._session.run(
            REDRIVABLE(
                any=int(redrive.ids is None),
                rows=[{"job_id": job_id} for job_id in redrive.ids or ()],
                owner=redrive.owner,
                queue=redrive.queue,
                error_code=redrive.error_code,
                since=redrive.since,
                older_than=redrive.older_than and redrive.older_than.total_seconds(),
                most=redrive.limit,
            )
        )
        return [job_of(row) for row in rows]

    async def redrive(self, job_ids: Sequence[str]) -> int:
        """Put failed jobs back, budgets renewed; answers how many were still failed."""
        rows = [{"job_id": job_id} for job_id in sorted(job_ids)]
        moved, _ = await self._session.run(REDRIVE(rows=rows), REDRIVE_DEAD_LETTERS(rows=rows))
        return len(moved)

    async def standings(self, job_ids: Sequence[str]) -> list[Standing]:
        """How jobs are now; those that were erased or purged are left out."""
        [rows] = await self._session.run(STANDINGS(rows=[{"job_id": job_id} for job_id in job_ids]))
        return [
            Standing(row["id"], JobStatus(row["status"]), row["error_code"], row["error"]) for row in rows
        ]

    async def depth(self) -> Depth:
        counts, [row], letters = await self._session.run(DEPTH(), OLDEST_DUE(), DEAD_LETTERS())
        overdue = (row["now_at"] - row["oldest_at"]).total_seconds() if row["oldest_at"] else 0.0
        return Depth(
            queued={r["queue"]: r["jobs"] for r in counts if r["status"] == "queued"},
            processing={r["queue"]: r["jobs"] for r in counts if r["status"] == "processing"},
            oldest_due=max(overdue, 0.0),
            dead_letters={r["queue"]: r["letters"] for r in letters},
        )


def job_of(row: Row) -> Job:
    return Job(
        id=row["id"],
        owner=row["owner"],
        queue=row["queue"],
        status=JobStatus(row["status"]),
        cv_id=row["cv_id"],
        project_id=row["project_id"],
        job_description_hash=row["job_description_hash"],
        study_case_hash=row["study_case_hash"],
        rubric_hash=row["rubric_hash"],
        attempt=row["attempt"],
        failures=row["failures"],
        losses=row["losses"],
        run_at=row["run_at"],
        due_at=row["due_at"],
        published_at=row["published_at"],
        first_started_at=row["first_started_at"],
        delivered_at=row["delivered_at"],
        started_at=row["started_at"],
        redriven_at=row["redriven_at"],
        worker=row["worker"],
        request_id=row["request_id"],
        traceparent=row["traceparent"],
        error_code=row["error_code"],
        error=row["error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
