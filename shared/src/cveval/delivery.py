"""What a consumer makes of a function's answer (design §6), whatever the transport."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

LONGEST_RETRY_AFTER = timedelta(minutes=10)


class Verdict(Enum):
    DONE = "done"
    AGAIN = "again"
    """Later: the function, or what it needs, is busy or away."""
    WRONG_DEPLOYMENT = "wrong_deployment"
    """The address, the credentials or the function is wrong, not the record: stop and be loud; never a dead letter."""
    UNREADABLE = "unreadable"
    """The record will never be understood: a dead letter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A function's answer: `status` None when there was none (refused, reset, timed out)."""

    status: int | None
    code: str | None = None
    """Our problem `code`, if the body was one of our problems."""
    retry_after: timedelta | None = None


def judge(answer: Answer) -> Verdict:
    """Row by row the table of design §6."""
    status = answer.status
    if status is None or status >= 500 or status in (408, 409, 429):
        return Verdict.AGAIN
    if 200 <= status < 300:
        return Verdict.DONE
    if status in (400, 413, 415, 422) and answer.code is not None:
        return Verdict.UNREADABLE
    return Verdict.WRONG_DEPLOYMENT


def read_retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """Retry-After as seconds or as a date; None when absent or senseless; at most ten minutes."""
    if header is None:
        return None
    if header.strip().isdigit():
        return min(timedelta(seconds=int(header.strip()[:9])), LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(header) - (now or datetime.now(UTC))
    except (ValueError, TypeError):
        return None
    return min(wait, LONGEST_RETRY_AFTER) if wait > timedelta(0) else None
