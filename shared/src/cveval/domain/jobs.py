"""The life of a job: queued → processing → completed | failed, and back to queued by retry, lost lease or redrive.

Every transition is one guarded UPDATE (design §4). What it answers when its guard does not hold is a value of `attempts`,
not an error.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from cveval.domain.documents import combined_hash, content_hash
from cveval.domain.evaluations import Assessment, Scores

DEFAULT_QUEUE = "evaluate:default"


class JobStatus(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


FINISHED = (JobStatus.COMPLETED, JobStatus.FAILED)


class Outcome(StrEnum):
    """How an attempt ended. Only `failed` counts against max_attempts, only `lost` against max_lost."""

    COMPLETED = "completed"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"
    LOST = "lost"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`."""

    id: str
    owner: str
    queue: str
    status: JobStatus
    cv_id: str
    project_id: str
    job_description_hash: str
    study_case_hash: str
    rubric_hash: str | None
    attempt: int
    """The fencing token: raised by every claim, never reset."""
    failures: int
    losses: int
    run_at: datetime
    """Not before."""
    due_at: datetime | None
    """When this job must next be looked at; None means never."""
    published_at: datetime | None
    first_started_at: datetime | None
    delivered_at: datetime | None
    """When the event that led to the last claim came to evaluate."""
    started_at: datetime | None
    redriven_at: datetime | None
    worker: str | None
    request_id: str | None
    traceparent: str | None
    error_code: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of `job_attempts`, written once, when the attempt ends."""

    job_id: str
    attempt: int
    worker: str
    delivered_at: datetime | None
    """When its event came; None: before migration 20261125160000."""
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """A row of `results`: the numbers, the texts and the receipt."""

    job_id: str
    attempt: int
    scores: Scores
    assessment: Assessment
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is waiting. `oldest_due` in seconds; 0 when nothing is overdue."""

    queued: dict[str, int]
    processing: dict[str, int]
    oldest_due: float
    dead_letters: dict[str, int]


# -- submit ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Submission:
    """One evaluation request, its id made beforehand. Briefs travel with it and are stored once by hash."""

    job_id: str
    owner: str
    queue: str
    cv_id: str
    project_id: str
    job_description: str
    study_case_brief: str
    rubric: str | None = None
    key: str | None = None
    """The Idempotency-Key, unquoted."""
    request_id: str | None = None
    traceparent: str | None = None
    place: str = ""
    """What its fields' names begin with in errors, where it is one of many in a request: `candidates[17].`"""

    @property
    def briefs(self) -> tuple[str, ...]:
        """Job description, study case and, if there is one, rubric."""
        texts = (self.job_description, self.study_case_brief)
        return texts if self.rubric is None else (*texts, self.rubric)

    @cached_property
    def brief_hashes(self) -> tuple[str, ...]:
        """The names of `briefs`."""
        return tuple(map(content_hash, self.briefs))

    @cached_property
    def fingerprint(self) -> str:
        """What makes two evaluation requests the same (design §5)."""
        return combined_hash([self.cv_id, self.project_id, *self.brief_hashes])

    @cached_property
    def request_hash(self) -> str:
        """What a repeated key must bring again."""
        return combined_hash([self.fingerprint, self.queue])


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that answers a submission; `was_replayed` when an earlier request had made it."""

    job_id: str
    was_replayed: bool
