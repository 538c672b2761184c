"""Batches and the jobs that are theirs. (The jobs themselves are made by `submissions`.)"""

import json
from datetime import timedelta

from cveval.domain.batches import AcceptedBatch, Batch, Candidate, Standings, why_unranked
from cveval.domain.errors import BatchNotFound, IdempotencyKeyReused
from cveval.domain.jobs import JobStatus
from cveval.store.queries import Query, Row, Session
from cveval.store.results import exact

RELEASE_KEY = Query(
    "batches.release_key",
    """
    UPDATE batches SET key = NULL WHERE owner = :owner AND key = :key
      AND created_at <= {now} - {seconds :retention} -- expired; others keep theirs
    """,
)
ADD = Query(
    "batches.add",
    """
    INSERT INTO batches (id, owner, key, request_hash, created_at)
    VALUES (:id, :owner, :key, :request_hash, {now})
    ON CONFLICT DO NOTHING -- an earlier request has the key; or mine already, when a commit's outcome was unknown
    RETURNING id
    """,
)
HOLDER = Query(
    "batches.holder",
    "SELECT b.id, b.request_hash FROM batches b WHERE b.id = :id OR (b.owner = :owner AND b.key = :key)",
)
ADD_JOBS = Query(
    "batches.add_jobs",
    """
    INSERT INTO batch_jobs (job_id, batch_id, position)
    SELECT r.job_id, r.batch_id, r.position FROM {rows job_id uuid, batch_id uuid, position int}
    """,
)
JOBS = Query("batches.jobs", "SELECT m.job_id FROM batch_jobs m WHERE m.batch_id = :id ORDER BY m.position")
STANDINGS = Query(
    "batches.standings",
    # One row without a job where all of them are gone; none where there is no such batch.
    """
    SELECT j.id AS job_id, j.cv_id, j.project_id, j.status, j.error_code, j.error, s.cv_match_rate, s.project_score, s.warnings
    FROM batches b
    LEFT JOIN batch_jobs m ON m.batch_id = b.id
    LEFT JOIN jobs j ON j.id = m.job_id
    LEFT JOIN results s ON s.job_id = j.id
    WHERE b.id = :id AND b.owner = :owner
    ORDER BY m.position
    """,
)


class Batches:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def begin(self, batch: Batch, *, key_retention: timedelta) -> AcceptedBatch | None:
        """Make the batch, without jobs yet; waits for the commit of another one with its key.

        None when it was made. Else the answer that stands already: an earlier request's; or, after a commit with unknown
        outcome, its own, jobs included.

        Raises:
            IdempotencyKeyReused: the key was used for another request.
        """
        named = {"owner": batch.owner, "key": batch.key}
        _, made, holders = await self._session.run(
            RELEASE_KEY(retention=key_retention.total_seconds(), **named),
            ADD(id=batch.id, request_hash=batch.request_hash, **named),
            HOLDER(id=batch.id, **named),
        )
        if made:
            return None
        [holder] = holders
        if holder["request_hash"] != batch.request_hash:
            raise IdempotencyKeyReused(
                "this Idempotency-Key was used for another batch: use a new key for a new one",
                field="Idempotency-Key",
            )
        [jobs] = await self._session.run(JOBS(id=holder["id"]))
        return AcceptedBatch(
            holder["id"], [row["job_id"] for row in jobs], was_replayed=holder["id"] != batch.id
        )

    async def add_jobs(self, batch: Batch) -> None:
        """Say which jobs are the batch's, once they are made."""
        rows = [
            {"job_id": job_id, "batch_id": batch.id, "position": position}
            for position, job_id in enumerate(batch.job_ids)
        ]
        await self._session.run(ADD_JOBS(rows=rows))

    async def standings(self, batch_id: str, owner: str) -> Standings:
        """Read one, its candidates with it.

        Raises:
            BatchNotFound: also when it is another owner's.
        """
        [rows] = await self._session.run(STANDINGS(id=batch_id, owner=owner))
        if not rows:
            raise BatchNotFound(f"there is no batch {batch_id}: it may have been purged")
        return Standings(batch_id, tuple(_candidate(row) for row in rows if row["job_id"] is not None))


def _candidate(row: Row) -> Candidate:
    status = JobStatus(row["status"])
    is_completed = status is JobStatus.COMPLETED
    return Candidate(
        job_id=row["job_id"],
        cv_id=row["cv_id"],
        project_id=row["project_id"],
        status=status,
        numbers=(exact(row["cv_match_rate"]), exact(row["project_score"])) if is_completed else None,
        unranked=why_unranked(json.loads(row["warnings"])) if is_completed else None,
        error_code=row["error_code"],
        error=row["error"],
    )
