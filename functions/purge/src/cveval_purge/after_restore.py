"""A database that was restored from a backup is behind the world: what must be done before it serves again."""

from dataclasses import dataclass, field

from cveval.domain.documents import content_hash
from cveval.domain.errors import CandidateNotFound, CandidateOnHold
from cveval.domain.policies import Policies
from cveval.store.transaction import Store
from cveval_purge.archiving import PAGE, TOMBSTONES, Archiving


@dataclass(slots=True)
class AfterRestore:
    """`on_hold`: erased candidates whom a hold of the backup's time protects; lift it, and run this again."""

    erased: int = 0
    on_hold: list[str] = field(default_factory=list)
    unfinished: int = 0
    """Jobs that were made due: no queue and no worker knows of them any more."""


async def after_restore(store: Store, policies: Policies, archiving: Archiving | None) -> AfterRestore:
    """Apply every erasure again, those that the archive remembers included, and make unfinished jobs due. May run twice.

    Raises:
        ArchiveUnavailable: nobody knows who was erased since the backup; run it again before serving.
    """
    done = AfterRestore()
    if archiving is not None:
        await _remember_tombstones(store, archiving)
    last = "00000000-0000-0000-0000-000000000000"
    while page := await store.transact(lambda tx, after=last: tx.erasures.candidates(after, PAGE)):  # type: ignore[misc]
        hashes = {content_hash(cv_id): (cv_id, owner) for cv_id, owner in page}
        for erased in await store.transact(lambda tx, h=hashes: tx.erasures.are_known(h)):  # type: ignore[misc]
            await _erase(store, *hashes[erased], done)
        last = page[-1][0]
    done.unfinished = await store.transact(lambda tx: tx.schedule.resume_all(max_lost=policies.max_lost))
    return done


async def _remember_tombstones(store: Store, archiving: Archiving) -> None:
    hashes: list[str] = []
    async for name in archiving.objects.names(TOMBSTONES):
        hashes.append(name.removeprefix(TOMBSTONES))
        if len(hashes) == PAGE:
            await store.transact(lambda tx, h=tuple(hashes): tx.erasures.remember(h))  # type: ignore[misc]
            hashes.clear()
    await store.transact(lambda tx: tx.erasures.remember(hashes))


async def _erase(store: Store, cv_id: str, owner: str, done: AfterRestore) -> None:
    try:
        await store.transact(lambda tx: tx.erasures.erase(cv_id, owner))
    except CandidateOnHold:
        done.on_hold.append(cv_id)
    except CandidateNotFound:
        pass  # a report that jobs use goes with their candidates
    else:
        done.erased += 1
