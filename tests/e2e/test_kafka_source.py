"""Evaluate in its container behind a bare KafkaSource: no shim, only the requests that KafkaSource makes of records (tests/delivery/test_kafka_records.py)."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from cveval.domain.events import EvaluationRequested, RawRecord
from cveval.queue.kafka.records import Source, to_delivery, to_record
from tests.e2e.stack import Stack, uploaded

SOURCE = Source("hr", "jobs")
POST = """
import base64, http.client, json, sys
headers, body = json.load(sys.stdin)
connection = http.client.HTTPConnection("evaluate", 8080, timeout=60)
connection.request("POST", "/", base64.b64decode(body), headers)
answer = connection.getresponse()
print(json.dumps([answer.status, answer.headers.get("Cveval-Outcome")]))
"""
"""Evaluate publishes no port: it is called from another container of its network."""

Headers = tuple[tuple[str, bytes | None], ...]
STRUCTURED: Headers = (("Content-Type", b"Application/CloudEvents+JSON; charset=utf-8"),)


@pytest.fixture
def without_shim(stack: Stack) -> Iterator[Stack]:
    stack.compose("stop", "shim")
    yield stack
    stack.up("shim")


def a_record(value: bytes | None, headers: Headers = ()) -> RawRecord:
    return RawRecord("evaluate.default", 3, 117, datetime.now(UTC), b"a key", value, headers)


def binary(job: str) -> RawRecord:
    """As the relay writes it, with an attribute of somebody else's."""
    event = EvaluationRequested(job, str(uuid4()), str(uuid4()), "evaluate:default")
    written = to_record(event, datetime.now(UTC))
    return a_record(written.value, (*written.headers, ("ce_subject", 'Zoë "50 %"\r\nx: 1'.encode())))


def structured(job: str) -> RawRecord:
    event = {"specversion": "1.0", "id": "1", "source": "/hr", "type": "cveval.evaluate_job.v1"}
    return a_record(json.dumps({**event, "data": {"job_id": job}}).encode(), STRUCTURED)


def answer_to(stack: Stack, record: RawRecord) -> tuple[int, str | None]:
    """Status and outcome of the request that KafkaSource makes of a record."""
    request = to_delivery(record, "evaluate:default", SOURCE)
    given = json.dumps([dict(request.headers), b64encode(request.body).decode()])
    status, outcome = json.loads(
        stack.compose("exec", "-T", "cron", "python", "-c", POST, given=given).stdout
    )
    return status, outcome


@pytest.mark.parametrize("form", [binary, structured])
def test_a_job_completes_once_by_the_requests_of_a_kafka_source_alone(
    without_shim: Stack, http: httpx.Client, form: Callable[[str], RawRecord]
) -> None:
    job = http.post("/v1/evaluate", json=uploaded(http)).json()["id"]
    assert http.get(f"/v1/result/{job}").json()["status"] == "queued"
    first = answer_to(without_shim, form(job))
    done = http.get(f"/v1/result/{job}").json()
    assert (first, done["status"]) == ((204, "completed"), "completed")
    # Kafka delivers twice, too.
    assert answer_to(without_shim, form(job)) == (204, "already_done")
    assert http.get(f"/v1/result/{job}").json() == done
    for table in ("results", "job_attempts"):
        assert without_shim.sql(f"SELECT count(*) FROM {table} WHERE job_id = '{job}'") == [["1"]]


def test_what_nobody_can_read_is_refused_for_good_and_the_job_that_it_names_stays_due(
    without_shim: Stack, http: httpx.Client
) -> None:
    job = http.post("/v1/evaluate", json=uploaded(http)).json()["id"]
    buried = without_shim.sql("SELECT count(*) FROM dead_letters")
    ours = binary(job)
    assert ours.value is not None
    malformed = {
        "plain": a_record(ours.value),
        "tombstone": a_record(None, ours.headers),
        "cut off in the middle of a character": a_record(b'{"job_id": "\xe2', ours.headers),
        "too long": a_record(b"x" * 100_000, ours.headers),
        "of an unknown type": a_record(ours.value, (*ours.headers, ("ce_type", b"x.v9"))),
        "broken": a_record(b"{", STRUCTURED),
    }
    answers = {name: answer_to(without_shim, record)[0] for name, record in malformed.items()}
    # KafkaSource never retries it: it goes to the deadLetterSink.
    assert answers == dict.fromkeys(malformed, 400)
    assert without_shim.sql("SELECT count(*) FROM dead_letters") == buried
    assert without_shim.sql(f"SELECT status, due_at IS NOT NULL FROM jobs WHERE id = '{job}'") == [
        ["queued", "t"]
    ]


def test_a_job_that_was_erased_is_no_fault_of_its_event(without_shim: Stack) -> None:
    assert answer_to(without_shim, binary(str(uuid4())))[0] == 204
