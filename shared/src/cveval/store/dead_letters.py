"""What was given up, why, and whether somebody has put it back."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cveval.domain.events import RawRecord, UnreadableRecord
from cveval.store.queries import Query, Row, Session

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
FIND = Query("dead_letters.find", "SELECT * FROM dead_letters WHERE id = :id")
NAMELESS = Query(
    "dead_letters.nameless",
    """
    SELECT COUNT(*) AS letters FROM dead_letters
    WHERE job_id IS NULL
      AND (CAST(:queue AS text) IS NULL OR queue = :queue)
      AND (CAST(:error_code AS text) IS NULL OR error_code = :error_code)
    """,
)
OF_JOB = Query(
    "dead_letters.of_job", "SELECT * FROM dead_letters WHERE job_id = :job_id ORDER BY created_at, id"
)
ADD_RECORD = Query(
    "dead_letters.add_record",
    # No row: this record lies here already, from a delivery or a commit before this one.
    """
    INSERT INTO dead_letters (id, job_id, queue, error_code, reason, due_at, created_at,
      record_topic, record_partition, record_offset, record_sha256, record, answer)
    SELECT r.id, (SELECT j.id FROM jobs j WHERE j.id = r.job_id), r.queue, r.error_code, r.reason, {now}, {now},
      r.topic, r.part, r.place, r.sha256, r.record, r.answer
    FROM {rows id uuid, job_id uuid, queue text, error_code text, reason text, topic text, part int, place bigint,
      sha256 text, record json, answer json}
    WHERE true
    ON CONFLICT DO NOTHING
    RETURNING id
    """,
)
FAIL_NAMED = Query(
    "dead_letters.fail_named",
    """
    UPDATE jobs SET status = 'failed', error_code = :error_code, error = :reason, due_at = NULL, updated_at = {now}
    WHERE id = :job_id AND status = 'queued' -- what is worked on or finished has been read by somebody
    """,
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
    record: RawRecord | None
    """What could not be read; None where a job was given up."""


class DeadLetters:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add_record(self, unreadable: UnreadableRecord) -> bool:
        """Keep a record that nobody can read, and fail the queued job that it names; False when it lay here already."""
        record, refusal = unreadable.record, unreadable.refusal
        row = {
            "id": unreadable.id,
            "job_id": unreadable.job_id,
            "queue": unreadable.queue,
            "error_code": refusal.error_code,
            "reason": refusal.reason,
            "topic": record and record.topic,
            "part": record and record.partition,
            "place": record and record.offset,
            "sha256": record and record.sha256,
            "record": record and _written(record),
            "answer": None
            if refusal.status is None
            else {"status": refusal.status, "body": _base64(refusal.body)},
        }
        [added] = await self._session.run(ADD_RECORD(rows=[row]))
        if added and unreadable.job_id is not None:
            # Only the first time: afterwards somebody may have put the job back.
            await self._session.run(
                FAIL_NAMED(job_id=unreadable.job_id, error_code=refusal.error_code, reason=refusal.reason)
            )
        return bool(added)

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

    async def find(self, letter_id: str) -> DeadLetter | None:
        [rows] = await self._session.run(FIND(id=letter_id))
        return _letter(rows[0]) if rows else None

    async def nameless(self, *, queue: str | None = None, error_code: str | None = None) -> int:
        """How many lie here whose record names no job of ours: there is nothing to put back."""
        [[row]] = await self._session.run(NAMELESS(queue=queue, error_code=error_code))
        return int(row["letters"])

    async def of_job(self, job_id: str) -> list[DeadLetter]:
        [rows] = await self._session.run(OF_JOB(job_id=job_id))
        return [_letter(row) for row in rows]


def _letter(row: Row) -> DeadLetter:
    plain = {name: row[name] for name in DeadLetter.__slots__ if name != "record"}
    return DeadLetter(**plain, record=record_of(row))


def record_of(row: Row) -> RawRecord | None:
    """The raw record of a dead letter's row."""
    if row["record_topic"] is None:
        return None
    written = json.loads(row["record"])
    return RawRecord(
        topic=row["record_topic"],
        partition=row["record_partition"],
        offset=row["record_offset"],
        timestamp=datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=written["timestamp"]),
        key=_bytes(written["key"]),
        value=_bytes(written["value"]),
        headers=tuple((name, _bytes(value)) for name, value in written["headers"]),
    )


def _written(record: RawRecord) -> dict[str, object]:
    return {
        "timestamp": round(record.timestamp.timestamp() * 1000),
        "key": _base64(record.key),
        "value": _base64(record.value),
        # A name is text to the broker, but may hold NUL, which jsonb refuses.
        "headers": [(name.replace("\0", "\ufffd"), _base64(value)) for name, value in record.headers],
    }


def _base64(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text)
