"""What a consumer makes of a function's answer (design §6), whatever the transport."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

PROBLEM = "application/problem+json"
OUTCOME_HEADER = "Cveval-Outcome"
UNREADABLE = "unreadable"
"""The outcome of an event that nobody will ever understand. Other refusals have problems with codes, too: those of submit, where
the address is wrong."""
LONGEST_RETRY_AFTER = timedelta(minutes=10)
KEPT_BODY_BYTES = 1024


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
    """The problem's `code`, if the body was a problem."""
    detail: str = ""
    """The problem's sentence."""
    retry_after: timedelta | None = None
    outcome: str | None = None
    """What evaluate says became of the event."""
    took: timedelta | None = None
    """From the request on its way to the answer's first byte, where it went over a network."""
    body: bytes = b""
    """How it began, where it was no success."""


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """What matters of an HTTP answer.

    Args:
        headers: a mapping that finds names in any case.
    """
    outcome = headers.get(OUTCOME_HEADER)
    if 200 <= status < 300:
        return Answer(status, outcome=outcome)
    code, detail = _problem(headers.get("content-type", ""), body)
    wait = read_retry_after(headers.get("retry-after"))
    return Answer(status, code, detail, wait, outcome, body=body[:KEPT_BODY_BYTES])


def _problem(content_type: str, body: bytes) -> tuple[str | None, str]:
    if content_type.partition(";")[0].strip().lower() != PROBLEM:
        return None, ""
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(problem, dict) or not isinstance(problem.get("code"), str):
        return None, ""
    return problem["code"], str(problem.get("detail", ""))


def judge(answer: Answer) -> Verdict:
    """Row by row the table of design §6."""
    status = answer.status
    if status is None or status >= 500 or status in (408, 409, 429):
        return Verdict.AGAIN
    if 200 <= status < 300:
        return Verdict.DONE
    if status in (400, 413, 415, 422) and answer.outcome == UNREADABLE:
        return Verdict.UNREADABLE
    return Verdict.WRONG_DEPLOYMENT


def read_retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """Retry-After as seconds or as a date; None when absent or senseless; at most ten minutes."""
    if header is None:
        return None
    written = header.strip()
    if written.isascii() and written.isdigit():
        return (
            LONGEST_RETRY_AFTER
            if len(written) > 9
            else min(timedelta(seconds=int(written)), LONGEST_RETRY_AFTER)
        )
    try:
        wait = parsedate_to_datetime(header) - (now or datetime.now(UTC))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(wait, LONGEST_RETRY_AFTER) if wait > timedelta(0) else None
