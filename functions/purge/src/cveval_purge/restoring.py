"""What was archived of a candidate comes back, with its ids."""

from dataclasses import dataclass

from cveval.domain.documents import content_hash
from cveval.domain.errors import CandidateErased
from cveval.store.archives import Archive, merged
from cveval.store.transaction import Store, Transaction
from cveval_purge.archiving import Archiving

HOLD = "restored from the archive: remove this hold to let it age again"


@dataclass(frozen=True, slots=True)
class Restored:
    """How many rows came back, by table."""

    rows: dict[str, int]


async def restore(store: Store, archiving: Archiving, cv_id: str) -> Restored:
    """Write everything that is archived of a candidate back, all or none, and hold it: it is past its retention.

    Its objects stay where they are.

    Raises:
        ArchiveNotFound, CandidateErased, RestoreConflict: nothing was restored.
        ArchiveUnavailable, ArchiveMismatch: an object cannot be read, or was changed.
    """
    archives = await store.transact(lambda tx: _verified(tx, cv_id))
    tables = merged([(await archiving.read(archive))["tables"] for archive in archives])

    async def write(tx: Transaction) -> None:
        # Erasure locks the archives, too: it came before, and is seen, or comes later, and sees the hold.
        await _verified(tx, cv_id)
        await tx.archives.restore(tables)
        await tx.holds.add(cv_id, HOLD)

    await store.transact(write)
    return Restored({table: len(rows) for table, rows in tables.items()})


async def _verified(tx: Transaction, cv_id: str) -> list[Archive]:
    if await tx.erasures.are_known([content_hash(cv_id)]):
        raise CandidateErased(f"candidate {cv_id} was erased: nothing brings it back")
    return await tx.archives.of_candidate(cv_id)
