"""What becomes of an attempt: how a claim is answered, how an attempt ends, and whether that stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cveval.domain.evaluations import Assessment, Materials, Scores
from cveval.domain.jobs import JobStatus, Outcome


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """The lease is ours. `attempt` must accompany everything that is said about it from here on."""

    job_id: str
    attempt: int
    queue: str
    owner: str
    failures: int
    first_started_at: datetime
    started_at: datetime
    materials: Materials | None
    """None when a document is gone: then the job can only be given up."""
    request_id: str | None
    traceparent: str | None
    queued_for: timedelta
    """From run_at to this claim: the time in the queue."""


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """Completed, failed or cancelled."""

    job_id: str
    status: JobStatus


@dataclass(frozen=True, slots=True)
class HeldByAnother:
    job_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class NotDueYet:
    job_id: str
    run_at: datetime


@dataclass(frozen=True, slots=True)
class JobUnknown:
    """Erased, purged, or never ours."""

    job_id: str


ClaimAnswer = ClaimedJob | AlreadyDone | HeldByAnother | NotDueYet | JobUnknown


# -- the end of an attempt --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Completion:
    job_id: str
    attempt: int
    worker: str
    scores: Scores
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Retry:
    """Back to queued after `delay`. `outcome` says whether it counts: failed does; unavailable, interrupted do not."""

    job_id: str
    attempt: int
    worker: str
    outcome: Outcome
    delay: timedelta
    error_code: str
    error: str


@dataclass(frozen=True, slots=True)
class GivingUp:
    job_id: str
    attempt: int
    worker: str
    error_code: str
    error: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The transition stands (or stood already, with this attempt and this worker)."""

    job_id: str


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """Somebody else moved the job on; what we know of it is stale and changes nothing."""

    job_id: str


EndAnswer = Recorded | LeaseLost
