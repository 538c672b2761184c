"""What purge and erasure delete: in batches, by indexed time, never by id.

Rows are locked first and judged afterwards, in another statement: a submit that took FOR KEY SHARE in between has committed
by then, and its job is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cveval.domain.documents import content_hash
from cveval.domain.errors import CandidateNotFound
from cveval.store.queries import Query, Session

_OLDEST = """
    SELECT {key} AS id, {time} AS aged_at FROM {table} t
    WHERE {time} < {{now}} - {{seconds :age}} {more}
      AND (CAST(:after AS {{timestamp}}) IS NULL OR ({time}, {key}) > (CAST(:after AS {{timestamp}}), CAST(:after_id AS {type})))
    ORDER BY {time}, {key} LIMIT :batch {{skip_locked t}}
    """


def _oldest(
    table: str, key: str = "t.id", time: str = "t.created_at", more: str = "", kind: str = "{uuid}"
) -> Query:
    text = _OLDEST.format(table=table, key=key, time=time, more=more, type=kind)
    return Query(f"retention.oldest_{table}", text)


OLDEST = {
    "uploads": _oldest("uploads"),
    "jobs": _oldest("jobs", time="t.updated_at", more="AND t.status IN ('completed', 'failed')"),
    "batches": _oldest("batches"),
    "dead_letters": _oldest("dead_letters"),
    "briefs": _oldest("briefs", key="t.hash", kind="text"),
}
DELETE = {
    "uploads": Query(
        "retention.delete_uploads",
        """
        DELETE FROM uploads WHERE id IN (SELECT r.id FROM {rows id uuid}) AND NOT EXISTS (
          SELECT 1 FROM jobs j WHERE j.cv_id = uploads.id AND (j.status IN ('queued', 'processing') OR EXISTS (
            SELECT 1 FROM dead_letters d WHERE d.job_id = j.id AND d.redriven_at IS NULL))
        ) AND NOT EXISTS (
          SELECT 1 FROM jobs j WHERE j.project_id = uploads.id AND (j.status IN ('queued', 'processing') OR EXISTS (
            SELECT 1 FROM dead_letters d WHERE d.job_id = j.id AND d.redriven_at IS NULL))
        )
        RETURNING id
        """,
    ),
    "jobs": Query(
        "retention.delete_jobs",
        # Attempts, results, dead letters and keys go with their job; a dead letter that waits for a redrive keeps it.
        """
        DELETE FROM jobs WHERE id IN (SELECT r.id FROM {rows id uuid}) AND status IN ('completed', 'failed')
          AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.job_id = jobs.id AND d.redriven_at IS NULL)
        RETURNING id
        """,
    ),
    "batches": Query(
        "retention.delete_batches",
        """
        DELETE FROM batches WHERE id IN (SELECT r.id FROM {rows id uuid})
          AND NOT EXISTS (SELECT 1 FROM batch_jobs m WHERE m.batch_id = batches.id)
        RETURNING id
        """,
    ),
    "dead_letters": Query(
        "retention.delete_dead_letters",
        "DELETE FROM dead_letters WHERE id IN (SELECT r.id FROM {rows id uuid}) AND due_at IS NULL RETURNING id",
    ),
    "briefs": Query(
        "retention.delete_briefs",
        # One look at all jobs a batch: an index on each hash would cost every submit.
        """
        DELETE FROM briefs WHERE hash IN (
          SELECT r.id FROM {rows id text}
          EXCEPT SELECT job_description_hash FROM jobs
          EXCEPT SELECT study_case_hash FROM jobs
          EXCEPT SELECT rubric_hash FROM jobs WHERE rubric_hash IS NOT NULL
        )
        RETURNING hash
        """,
    ),
}
DELETE_EXPIRED_KEYS = Query(
    "retention.delete_expired_keys",
    """
    DELETE FROM idempotency WHERE expires_at <= {now} AND (owner, scope, key) IN (
      SELECT k.owner, k.scope, k.key FROM idempotency k WHERE k.expires_at <= {now}
      ORDER BY k.expires_at LIMIT :batch {skip_locked k}
    )
    RETURNING key
    """,
)
LOCK_CANDIDATE = Query(
    "retention.lock_candidate",
    # FOR UPDATE: submits that refer to this CV (FOR KEY SHARE) come before or after, never in between.
    "SELECT u.id FROM uploads u WHERE u.id = :cv_id AND u.owner = :owner AND u.type = 'cv' {lock_rows u}",
)
CANDIDATE_PROJECTS = Query(
    "retention.candidate_projects",
    "SELECT DISTINCT j.project_id AS id FROM jobs j WHERE j.cv_id = :cv_id AND j.owner = :owner",
)
DELETE_CANDIDATE_JOBS = Query(
    "retention.delete_candidate_jobs",
    "DELETE FROM jobs WHERE cv_id = :cv_id AND owner = :owner RETURNING id",
)
DELETE_CANDIDATE_UPLOADS = Query(
    "retention.delete_candidate_uploads",
    """
    DELETE FROM uploads WHERE owner = :owner AND (id = :cv_id OR (id IN (SELECT r.id FROM {rows id uuid})
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.project_id = uploads.id)))
    RETURNING id
    """,
)
LOCK_PROJECTS = Query(
    "retention.lock_projects",
    "SELECT u.id FROM uploads u JOIN {rows id uuid} ON u.id = r.id ORDER BY u.id {lock_rows u}",
)
ADD_ERASURE = Query(
    "retention.add_erasure",
    """
    INSERT INTO erasures (candidate_hash, erased_at) VALUES (:candidate_hash, {now})
    ON CONFLICT (candidate_hash) DO NOTHING
    """,
)
KINDS = tuple(OLDEST)


@dataclass(frozen=True, slots=True)
class Aged:
    """A row past its retention."""

    id: str
    aged_at: datetime


@dataclass(frozen=True, slots=True)
class Erased:
    jobs: int
    uploads: int


class Retention:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def oldest(self, kind: str, age: timedelta, batch: int, after: Aged | None) -> list[Aged]:
        """Lock the next rows of a table older than `age`, oldest first, behind `after`."""
        [rows] = await self._session.run(
            OLDEST[kind](
                age=age.total_seconds(),
                batch=batch,
                after=after.aged_at if after else None,
                after_id=after.id if after else None,
            )
        )
        return [Aged(row["id"], row["aged_at"]) for row in rows]

    async def delete(self, kind: str, aged: Sequence[Aged]) -> int:
        """Delete those of the locked rows that nothing unfinished needs; answers how many."""
        [rows] = await self._session.run(DELETE[kind](rows=[{"id": a.id} for a in aged]))
        return len(rows)

    async def delete_expired_keys(self, batch: int) -> int:
        [rows] = await self._session.run(DELETE_EXPIRED_KEYS(batch=batch))
        return len(rows)

    async def erase(self, cv_id: str, owner: str) -> Erased:
        """Remove a candidate: jobs and what hangs on them, the CV, reports that nobody else uses; and remember it, hashed.

        Raises:
            CandidateNotFound: neither an upload nor a job carries this cv_id for this owner.
        """
        of_candidate = {"cv_id": cv_id, "owner": owner}
        cv, projects = await self._session.run(
            LOCK_CANDIDATE(**of_candidate), CANDIDATE_PROJECTS(**of_candidate)
        )
        if not cv and not projects:
            raise CandidateNotFound(
                f"there is no candidate {cv_id}: a candidate is named by the cv_id of its upload"
            )
        ids = [{"id": row["id"]} for row in projects]
        _, jobs, uploads, _ = await self._session.run(
            LOCK_PROJECTS(rows=ids),
            DELETE_CANDIDATE_JOBS(**of_candidate),
            DELETE_CANDIDATE_UPLOADS(rows=ids, **of_candidate),
            ADD_ERASURE(candidate_hash=content_hash(cv_id)),
        )
        return Erased(jobs=len(jobs), uploads=len(uploads))
