"""What is archived: written, read back, compared, and only then deleted. And what was erased: removed, until it is gone."""

import asyncio
import gzip
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cveval.domain.errors import ArchiveMismatch
from cveval.observability import Metrics
from cveval.store.archived import Tables
from cveval.store.archives import Archive, Finish, Lease, objects_of
from cveval.store.erasures import PendingErasure
from cveval.store.transaction import Store
from cveval_purge.objects import Objects

log = logging.getLogger(__name__)

FORMAT = "cveval-archive/1"
TOMBSTONES = "erasures/"
"""Erased candidates' hashes, one empty object each: a restored database learns from them."""
GRACE = timedelta(hours=1)
"""So long after an erasure its objects are looked for again: a run that was cut off may have written one in between."""
PAGE = 500


@dataclass(slots=True)
class Archived:
    """What one run has brought into the archive. `size` in bytes, compressed; `rows` deleted, by table."""

    objects: int = 0
    size: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    removed: int = 0
    """Objects removed, since their candidates were erased or their rows had changed."""
    mismatches: list[str] = field(default_factory=list)
    """Objects that were read back different from what was written."""


@dataclass(frozen=True, slots=True)
class Archiving:
    """Any number may run: each archive is one worker's at a time."""

    store: Store
    objects: Objects
    metrics: Metrics
    at_once: int
    lease: Lease

    async def settle(
        self, archives: Sequence[Archive], archived: Archived, is_out_of_time: Callable[[], bool]
    ) -> bool:
        """Finish these, several at once; False when time ran out before the last was begun.

        Raises:
            ArchiveUnavailable, StoreUnavailable: what is not finished stays pending, and the next run goes on.
        """
        waiting = iter(archives)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.at_once, len(archives))):
                    group.create_task(self._work(waiting, archived, is_out_of_time))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return next(waiting, None) is None

    async def _work(
        self, waiting: Iterator[Archive], archived: Archived, is_out_of_time: Callable[[], bool]
    ) -> None:
        while not is_out_of_time() and (archive := next(waiting, None)):
            await self._settle(archive, archived)

    async def _settle(self, archive: Archive, archived: Archived) -> None:
        rows = await self.store.transact(lambda tx: tx.archives.take(archive, self.lease))
        if rows is None:
            return
        content = await asyncio.to_thread(packed, archive, rows)
        sha256 = await asyncio.to_thread(digest, content)
        await self.objects.put(archive.object_name, content)
        read_back = await self.objects.get(archive.object_name)
        if await asyncio.to_thread(digest, read_back) != sha256:
            log.error(
                "an archive was read back different from what was written", extra={"archive": archive.id}
            )
            self.metrics.archive_mismatches.inc()
            archived.mismatches.append(archive.object_name)
            return
        end, gone = await self.store.transact(
            lambda tx: tx.archives.finish(archive, self.lease.worker, rows, len(content), sha256)
        )
        if end is Finish.DELETED:
            archived.objects += 1
            archived.size += len(content)
            archived.rows[archive.kind] = archived.rows.get(archive.kind, 0) + gone
            self.metrics.archived.inc()
            self.metrics.archived_bytes.inc(len(content))
            self.metrics.purged.labels(archive.kind).inc(gone)
        elif end is not Finish.NOT_MINE:
            await self.objects.delete(archive.object_name)
            archived.removed += 1

    async def settle_pending(self, archived: Archived, is_out_of_time: Callable[[], bool]) -> bool:
        """Finish what an earlier run began; False when time ran out."""
        after: str | None = None
        while pending := await self.store.transact(lambda tx, a=after: tx.archives.pending(a, PAGE)):  # type: ignore[misc]
            if not await self.settle(pending, archived, is_out_of_time):
                return False
            after = pending[-1].id
        return True

    async def remove_erased(self, archived: Archived, is_out_of_time: Callable[[], bool]) -> bool:
        """Remove the objects of erased candidates, and of archives whose rows had changed; False when time ran out."""
        last = ""
        while erased := await self.store.transact(lambda tx, a=last: tx.erasures.pending(GRACE, a, PAGE)):  # type: ignore[misc]
            for erasure in erased:
                if is_out_of_time() or not await self._remove(erasure, archived, is_out_of_time):
                    return False
            last = erased[-1].candidate_hash
        after: str | None = None
        while doomed := await self.store.transact(lambda tx, a=after: tx.archives.doomed(GRACE, a, PAGE)):  # type: ignore[misc]
            for archive, _ in doomed:
                if is_out_of_time():
                    return False
                await self.objects.delete(archive.object_name)
            old = [archive.id for archive, is_old in doomed if is_old]
            await self.store.transact(lambda tx, ids=old: tx.archives.forget(ids))  # type: ignore[misc]
            after = doomed[-1][0].id
        return True

    async def _remove(
        self, erasure: PendingErasure, archived: Archived, is_out_of_time: Callable[[], bool]
    ) -> bool:
        """Remove a candidate's objects; False when time ran out before the last."""
        await self.objects.put(f"{TOMBSTONES}{erasure.candidate_hash}", b"")
        async for name in self.objects.names(objects_of(erasure.cv_id)):
            if is_out_of_time():
                return False
            await self.objects.delete(name)
            archived.removed += 1
        if erasure.is_old:
            await self.store.transact(lambda tx: tx.erasures.settle([erasure.cv_id]))
        return True

    async def read(self, archive: Archive) -> dict[str, Any]:
        """The document in a verified archive: `cv_id`, `kind`, `tables`, …

        Raises:
            ArchiveUnavailable, ArchiveMismatch: the object is not what was verified.
        """
        content = await self.objects.get(archive.object_name)
        if await asyncio.to_thread(digest, content) != archive.sha256:
            raise ArchiveMismatch(
                f"{archive.object_name} is not what was once verified: it was changed or damaged"
            )
        return await asyncio.to_thread(unpacked, content)


def packed(archive: Archive, rows: Tables) -> bytes:
    """The object: the same rows make the same bytes. Takes milliseconds a megabyte: not for the event loop."""
    document = {
        "format": FORMAT,
        "archive_id": archive.id,
        "cv_id": archive.cv_id,
        "owner": archive.owner,
        "kind": archive.kind,
        "tables": rows,
    }
    return gzip.compress(json.dumps(document, ensure_ascii=False).encode(), mtime=0)


def unpacked(content: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(content))
    return document


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
