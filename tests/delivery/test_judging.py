"""Row by row the table of what a consumer makes of an answer."""

from datetime import UTC, datetime, timedelta

import pytest

from cveval.delivery import LONGEST_RETRY_AFTER, Answer, Verdict, judge, read_retry_after

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "outcome", "verdict"),
    [
        (200, None, Verdict.DONE),
        (204, None, Verdict.DONE),
        (None, None, Verdict.AGAIN),
        (500, None, Verdict.AGAIN),
        (503, "unreadable", Verdict.AGAIN),
        (408, None, Verdict.AGAIN),
        (409, None, Verdict.AGAIN),
        (429, None, Verdict.AGAIN),
        (301, None, Verdict.WRONG_DEPLOYMENT),
        (401, "unreadable", Verdict.WRONG_DEPLOYMENT),
        (403, None, Verdict.WRONG_DEPLOYMENT),
        (404, None, Verdict.WRONG_DEPLOYMENT),
        (400, None, Verdict.WRONG_DEPLOYMENT),
        (400, "completed", Verdict.WRONG_DEPLOYMENT),
        (418, None, Verdict.WRONG_DEPLOYMENT),
        (400, "unreadable", Verdict.UNREADABLE),
        (413, "unreadable", Verdict.UNREADABLE),
        (415, "unreadable", Verdict.UNREADABLE),
        (422, "unreadable", Verdict.UNREADABLE),
    ],
)
def test_the_answer_decides_what_becomes_of_the_record(
    status: int | None, outcome: str | None, verdict: Verdict
) -> None:
    # Whatever its code: submit's problems have one, too.
    assert judge(Answer(status, "malformed_request", outcome=outcome)) is verdict


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("7", timedelta(seconds=7)),
        ("99999999999999", LONGEST_RETRY_AFTER),
        ("-3", None),
        ("soon", None),
        ("Thu, 01 Jan 2026 00:00:30 GMT", timedelta(seconds=30)),
        ("Wed, 31 Dec 2025 00:00:00 GMT", None),
        ("Fri, 01 Jan 2027 00:00:00 GMT", LONGEST_RETRY_AFTER),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_within_reason(
    header: str | None, wait: timedelta | None
) -> None:
    assert read_retry_after(header, NOW) == wait
