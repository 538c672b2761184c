"""What purge deletes: in batches, by indexed time, never by id.

Rows are locked first and judged afterwards, in another statement: a submit that took FOR KEY SHARE in between has committed
by then, and its job is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cveval.store.queries import Query, Session

LOOK_AHEAD = 1_000
"""Rows among which the oldest that may go is looked for."""

# -- what must stay -----------------------------------------------------------------------------------------------

# Of a job j: it is not finished, it waits for a redrive, or one of its documents is on legal hold.
_IN_USE = """(j.status IN ('queued', 'processing')
            OR EXISTS (SELECT 1 FROM dead_letters d WHERE d.job_id = j.id AND d.redriven_at IS NULL)
            OR EXISTS (SELECT 1 FROM holds h WHERE h.upload_id IN (j.cv_id, j.project_id)))"""
MAY_GO = {
    "uploads": f"""
          NOT EXISTS (SELECT 1 FROM holds h WHERE h.upload_id = t.id)
          AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.cv_id = t.id AND {_IN_USE})
          AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.project_id = t.id AND {_IN_USE})""",
    "jobs": """
          t.status IN ('completed', 'failed')
          AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.job_id = t.id AND d.redriven_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.upload_id IN (t.cv_id, t.project_id))""",
    "batches": "NOT EXISTS (SELECT 1 FROM batch_jobs m WHERE m.batch_id = t.id)",
    "dead_letters": """
          t.due_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM jobs j JOIN holds h ON h.upload_id IN (j.cv_id, j.project_id) WHERE j.id = t.job_id)""",
}

# -- the statements -----------------------------------------------------------------------------------------------

_OLDEST = """
    SELECT {key} AS id, {time} AS aged_at FROM {table} t
    WHERE {time} < {{now}} - {{seconds :age}} {more} AND ({time}, {key}) > (:after, CAST(:after_id AS {kind}))
    ORDER BY {time}, {key} LIMIT :batch {{skip_locked t}}
    """
_OVERDUE = """
    SELECT {{age_seconds n.now_at - t.aged_at}} AS seconds FROM (SELECT {{now}} AS now_at) n, (
      SELECT t.*, {time} AS aged_at FROM {table} t
      WHERE {time} < {{now}} - {{seconds :age}} {more} AND {time} > :after ORDER BY {time} LIMIT :batch
    ) t
    WHERE {may_go} ORDER BY t.aged_at LIMIT 1
    """


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table that purge walks through: its key, and the time that its retention counts from."""

    table: str
    key: str = "t.id"
    time: str = "t.created_at"
    more: str = ""
    kind: str = "{uuid}"

    def query(self, name: str, text: str) -> Query:
        may_go = MAY_GO.get(self.table, "true")
        return Query(
            f"retention.{name}_{self.table}",
            text.format(
                table=self.table, key=self.key, time=self.time, more=self.more, kind=self.kind, may_go=may_go
            ),
        )


_KINDS = (
    _Kind("uploads"),
    _Kind("jobs", time="t.updated_at", more="AND t.status IN ('completed', 'failed')"),
    _Kind("batches"),
    _Kind("dead_letters"),
    _Kind("briefs", key="t.hash", kind="text"),
)
KINDS = tuple(kind.table for kind in _KINDS)
OLDEST = {kind.table: kind.query("oldest", _OLDEST) for kind in _KINDS}
OVERDUE = {kind.table: kind.query("overdue", _OVERDUE) for kind in _KINDS}
DELETE = {
    # Attempts, results, dead letters and keys go with their job.
    table: Query(
        f"retention.delete_{table}",
        f"DELETE FROM {table} AS t WHERE t.id IN (SELECT r.id FROM {{rows id uuid}}) AND {may_go} RETURNING id",
    )
    for table, may_go in MAY_GO.items()
} | {
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
OVERDUE_KEYS = Query(
    "retention.overdue_keys",
    """
    SELECT {age_seconds n.now_at - k.expires_at} AS seconds FROM (SELECT {now} AS now_at) n, idempotency k
    WHERE k.expires_at <= {now} ORDER BY k.expires_at LIMIT 1
    """,
)


@dataclass(frozen=True, slots=True)
class Aged:
    """A row past its retention."""

    id: str
    aged_at: datetime


class Retention:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def oldest(self, kind: str, age: timedelta, batch: int, after: Aged | None) -> list[Aged]:
        """Lock the next rows of a table older than `age`, oldest first, behind `after`."""
        behind = after or _BEGINNING[kind]
        [rows] = await self._session.run(
            OLDEST[kind](age=age.total_seconds(), batch=batch, after=behind.aged_at, after_id=behind.id)
        )
        return [Aged(row["id"], row["aged_at"]) for row in rows]

    async def delete(self, kind: str, aged: Sequence[Aged]) -> int:
        """Delete those of the locked rows that nothing unfinished and no legal hold needs; answers how many."""
        [rows] = await self._session.run(DELETE[kind](rows=[{"id": a.id} for a in aged]))
        return len(rows)

    async def delete_expired_keys(self, batch: int) -> int:
        [rows] = await self._session.run(DELETE_EXPIRED_KEYS(batch=batch))
        return len(rows)

    async def overdue(self, kind: str, age: timedelta, after: Aged | None) -> timedelta:
        """How long the oldest row that may go has been past its retention; zero where none is seen behind `after`."""
        behind = after or _BEGINNING[kind]
        [rows] = await self._session.run(
            OVERDUE[kind](age=age.total_seconds(), batch=LOOK_AHEAD, after=behind.aged_at)
        )
        return timedelta(seconds=float(rows[0]["seconds"])) - age if rows else timedelta(0)

    async def overdue_keys(self) -> timedelta:
        """How long the oldest expired key has been so; zero where there is none."""
        [rows] = await self._session.run(OVERDUE_KEYS())
        return timedelta(seconds=float(rows[0]["seconds"])) if rows else timedelta(0)


_FIRST_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_BEGINNING = {
    kind: Aged("" if kind == "briefs" else "00000000-0000-0000-0000-000000000000", _FIRST_TIME)
    for kind in KINDS
}
