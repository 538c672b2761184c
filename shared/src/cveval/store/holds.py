"""Legal holds: what an upload's hold keeps, neither purge nor erasure takes."""

from dataclasses import dataclass
from datetime import datetime

from cveval.domain.errors import HoldNotFound, UploadNotFound
from cveval.store.queries import Query, Session

LOCK_UPLOAD = Query(
    "holds.lock_upload",
    # Erasure and purge lock the same rows before they look for holds: the hold is seen, or its upload is gone.
    "SELECT u.owner FROM uploads u WHERE u.id = :upload_id {lock_rows u}",
)
LOCK_JOBS = Query(
    "holds.lock_jobs",
    "SELECT j.owner FROM jobs j WHERE :upload_id IN (j.cv_id, j.project_id) ORDER BY j.id {lock_rows j}",
)
LOCK_ARCHIVES = Query(
    "holds.lock_archives",
    "SELECT a.owner FROM archives a WHERE a.cv_id = :upload_id AND a.status <> 'doomed' ORDER BY a.id {lock_rows a}",
)
ADD = Query(
    "holds.add",
    """
    INSERT INTO holds (upload_id, owner, reason, held_at) VALUES (:upload_id, :owner, :reason, {now})
    ON CONFLICT (upload_id) DO UPDATE SET reason = excluded.reason
    """,
)
REMOVE = Query("holds.remove", "DELETE FROM holds WHERE upload_id = :upload_id RETURNING upload_id")
LIST = Query("holds.list", "SELECT * FROM holds ORDER BY held_at, upload_id")


@dataclass(frozen=True, slots=True)
class Hold:
    upload_id: str
    owner: str
    reason: str
    held_at: datetime


class Holds:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, upload_id: str, reason: str) -> None:
        """Keep an upload, the jobs that refer to it, and their documents; a second time only the reason changes.

        Raises:
            UploadNotFound: neither an upload, a job nor an archive carries this id.
        """
        found = await self._session.run(
            LOCK_UPLOAD(upload_id=upload_id),
            LOCK_JOBS(upload_id=upload_id),
            LOCK_ARCHIVES(upload_id=upload_id),
        )
        owners = [row["owner"] for rows in found for row in rows]
        if not owners:
            raise UploadNotFound(f"there is no upload {upload_id}: it may have been purged or erased")
        await self._session.run(ADD(upload_id=upload_id, owner=owners[0], reason=reason))

    async def remove(self, upload_id: str) -> None:
        """Let it go.

        Raises:
            HoldNotFound
        """
        [rows] = await self._session.run(REMOVE(upload_id=upload_id))
        if not rows:
            raise HoldNotFound(f"there is no hold on upload {upload_id}")

    async def every(self) -> list[Hold]:
        """The oldest first."""
        [rows] = await self._session.run(LIST())
        return [Hold(row["upload_id"], row["owner"], row["reason"], row["held_at"]) for row in rows]
