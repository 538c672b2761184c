"""What travels on the queue. Dropping an event that names a job is always safe: Postgres remembers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

EVALUATION_REQUESTED = "cveval.evaluate_job.v1"
EVENT_SOURCE = "cveval/relay"


@dataclass(frozen=True, slots=True)
class EvaluationRequested:
    """v1: a queued job is due. `attempt` is the job's attempt when it was published."""

    job_id: str
    cv_id: str
    project_id: str
    queue: str
    attempt: int = 0
    traceparent: str | None = None

    @property
    def id(self) -> str:
        """The CloudEvent's id: the same wake-up published twice carries the same id."""
        return f"{self.job_id}/{self.attempt}"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as it lies on a topic, whatever is in it."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def sha256(self) -> str:
        """Of everything that its producer wrote: after a topic was made anew, its offsets mean other records."""
        digest = hashlib.sha256()
        for part in (self.key, self.value, *(part for n, v in self.headers for part in (n.encode(), v))):
            digest.update(b"-" if part is None else b"%d:" % len(part) + part)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record is a dead letter. `status` and `body` are the function's answer, if it was asked."""

    error_code: str
    reason: str
    status: int | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """What was delivered and will never be understood. Its id is made before the transaction."""

    id: str
    queue: str
    job_id: str | None
    """The job that it names; if that is still queued, it fails with the record."""
    record: RawRecord | None
    """None where the transport keeps no records."""
    refusal: Refusal
