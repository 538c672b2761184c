"""Every error that cveval raises on purpose. What is not here is a bug: not caught, logged once at the edge, 500.

A new error: subclass the family that says what the caller can do, give it a `code` (stable; clients switch on it) and, if
HTTP answers something else than the family's default, a `status`. Add a line to docs/reference/errors.md.
"""

from datetime import timedelta
from typing import ClassVar


class CvevalError(Exception):
    """The root. `str(error)` is a sentence for people; `code` is for programs; neither holds document text."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        """The part or field of the request that is at fault, if one is."""


class RejectedError(CvevalError):
    """The caller must change the request. Never retried."""

    code = "rejected"
    status = 422


class TransientError(CvevalError):
    """The same call may work later."""

    code = "unavailable"
    status = 503

    def __init__(
        self, message: str, *, retry_after: timedelta = timedelta(seconds=1), field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.retry_after = retry_after


class PermanentError(CvevalError):
    """Trying again cannot help: the job is given up and becomes a dead letter."""

    code = "permanent_failure"


class ConfigurationError(CvevalError):
    """Found before serving; the process exits with a message that names the setting."""

    code = "configuration"


class BackupFailed(CvevalError):
    """A backup could not be made or restored; the message tells which step and what the client said."""

    code = "backup_failed"


class BackupDamaged(CvevalError):
    """A backup is not what was written, or does not restore to what was dumped: it is none. Make another, keep older ones."""

    code = "backup_damaged"


# -- rejected: requests -------------------------------------------------------------------------------------------


class InvalidRequest(RejectedError):
    """The request's form is wrong: types, missing parts, unknown fields, limits."""

    code = "invalid_request"


class MalformedRequest(RejectedError):
    """The body cannot be read at all: broken JSON, broken multipart, an unreadable event."""

    code = "malformed_request"
    status = 400


class UnreadableEvent(MalformedRequest):
    """An event that nobody will ever understand; its answer says so, and no other refusal makes a dead letter of a record."""


class UploadNotFound(RejectedError):
    code = "upload_not_found"
    status = 404


class WrongUploadType(RejectedError):
    """A CV where a project report belongs, or the reverse."""

    code = "wrong_upload_type"


class JobNotFound(RejectedError):
    code = "job_not_found"
    status = 404


class BatchNotFound(RejectedError):
    code = "batch_not_found"
    status = 404


class CandidateNotFound(RejectedError):
    code = "candidate_not_found"
    status = 404


class CandidateOnHold(RejectedError):
    """The candidate is on legal hold: nothing was erased until an operator lifts it."""

    code = "candidate_on_hold"
    status = 409


class CandidateErased(RejectedError):
    """Erased for good: neither an archive nor a backup brings this candidate back."""

    code = "candidate_erased"
    status = 409


class HoldNotFound(RejectedError):
    code = "hold_not_found"
    status = 404


class ArchiveNotFound(RejectedError):
    """Nothing of this candidate is in the archive."""

    code = "archive_not_found"
    status = 404


class RestoreConflict(RejectedError):
    """What is to be restored exists already; nothing was restored."""

    code = "restore_conflict"
    status = 409


class JobAlreadyFinished(RejectedError):
    """A finished job cannot be cancelled."""

    code = "job_already_finished"
    status = 409


class NotRedrivable(RejectedError):
    """A named job that did not fail, or that could only fail again."""

    code = "not_redrivable"


class IdempotencyKeyReused(RejectedError):
    """The key was used before for another request."""

    code = "idempotency_key_reused"


class RequestInProgress(RejectedError):
    """Another request with the same key is still being decided; ask again."""

    code = "request_in_progress"
    status = 409


class QuotaExceeded(RejectedError):
    """The owner has as many unfinished jobs as allowed."""

    code = "quota_exceeded"
    status = 429


class RateLimited(RejectedError):
    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unauthorized(RejectedError):
    code = "unauthorized"
    status = 401


class NotFound(RejectedError):
    """No such path."""

    code = "not_found"
    status = 404


class UnsupportedMediaType(RejectedError):
    """The request's Content-Type is not the one that this path reads."""

    code = "unsupported_media_type"
    status = 415


class RequestTooLarge(RejectedError):
    """The body as a whole is over its limit."""

    code = "request_too_large"
    status = 413


class MethodNotAllowed(RejectedError):
    code = "method_not_allowed"
    status = 405

    def __init__(self, message: str, *, allowed: frozenset[str]) -> None:
        super().__init__(message)
        self.allowed = allowed


class ApiKeyNotFound(RejectedError):
    code = "api_key_not_found"
    status = 404


# -- rejected: documents ------------------------------------------------------------------------------------------


class DocumentTooLarge(RejectedError):
    code = "document_too_large"
    status = 413


class UnsupportedDocument(RejectedError):
    """Neither PDF nor DOCX nor text, judged by content."""

    code = "unsupported_document"
    status = 415


class UnreadableDocument(RejectedError):
    """The type is right, but there is no text to be had: encrypted, truncated, image only, empty, over a limit."""

    code = "unreadable_document"


# -- transient ----------------------------------------------------------------------------------------------------


class StoreUnavailable(TransientError):
    """The database cannot be reached, timed out, or has no connection to spare."""

    code = "store_unavailable"


class CommitUnknown(StoreUnavailable):
    """The connection died during COMMIT: the transaction may or may not stand. Running it again finds out."""

    code = "commit_unknown"


class TransactionConflict(TransientError):
    """Deadlock or serialisation failure: surely rolled back, worth running again."""

    code = "transaction_conflict"


class LockTimeout(TransientError):
    """Another transaction held a row for longer than the lock timeout."""

    code = "lock_timeout"


class ShuttingDown(TransientError):
    """This instance is going down; another one will answer."""

    code = "shutting_down"


class ExtractionUnavailable(TransientError):
    """The extraction process could not be started; the document is not at fault."""

    code = "extraction_unavailable"


class QueueUnavailable(TransientError):
    """The broker did not take the record; the job stays due."""

    code = "queue_unavailable"


class ArchiveUnavailable(TransientError):
    """The archive's storage cannot be reached or refuses: down, full, no such bucket, wrong credentials. Nothing was deleted."""

    code = "archive_unavailable"


class ArchiveMismatch(TransientError):
    """What was read back from the archive is not what was written to it. Nothing of it was deleted."""

    code = "archive_mismatch"


class EvaluatorBusy(TransientError):
    """This instance holds as many jobs as it may."""

    code = "evaluator_busy"
    status = 429


class UpstreamUnavailable(TransientError):
    """What an evaluator needs (LLM, retrieval) is down or overloaded. Does not count against max_attempts."""

    code = "upstream_unavailable"


# -- an attempt that failed -----------------------------------------------------------------------------------------


class AttemptFailed(CvevalError):
    """This attempt failed and the next may not; counts against max_attempts."""

    code = "attempt_failed"


class EvaluationTimedOut(AttemptFailed):
    code = "timeout"


class InvalidRating(AttemptFailed):
    """An evaluator gave a rating that is missing, no integer or outside 1…5: never clamped, never invented."""

    code = "invalid_rating"
