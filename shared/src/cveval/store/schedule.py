"""What the relay asks: what is due, what was acknowledged, whose lease is lost, and when to look again."""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cveval.domain.documents import new_id
from cveval.domain.events import EvaluationRequested, RawRecord, Refusal
from cveval.domain.jobs import Outcome
from cveval.store.dead_letters import record_of
from cveval.store.leases import ADD_ATTEMPTS
from cveval.store.queries import Query, Row, Session

TAKE_DUE = Query(
    "schedule.take_due",
    # SKIP LOCKED: another relay has it. The new due_at is the relay's lease while it publishes. `among` = 1: of the queues that
    # are named; 0: of all others.
    """
    UPDATE jobs SET due_at = {now} + {seconds :lease}
    WHERE id IN (
      SELECT j.id FROM jobs j WHERE j.due_at <= {now} AND j.status || '' = 'queued'
        AND (j.queue IN (SELECT r.queue FROM {rows queue text})) = (:among = 1)
      ORDER BY j.due_at LIMIT :batch {skip_locked j}
    )
    RETURNING id, cv_id, project_id, queue, attempt, due_at, traceparent, published_at
    """,
)
SETTLE = Query(
    "schedule.settle",
    # Only if due_at is still the relay's own: a claim, a cancel or another relay has moved most jobs on, and whoever holds a lock is
    # about to. (No index on due_at serves this, by COALESCE: all of a batch have the same.) Thins out with age.
    """
    UPDATE jobs SET published_at = mine.now_at,
      due_at = mine.now_at + {greatest}({seconds :at_least}, {least}({seconds :at_most}, mine.now_at - jobs.run_at))
    FROM (
      SELECT j.id AS job_id, {now} AS now_at
      FROM {rows job_id uuid, taken_until time} JOIN jobs j ON j.id = r.job_id
      WHERE j.status || '' = 'queued' AND COALESCE(j.due_at, r.taken_until) = r.taken_until
      {skip_locked j}
    ) AS mine
    WHERE jobs.id = mine.job_id
    RETURNING jobs.id
    """,
)
LOST = Query(
    "schedule.lost",
    """
    SELECT j.id, j.queue, j.attempt, j.losses, j.worker FROM jobs j
    WHERE j.due_at <= {now} AND j.status || '' = 'processing'
    ORDER BY j.due_at LIMIT :batch {skip_locked j}
    """,
)
_LOST_COLUMNS = "job_id uuid, attempt int, delay float, error_code text, error text"
REQUEUE_LOST = Query(
    "schedule.requeue_lost",
    """
    UPDATE jobs SET status = 'queued', losses = jobs.losses + 1, run_at = mine.later_at, due_at = mine.later_at,
      updated_at = mine.now_at
    FROM (SELECT r.job_id, r.attempt AS lost_attempt, {now} AS now_at, {now} + {seconds r.delay} AS later_at FROM {rows %s})
      AS mine
    WHERE jobs.id = mine.job_id AND jobs.status || '' = 'processing' AND jobs.attempt = mine.lost_attempt
    RETURNING jobs.id
    """
    % _LOST_COLUMNS,
)
FAIL_LOST = Query(
    "schedule.fail_lost",
    """
    UPDATE jobs SET status = 'failed', losses = jobs.losses + 1, due_at = NULL, error_code = mine.code,
      error = mine.reason, updated_at = mine.now_at
    FROM (SELECT r.job_id, r.attempt AS lost_attempt, r.error_code AS code, r.error AS reason, {now} AS now_at
      FROM {rows %s}) AS mine
    WHERE jobs.id = mine.job_id AND jobs.status || '' = 'processing' AND jobs.attempt = mine.lost_attempt
    RETURNING jobs.id
    """
    % _LOST_COLUMNS,
)
ADD_DEAD_LETTERS = Query(
    "schedule.add_dead_letters",
    """
    INSERT INTO dead_letters (id, job_id, attempt, queue, error_code, reason, due_at, created_at)
    SELECT r.id, r.job_id, r.attempt, r.queue, r.error_code, r.error, {now}, {now}
    FROM {rows id uuid, job_id uuid, attempt int, queue text, error_code text, error text}
    WHERE true
    ON CONFLICT (job_id, attempt) DO NOTHING
    """,
)
TAKE_DEAD_LETTERS = Query(
    "schedule.take_dead_letters",
    """
    UPDATE dead_letters SET due_at = {now} + {seconds :lease}
    WHERE id IN (
      SELECT d.id FROM dead_letters d WHERE d.due_at <= {now} ORDER BY d.due_at LIMIT :batch {skip_locked d}
    )
    RETURNING id
    """,
)
TAKEN_DEAD_LETTERS = Query(
    "schedule.taken_dead_letters",
    # Those just taken, with the event that their job would have had.
    """
    SELECT d.id, d.job_id, d.attempt, d.queue, d.error_code, d.reason, d.due_at, d.record_topic, d.record_partition,
      d.record_offset, d.record, d.answer, j.cv_id, j.project_id, j.traceparent
    FROM {rows id uuid} JOIN dead_letters d ON d.id = r.id LEFT JOIN jobs j ON j.id = d.job_id
    """,
)
SETTLE_DEAD_LETTERS = Query(
    "schedule.settle_dead_letters",
    """
    UPDATE dead_letters SET due_at = NULL
    FROM (SELECT r.letter_id, r.taken_until FROM {rows letter_id uuid, taken_until time}) AS mine
    WHERE dead_letters.id = mine.letter_id AND dead_letters.due_at = mine.taken_until
    RETURNING dead_letters.id
    """,
)
HELD = Query(
    "schedule.held",
    """
    SELECT j.id, j.queue, j.attempt, j.losses, j.worker FROM jobs j WHERE j.status = 'processing'
    ORDER BY j.id {lock_rows j}
    """,
)
MAKE_DUE = Query(
    "schedule.make_due",
    """
    UPDATE jobs SET due_at = {greatest}(jobs.run_at, t.now_at)
    FROM (SELECT {now} AS now_at) AS t
    WHERE jobs.status = 'queued' AND jobs.due_at > t.now_at
    RETURNING jobs.id
    """,
)
NEXT_DUE = Query(
    "schedule.next_due",
    """
    SELECT {now} AS now_at, (SELECT MIN(due_at) FROM jobs WHERE due_at IS NOT NULL) AS job_at,
      (SELECT MIN(due_at) FROM dead_letters WHERE due_at IS NOT NULL) AS letter_at
    """,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A due job that this relay may publish until `taken_until`."""

    event: EvaluationRequested
    taken_until: datetime
    was_published: bool = False
    """Before; nobody claimed it since, or it was put back."""


@dataclass(frozen=True, slots=True)
class TakenDeadLetter:
    """A dead letter that this relay may publish until `taken_until`."""

    id: str
    queue: str
    refusal: Refusal
    taken_until: datetime
    event: EvaluationRequested | None
    """Of the job that was given up; None where a record names no job of ours."""
    record: RawRecord | None
    """What could not be read, where that is the reason."""

    @property
    def job_id(self) -> str | None:
        return self.event.job_id if self.event else None


@dataclass(frozen=True, slots=True)
class LostLeases:
    requeued: int
    given_up: int


class Schedule:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def take_due(
        self, *, lease: timedelta, batch: int, only: str | None = None, but: Sequence[str] = ()
    ) -> list[Taken]:
        """Queued jobs that are due, oldest first. Commit before publishing: no lock is held across the network.

        Args:
            batch: at most so many.
            only: of this queue; None: of all but those in `but`.
        """
        rows = [{"queue": queue} for queue in ([only] if only else but)]
        [taken] = await self._session.run(
            TAKE_DUE(lease=lease.total_seconds(), batch=batch, rows=rows, among=int(only is not None))
        )
        return [
            Taken(
                EvaluationRequested(
                    job_id=row["id"],
                    cv_id=row["cv_id"],
                    project_id=row["project_id"],
                    queue=row["queue"],
                    attempt=row["attempt"],
                    traceparent=row["traceparent"],
                ),
                row["due_at"],
                was_published=row["published_at"] is not None,
            )
            for row in taken
        ]

    async def settle(self, acknowledged: Sequence[Taken], *, at_least: timedelta, at_most: timedelta) -> int:
        """The queue has these; look again later. Answers how many were still ours."""
        rows = [{"job_id": t.event.job_id, "taken_until": t.taken_until} for t in acknowledged]
        [settled] = await self._session.run(
            SETTLE(rows=rows, at_least=at_least.total_seconds(), at_most=at_most.total_seconds())
        )
        return len(settled)

    async def requeue_lost(self, *, max_lost: int, delays: Sequence[timedelta]) -> LostLeases:
        """End leases that nobody renewed: back to the queue after a delay each, or given up when lost too often.

        Args:
            delays: jitter, one for each job of the batch; its length is the batch's size.
        """
        [lost] = await self._session.run(LOST(batch=len(delays)))
        return await self._end_lost(lost, delays, max_lost)

    async def _end_lost(self, lost: Sequence[Row], delays: Sequence[timedelta], max_lost: int) -> LostLeases:
        if not lost:
            return LostLeases(0, 0)
        ends = [
            {
                "id": new_id(),
                "job_id": row["id"],
                "queue": row["queue"],
                "attempt": row["attempt"],
                "worker": row["worker"],
                "outcome": Outcome.LOST.value,
                "delay": delay.total_seconds(),
                "error_code": "lease_lost",
                "error": f"{row['worker']} stopped renewing its lease: killed, paused or cut off",
            }
            for row, delay in zip(lost, delays, strict=False)
        ]
        hopeless = {row["id"] for row in lost if row["losses"] + 1 >= max_lost}
        given_up = [
            {**end, "error_code": "lost_too_often", "error": f"{max_lost} workers in all lost this job"}
            for end in ends
            if end["job_id"] in hopeless
        ]
        await self._session.run(
            REQUEUE_LOST(rows=[end for end in ends if end["job_id"] not in hopeless]),
            FAIL_LOST(rows=given_up),
            ADD_ATTEMPTS(rows=ends),
            ADD_DEAD_LETTERS(rows=given_up),
        )
        return LostLeases(requeued=len(ends) - len(given_up), given_up=len(given_up))

    async def take_dead_letters(self, *, lease: timedelta, batch: int) -> list[TakenDeadLetter]:
        [ids] = await self._session.run(TAKE_DEAD_LETTERS(lease=lease.total_seconds(), batch=batch))
        if not ids:
            return []
        [rows] = await self._session.run(TAKEN_DEAD_LETTERS(rows=[{"id": row["id"]} for row in ids]))
        return [_taken_dead_letter(row) for row in rows]

    async def settle_dead_letters(self, acknowledged: Sequence[TakenDeadLetter]) -> None:
        await self._session.run(
            SETTLE_DEAD_LETTERS(
                rows=[
                    {"letter_id": t.id, "taken_until": t.taken_until}
                    for t in sorted(acknowledged, key=lambda t: t.id)
                ]
            )
        )

    async def resume_all(self, *, max_lost: int) -> int:
        """Make every unfinished job due: whoever held or queued them is known to be gone. Answers how many there are.

        What was being worked on is lost without waiting for its lease, and counts: a job that kills whoever works on it is
        given up in the end.
        """
        [held] = await self._session.run(HELD())
        await self._end_lost(held, [timedelta(0)] * len(held), max_lost)
        [queued] = await self._session.run(MAKE_DUE())
        return len(held) + len(queued)

    async def until_next_due(self) -> timedelta | None:
        """How long until something is due (never negative); None when nothing ever is."""
        [[row]] = await self._session.run(NEXT_DUE())
        times = [at for at in (row["job_at"], row["letter_at"]) if at is not None]
        return max(min(times) - row["now_at"], timedelta(0)) if times else None


def _taken_dead_letter(row: Row) -> TakenDeadLetter:
    answer = json.loads(row["answer"]) if row["answer"] else {}
    event = row["job_id"] and EvaluationRequested(
        job_id=row["job_id"],
        cv_id=row["cv_id"],
        project_id=row["project_id"],
        queue=row["queue"],
        attempt=row["attempt"] or 0,
        traceparent=row["traceparent"],
    )
    return TakenDeadLetter(
        id=row["id"],
        queue=row["queue"],
        refusal=Refusal(
            row["error_code"], row["reason"], answer.get("status"), b64decode(answer.get("body", ""))
        ),
        taken_until=row["due_at"],
        event=event,
        record=record_of(row),
    )
