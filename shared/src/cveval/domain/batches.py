"""Batches: many candidates against one job, and their ranking. Each candidate of a batch is an ordinary job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from cveval.domain.documents import combined_hash
from cveval.domain.jobs import FINISHED, JobStatus, Submission

LARGEST_BATCH = 500
INCOMPARABLE = ("cv: not_english: ", "job_description: not_english: ")
"""How the warnings begin that a match rate says too little to stand among others."""
Numbers = TypeVar("Numbers")


@dataclass(frozen=True, slots=True)
class Batch:
    """Evaluation requests that are accepted together or not at all, their ids made beforehand."""

    id: str
    owner: str
    submissions: tuple[Submission, ...]
    """One a candidate, in the order of the request, none with a key of its own."""
    key: str | None = None
    """The Idempotency-Key, unquoted: of the whole."""

    @property
    def job_ids(self) -> tuple[str, ...]:
        return tuple(s.job_id for s in self.submissions)

    @property
    def request_hash(self) -> str:
        """What a repeated key must bring again: the same candidates in the same order, against the same job."""
        return combined_hash(s.request_hash for s in self.submissions)


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """The batch that answers a request; `was_replayed` when an earlier request had made it."""

    batch_id: str
    job_ids: Sequence[str]
    """In the order of the request, without those that were erased or purged since."""
    was_replayed: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate of a batch, and how its job stands."""

    job_id: str
    cv_id: str
    project_id: str
    status: JobStatus
    numbers: tuple[Decimal, Decimal] | None
    """cv_match_rate and project_score, once completed."""
    unranked: str | None
    """Why these must not be compared with others."""
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Standings:
    """A batch as it is now; `candidates` in the order of the request."""

    batch_id: str
    candidates: tuple[Candidate, ...]

    @property
    def is_finished(self) -> bool:
        """Nothing of it will change by itself."""
        return all(candidate.status in FINISHED for candidate in self.candidates)

    def count(self, status: JobStatus) -> int:
        return sum(candidate.status is status for candidate in self.candidates)

    def ranking(self) -> list[tuple[int | None, Candidate]]:
        """Completed ones by their numbers, the match rate first; then, without a rank, those not to be compared, unfinished and failed ones.

        Equal numbers share a rank (1, 1, 3). What is equal stays in the order of the request.
        """
        completed = [c for c in self.candidates if c.numbers is not None]
        compared = [c for c in completed if c.unranked is None]
        compared.sort(key=lambda c: c.numbers or (), reverse=True)
        ranks = shared_ranks(c.numbers for c in compared)
        others = [c for c in completed if c.unranked is not None]
        unfinished = [c for c in self.candidates if c.status not in FINISHED]
        failed = [c for c in self.candidates if c.status is JobStatus.FAILED]
        return [
            *((ranks[c.numbers], c) for c in compared),
            *((None, c) for c in (*others, *unfinished, *failed)),
        ]


def why_unranked(warnings: Iterable[str]) -> str | None:
    """The warning for whose sake a result must not be compared with others; None where it may be."""
    return next((warning for warning in warnings if warning.startswith(INCOMPARABLE)), None)


def shared_ranks(in_order: Iterable[Numbers]) -> dict[Numbers, int]:
    """The rank of each, where equals share one: 1, 1, 3."""
    ranks: dict[Numbers, int] = {}
    for rank, numbers in enumerate(in_order, 1):
        ranks.setdefault(numbers, rank)
    return ranks
