"""A candidate is erased: rows in one transaction, objects of the archive afterwards, and a hash remembers it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from cveval.domain.documents import content_hash
from cveval.domain.errors import CandidateNotFound, CandidateOnHold
from cveval.store.queries import Query, Session

LOCK_CANDIDATE = Query(
    "erasures.lock_candidate",
    # FOR UPDATE: submits and holds that refer to this CV come before or after, never in between.
    "SELECT u.id, u.type FROM uploads u WHERE u.id = :cv_id AND u.owner = :owner {lock_rows u}",
)
LOCK_JOBS = Query(
    "erasures.lock_jobs",
    "SELECT j.id, j.project_id FROM jobs j WHERE j.cv_id = :cv_id AND j.owner = :owner ORDER BY j.id {lock_rows j}",
)
LOCK_ARCHIVES = Query(
    "erasures.lock_archives",
    """
    SELECT a.id FROM archives a WHERE a.cv_id = :cv_id AND a.owner = :owner AND a.status <> 'doomed'
    ORDER BY a.id {lock_rows a}
    """,
)
LOCK_PROJECTS = Query(
    "erasures.lock_projects",
    "SELECT u.id FROM uploads u JOIN {rows id uuid} ON u.id = r.id ORDER BY u.id {lock_rows u}",
)
USED_AS_REPORT = Query(
    "erasures.used_as_report", "SELECT EXISTS (SELECT 1 FROM jobs j WHERE j.project_id = :cv_id) AS is_used"
)
HELD = Query(
    "erasures.held",
    "SELECT h.upload_id FROM holds h JOIN {rows id uuid} ON h.upload_id = r.id ORDER BY h.upload_id LIMIT 1",
)
DELETE_JOBS = Query(
    "erasures.delete_jobs", "DELETE FROM jobs WHERE cv_id = :cv_id AND owner = :owner RETURNING id"
)
DELETE_UPLOADS = Query(
    "erasures.delete_uploads",
    """
    DELETE FROM uploads WHERE owner = :owner AND (id = :cv_id OR (id IN (SELECT r.id FROM {rows id uuid})
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.project_id = uploads.id)))
    RETURNING id
    """,
)
DOOM_ARCHIVES = Query(
    "erasures.doom_archives",
    """
    UPDATE archives SET status = 'doomed', doomed_at = {now}
    WHERE cv_id = :cv_id AND owner = :owner AND status <> 'doomed'
    """,
)
ADD = Query(
    "erasures.add",
    # Erased again after a restore: its objects are looked for again, too.
    """
    INSERT INTO erasures (candidate_hash, erased_at, cv_id) VALUES (:candidate_hash, {now}, :cv_id)
    ON CONFLICT (candidate_hash) DO UPDATE SET erased_at = excluded.erased_at, cv_id = excluded.cv_id
    """,
)
PENDING = Query(
    "erasures.pending",
    """
    SELECT e.candidate_hash, e.cv_id, CASE WHEN e.erased_at < {now} - {seconds :grace} THEN 1 ELSE 0 END AS is_old
    FROM erasures e WHERE e.cv_id IS NOT NULL AND e.candidate_hash > :after ORDER BY e.candidate_hash LIMIT :most
    """,
)
SETTLE = Query(
    "erasures.settle", "UPDATE erasures SET cv_id = NULL WHERE cv_id IN (SELECT r.id FROM {rows id uuid})"
)
FORGET_ARCHIVES = Query(
    "erasures.forget_archives",
    "DELETE FROM archives WHERE status = 'doomed' AND cv_id IN (SELECT r.id FROM {rows id uuid})",
)
SETTLE_WITHOUT_ARCHIVE = Query(
    "erasures.settle_without_archive",
    # Where nothing was ever archived there is no object to look for.
    "UPDATE erasures SET cv_id = NULL WHERE cv_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM archives)",
)
COUNT_PENDING = Query("erasures.count_pending", "SELECT COUNT(*) AS n FROM erasures WHERE cv_id IS NOT NULL")
AMONG = Query(
    "erasures.among",
    "SELECT e.candidate_hash FROM erasures e JOIN {rows hash text} ON e.candidate_hash = r.hash",
)
CANDIDATES = Query(
    "erasures.candidates",
    # The ids by which a candidate may be known, whichever part of it is left.
    """
    SELECT c.cv_id, c.owner FROM (
      SELECT u.id AS cv_id, u.owner FROM uploads u WHERE u.id > CAST(:after AS {uuid})
      UNION SELECT j.cv_id, j.owner FROM jobs j WHERE j.cv_id > CAST(:after AS {uuid})
      UNION SELECT a.cv_id, a.owner FROM archives a WHERE a.cv_id > CAST(:after AS {uuid}) AND a.status <> 'doomed'
    ) c ORDER BY c.cv_id, c.owner LIMIT :most
    """,
)
REMEMBER = Query(
    "erasures.remember",
    """
    INSERT INTO erasures (candidate_hash, erased_at) SELECT r.hash, {now} FROM {rows hash text} WHERE true
    ON CONFLICT (candidate_hash) DO NOTHING
    """,
)


@dataclass(frozen=True, slots=True)
class Erased:
    jobs: int
    uploads: int


@dataclass(frozen=True, slots=True)
class PendingErasure:
    """An erased candidate of whom objects may be left. `is_old`: nobody can still be writing one."""

    candidate_hash: str
    cv_id: str
    is_old: bool


class Erasures:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def erase(self, cv_id: str, owner: str) -> Erased:
        """Remove a candidate: jobs and what hangs on them, the CV, reports that nobody else uses; and remember it, hashed.

        What is archived is doomed with it: purge removes the objects. A report that no job uses is erased by its own id.

        Raises:
            CandidateNotFound: neither an upload, a job nor an archive carries this cv_id for this owner.
            CandidateOnHold: it, or a report of its jobs, is on legal hold; nothing was erased.
        """
        of_candidate = {"cv_id": cv_id, "owner": owner}
        found, jobs, archives = await self._session.run(
            LOCK_CANDIDATE(**of_candidate), LOCK_JOBS(**of_candidate), LOCK_ARCHIVES(**of_candidate)
        )
        if not (found or jobs or archives) or await self._is_report_of_others(found, cv_id):
            raise CandidateNotFound(
                f"there is no candidate {cv_id}: a candidate is named by the cv_id of its upload"
            )
        projects = [{"id": id_} for id_ in sorted({job["project_id"] for job in jobs})]
        # Whoever holds locks the same rows first, so a hold is seen here or comes too late.
        _, held = await self._session.run(LOCK_PROJECTS(rows=projects), HELD(rows=[{"id": cv_id}, *projects]))
        if held:
            raise CandidateOnHold(
                f"candidate {cv_id} is on legal hold (upload {held[0]['upload_id']}): nothing was erased. "
                "An operator lifts it with: cveval hold remove"
            )
        gone, uploads, _, _ = await self._session.run(
            DELETE_JOBS(**of_candidate),
            DELETE_UPLOADS(rows=projects, **of_candidate),
            DOOM_ARCHIVES(**of_candidate),
            ADD(candidate_hash=content_hash(cv_id), cv_id=cv_id),
        )
        return Erased(jobs=len(gone), uploads=len(uploads))

    async def _is_report_of_others(self, found: object, cv_id: str) -> bool:
        """A report that jobs use belongs to their candidates."""
        [[row]] = await self._session.run(USED_AS_REPORT(cv_id=cv_id))
        return bool(found and row["is_used"])

    async def pending(self, grace: timedelta, after: str, most: int) -> list[PendingErasure]:
        """Candidates whose objects must go, by hash, behind `after`; old: erased longer than `grace` ago."""
        [rows] = await self._session.run(PENDING(grace=grace.total_seconds(), after=after, most=most))
        return [PendingErasure(row["candidate_hash"], row["cv_id"], bool(row["is_old"])) for row in rows]

    async def settle(self, cv_ids: Collection[str]) -> None:
        """No object of these is left: only their hashes stay."""
        rows = [{"id": cv_id} for cv_id in sorted(cv_ids)]
        await self._session.run(SETTLE(rows=rows), FORGET_ARCHIVES(rows=rows))

    async def settle_without_archive(self) -> int:
        """Where nothing was ever archived, only hashes stay; answers how many erasures still wait for an archive's settings."""
        _, [row] = await self._session.run(SETTLE_WITHOUT_ARCHIVE(), COUNT_PENDING())
        return int(row["n"])

    async def are_known(self, hashes: Collection[str]) -> set[str]:
        """Which of these hashes are of erased candidates."""
        [rows] = await self._session.run(AMONG(rows=[{"hash": h} for h in sorted(hashes)]))
        return {row["candidate_hash"] for row in rows}

    async def remember(self, hashes: Collection[str]) -> None:
        """Take over erasures that this database does not know of, after a restore."""
        await self._session.run(REMEMBER(rows=[{"hash": h} for h in sorted(hashes)]))

    async def candidates(self, after: str, most: int) -> list[tuple[str, str]]:
        """(cv_id, owner) of whoever may be known here, by id, behind `after`."""
        [rows] = await self._session.run(CANDIDATES(after=after, most=most))
        return [(row["cv_id"], row["owner"]) for row in rows]
