"""What submit is for: store documents, accept evaluation requests, tell results."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cveval.domain.documents import Extracted, Extractor, Upload, UploadType, combined_hash, new_id
from cveval.domain.errors import CvevalError, IdempotencyKeyReused, LockTimeout, RequestInProgress
from cveval.domain.jobs import FINISHED, Accepted, Job, JobStatus, Result, Submission
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.store.hinting import Hinting
from cveval.store.shared_commit import SharedCommit
from cveval.store.submissions import names_of
from cveval.store.submitting import submit
from cveval.store.transaction import Store, Transaction
from cveval_submit.polling import LongPoll
from cveval_submit.room import Room

BATCH_PATIENCE = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Part:
    """One document as it was sent. The filename is only kept, never believed."""

    name: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Upload ids by type (`cv`, `project`), and what extraction noticed."""

    ids: Mapping[str, str]
    warnings: tuple[str, ...]
    was_replayed: bool


@dataclass(frozen=True, slots=True)
class StoreDocuments:
    """Extract documents and store them, once for each Idempotency-Key."""

    store: Store
    extractor: Extractor
    policies: Policies

    async def __call__(self, owner: str, key: str | None, parts: Mapping[str, Part]) -> Uploaded:
        """Store what was sent.

        Raises:
            UnsupportedDocument, UnreadableDocument: of the first part that cannot be read; nothing is stored.
            IdempotencyKeyReused, RequestInProgress, ExtractionUnavailable, StoreUnavailable
        """
        request_hash = _hash_of(parts)
        if key is not None:
            earlier = await self.store.transact(lambda tx: self._earlier(tx, owner, key, request_hash))
            if earlier is not None:
                return earlier
        extracted = await self._extract(parts, owner)
        uploads = [_upload(owner, parts[name], extracted[name]) for name in parts]
        try:
            return await self.store.transact(lambda tx: self._add(tx, owner, key, request_hash, uploads))
        except LockTimeout:
            if key is None:
                raise
            raise in_progress() from None

    async def _extract(self, parts: Mapping[str, Part], owner: str) -> dict[str, Extracted]:
        texts = await asyncio.gather(
            *(self.extractor.extract(part.content, field=name, owner=owner) for name, part in parts.items()),
            return_exceptions=True,
        )
        for text in texts:
            if isinstance(text, BaseException):
                raise text
        return {name: text for name, text in zip(parts, texts, strict=True) if isinstance(text, Extracted)}

    async def _add(
        self, tx: Transaction, owner: str, key: str | None, request_hash: str, uploads: Sequence[Upload]
    ) -> Uploaded:
        ids = {upload.type.value: upload.id for upload in uploads}
        if key is not None and not await tx.idempotency.add(
            owner, key, request_hash, ids, self.policies.key_retention
        ):
            stored = await tx.idempotency.find(owner, key)
            # A row with my own ids is mine: the commit before this one stood.
            if stored is None or stored.answer != ids:
                earlier = await self._earlier(tx, owner, key, request_hash)
                if earlier is None:
                    raise in_progress()
                return earlier
        await tx.uploads.add(*uploads)
        return Uploaded(ids, _warnings(uploads), was_replayed=False)

    async def _earlier(self, tx: Transaction, owner: str, key: str, request_hash: str) -> Uploaded | None:
        """The answer that the key has already, if its documents are still there."""
        stored = await tx.idempotency.find(owner, key)
        if stored is None:
            return None
        if stored.request_hash != request_hash:
            raise IdempotencyKeyReused(
                "this Idempotency-Key was used for other documents: use a new key for a new upload",
                field="Idempotency-Key",
            )
        uploads = [await tx.uploads.find(upload_id, owner) for upload_id in stored.answer.values()]
        there = [upload for upload in uploads if upload is not None]
        if len(there) < len(uploads):
            await tx.idempotency.forget(owner, key)
            return None
        return Uploaded(stored.answer, _warnings(there), was_replayed=True)


def _hash_of(parts: Mapping[str, Part]) -> str:
    """Part names and contents; a filename is no part of the request's identity."""
    return combined_hash(
        text for name in sorted(parts) for text in (name, hashlib.sha256(parts[name].content).hexdigest())
    )


def _upload(owner: str, part: Part, extracted: Extracted) -> Upload:
    return Upload(
        id=new_id(),
        owner=owner,
        type=UploadType(part.name),
        text=extracted.text,
        filename=part.filename,
        mime=extracted.mime,
        size=len(part.content),
        sha256=hashlib.sha256(part.content).hexdigest(),
        warnings=extracted.warnings,
    )


def _warnings(uploads: Sequence[Upload]) -> tuple[str, ...]:
    return tuple(f"{upload.type}: {warning}" for upload in uploads for warning in upload.warnings)


def in_progress() -> RequestInProgress:
    """What a request hears whose key another one holds for longer than it may wait."""
    return RequestInProgress(
        "another request with this Idempotency-Key is being decided: ask again in a second"
    )


class SubmitEvaluation:
    """Accept evaluation requests; those that arrive together share a transaction."""

    def __init__(self, store: Store, policies: Policies, metrics: Metrics, *, quota: int) -> None:
        self._store = store
        self._policies = policies
        self._metrics = metrics
        self._quota = quota
        self.room = Room()
        self._hint = Hinting(store)
        self._add: SharedCommit[Submission, Accepted] = SharedCommit("submit", self._run, names_of, metrics)

    async def __call__(self, submission: Submission) -> Accepted:
        """Make a job, or find the one that an earlier request made.

        Raises:
            UploadNotFound, WrongUploadType, QuotaExceeded, IdempotencyKeyReused, RequestInProgress, StoreUnavailable
        """
        try:
            accepted = await self._add(submission)
        except LockTimeout:
            if submission.key is None:
                raise
            raise in_progress() from None
        if accepted.was_replayed:
            self._metrics.replays.inc()
        else:
            self._metrics.accepted.inc()
            self._hint()
        return accepted

    async def _run(self, submissions: Sequence[Submission]) -> Sequence[Accepted | CvevalError]:
        added = await submit(
            self._store,
            submissions,
            key_retention=self._policies.key_retention,
            quota=self._quota,
            has_room=self.room.take(s.owner for s in submissions),
            # Neighbours do not wait long for one of them: then everybody runs alone.
            patience=BATCH_PATIENCE if len(submissions) > 1 else None,
        )
        self.room.note(added.room)
        return added.answers

    async def aclose(self) -> None:
        await self._add.aclose()
        await self._hint.aclose()


@dataclass(frozen=True, slots=True)
class AwaitResult:
    """Tell a job's result, waiting for it a while if asked to."""

    store: Store
    poll: LongPoll = field(default_factory=LongPoll)

    async def __call__(self, owner: str, job_id: str, wait: float) -> tuple[Job, Result | None]:
        """The job and, once completed, its result; after `wait` seconds however it is then.

        Raises:
            JobNotFound, StoreUnavailable
        """

        async def look() -> tuple[Job, Result | None]:
            return await self.store.transact(lambda tx: self._look(tx, owner, job_id))

        return await self.poll(look, lambda seen: seen[0].status in FINISHED, wait)

    async def _look(self, tx: Transaction, owner: str, job_id: str) -> tuple[Job, Result | None]:
        job = await tx.jobs.get(job_id, owner)
        result = await tx.results.find(job_id) if job.status is JobStatus.COMPLETED else None
        return job, result
