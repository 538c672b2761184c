"""API keys, of which only the sha256 is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cveval.domain.errors import ApiKeyNotFound
from cveval.store.queries import Query, Session

ADD = Query(
    "api_keys.add",
    """
    INSERT INTO api_keys (id, owner, label, sha256, created_at) VALUES (:id, :owner, :label, :sha256, {now})
    ON CONFLICT (id) DO NOTHING
    """,
)
OWNER = Query("api_keys.owner", "SELECT owner FROM api_keys WHERE sha256 = :sha256 AND revoked_at IS NULL")
ANY = Query("api_keys.any", "SELECT EXISTS (SELECT 1 FROM api_keys) AS present")
LIST = Query(
    "api_keys.list", "SELECT id, owner, label, created_at, revoked_at FROM api_keys ORDER BY created_at, id"
)
REVOKE = Query(
    "api_keys.revoke",
    "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, {now}) WHERE id = :id RETURNING id",
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    owner: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


def key_hash(secret: str) -> str:
    """What is stored of a key. The secret has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKeys:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, key_id: str, owner: str, label: str, secret: str) -> None:
        await self._session.run(ADD(id=key_id, owner=owner, label=label, sha256=key_hash(secret)))

    async def find_owner(self, secret: str) -> str | None:
        """Whose key this is, unless it is unknown or revoked."""
        [rows] = await self._session.run(OWNER(sha256=key_hash(secret)))
        return rows[0]["owner"] if rows else None

    async def exist(self) -> bool:
        """Whether a key was ever made: revoking the last one must not open the door."""
        [[row]] = await self._session.run(ANY())
        return bool(row["present"])

    async def every(self) -> list[ApiKey]:
        [rows] = await self._session.run(LIST())
        return [ApiKey(**row) for row in rows]

    async def revoke(self, key_id: str) -> None:
        """Put a key out of force; caches follow within 10 s.

        Raises:
            ApiKeyNotFound
        """
        [rows] = await self._session.run(REVOKE(id=key_id))
        if not rows:
            raise ApiKeyNotFound(f"there is no API key {key_id}: `cveval keys list` shows them")
