"""What was given up, why, and whether somebody has put it back."""

from dataclasses import dataclass
from datetime import datetime

from cveval.store.queries import Query, Session

LIST = Query(
    "dead_letters.list",
    """
    SELECT * FROM dead_letters
    WHERE (CAST(:queue AS text) IS NULL OR queue = :queue)
      AND (CAST(:error_code AS text) IS NULL OR error_code = :error_code)
      AND (:redriven_too = 1 OR redriven_at IS NULL)
    ORDER BY created_at DESC, id LIMIT :most
    """,
)
OF_JOB = Query(
    "dead_letters.of_job", "SELECT * FROM dead_letters WHERE job_id = :job_id ORDER BY created_at, id"
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    job_id: str | None
    attempt: int | None
    queue: str
    error_code: str
    reason: str
    created_at: datetime
    redriven_at: datetime | None


class DeadLetters:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def newest(
        self,
        *,
        queue: str | None = None,
        error_code: str | None = None,
        redriven_too: bool = False,
        limit: int = 50,
    ) -> list[DeadLetter]:
        """The newest first."""
        [rows] = await self._session.run(
            LIST(queue=queue, error_code=error_code, redriven_too=int(redriven_too), most=limit)
        )
        return [_letter(row) for row in rows]

    async def of_job(self, job_id: str) -> list[DeadLetter]:
        [rows] = await self._session.run(OF_JOB(job_id=job_id))
        return [_letter(row) for row in rows]


def _letter(row: object) -> DeadLetter:
    assert isinstance(row, dict)
    return DeadLetter(**{name: row[name] for name in DeadLetter.__slots__})
