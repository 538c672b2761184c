"""When the database was last looked after, and how that went: what every program shows at /metrics."""

import json
from datetime import timedelta
from typing import Any

from cveval.domain.maintenance import Done
from cveval.store.queries import Query, Session

RECORD = Query(
    "maintenance.record",
    """
    INSERT INTO maintenance (task, done_at, facts) VALUES (:task, {now}, CAST(:facts AS {json}))
    ON CONFLICT (task) DO UPDATE SET done_at = excluded.done_at, facts = excluded.facts
    """,
)
READ = Query(
    "maintenance.read",
    "SELECT m.task, {age_seconds n.now_at - m.done_at} AS age, m.facts FROM maintenance m, (SELECT {now} AS now_at) n",
)


class Maintenance:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def record(self, task: str, facts: dict[str, Any]) -> None:
        await self._session.run(RECORD(task=task, facts=facts))

    async def last(self) -> dict[str, Done]:
        """By task: `purge`, `backup`, `backup_verify`."""
        [rows] = await self._session.run(READ())
        return {
            row["task"]: Done(timedelta(seconds=float(row["age"])), json.loads(row["facts"])) for row in rows
        }
