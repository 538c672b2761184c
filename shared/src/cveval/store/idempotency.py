"""Keys of uploads. (Keys of evaluation requests are written with their jobs, in `submissions`.)"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cveval.store.queries import Query, Session

FIND = Query(
    "idempotency.find",
    """
    SELECT request_hash, answer FROM idempotency
    WHERE owner = :owner AND scope = 'upload:key' AND key = :key AND expires_at > {now}
    """,
)
ADD = Query(
    "idempotency.add",
    """
    INSERT INTO idempotency (owner, scope, key, request_hash, answer, expires_at)
    VALUES (:owner, 'upload:key', :key, :request_hash, CAST(:answer AS {json}), {now} + {seconds :retention})
    ON CONFLICT (owner, scope, key) DO UPDATE SET
      request_hash = excluded.request_hash, answer = excluded.answer, expires_at = excluded.expires_at
    WHERE idempotency.expires_at <= {now} -- expired rows are taken over, others win
    RETURNING key
    """,
)
FORGET = Query(
    "idempotency.forget",
    "DELETE FROM idempotency WHERE owner = :owner AND scope = 'upload:key' AND key = :key",
)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    request_hash: str
    answer: Mapping[str, str]


class Idempotency:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, owner: str, key: str) -> StoredAnswer | None:
        [rows] = await self._session.run(FIND(owner=owner, key=key))
        return StoredAnswer(rows[0]["request_hash"], json.loads(rows[0]["answer"])) if rows else None

    async def add(
        self, owner: str, key: str, request_hash: str, answer: Mapping[str, str], retention: timedelta
    ) -> bool:
        """Keep the answer under the key; False when another request holds the key (waits for its commit)."""
        [rows] = await self._session.run(
            ADD(
                owner=owner,
                key=key,
                request_hash=request_hash,
                answer=dict(answer),
                retention=retention.total_seconds(),
            )
        )
        return bool(rows)

    async def forget(self, owner: str, key: str) -> None:
        """Drop a key whose documents are gone, so that the upload can be made again."""
        await self._session.run(FORGET(owner=owner, key=key))
