"""Evaluate cannot tell our consumer from Knative's: the exact request of each form of record."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest

from cveval.cloudevents import WakeUp, read_wake_up, to_http
from cveval.delivery import Verdict, judge
from cveval.domain.events import EvaluationRequested, RawRecord, Refusal
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.kafka.records import (
    MAX_HEADER_BYTES,
    Source,
    encode,
    named_job,
    to_dead_letter,
    to_delivery,
    to_record,
    to_request,
)
from cveval.store.schedule import TakenDeadLetter
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from cveval_local.delivering import deliver_to

JOB = "3f1c2a4e-5b6d-4c7e-8f90-a1b2c3d4e5f6"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EVENT = EvaluationRequested(JOB, "cv-1", "project-1", "evaluate:default", 2, "00-trace-01")
SOURCE = Source("hr", "jobs")
ALWAYS = {"prefer": "reply", "kn-namespace": "hr"}
MADE = {
    "ce-specversion": "1.0",
    "ce-type": "dev.knative.kafka.event",
    "ce-source": "/apis/v1/namespaces/hr/kafkasources/jobs#evaluate.default",
    "ce-subject": "partition:3#117",
    "ce-id": "partition:3/offset:117",
    "ce-time": "2026-01-02T03:04:05Z",
    **ALWAYS,
}
BINARY: Any = (("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_type", b"t"), ("ce_source", b"/s"))
BINARY_HTTP = {"ce-specversion": "1.0", "ce-id": "1", "ce-type": "t", "ce-source": "/s", **ALWAYS}


def a_record(*headers: tuple[str, bytes | None], **changes: Any) -> RawRecord:
    fields: dict[str, Any] = {"key": None, "value": b"v", "timestamp": AT} | changes
    return RawRecord("evaluate.default", 3, 117, headers=headers, **fields)


@pytest.mark.parametrize(
    ("record", "headers"),
    [
        pytest.param(a_record(*BINARY), BINARY_HTTP, id="binary"),
        pytest.param(
            a_record(*BINARY, ("content-type", b"application/json")),
            {**BINARY_HTTP, "content-type": "application/json"},
            id="binary with a content type",
        ),
        pytest.param(
            a_record(*BINARY, ("Content-Type", b"text/Plain")),
            {**BINARY_HTTP, "content-type": "text/Plain"},
            id="a content type's name in any case, forwarded unchanged",
        ),
        pytest.param(
            a_record(*BINARY, ("other", b"x"), key=b"k"), BINARY_HTTP, id="only attributes are forwarded"
        ),
        pytest.param(
            a_record(*BINARY, ("ce_Subject", b"x"), ("ce_null", None)),
            {**BINARY_HTTP, "ce-subject": "x"},
            id="attribute in upper case, null attribute",
        ),
        pytest.param(
            a_record(*BINARY, ("ce_subject", 'Zoë "50 %"'.encode())),
            {**BINARY_HTTP, "ce-subject": "Zo%C3%AB%20%2250%20%25%22"},
            id="non-ASCII",
        ),
        pytest.param(
            a_record(*BINARY, ("ce_subject", b"a\xe2\x82")),
            {**BINARY_HTTP, "ce-subject": "a%EF%BF%BD"},
            id="truncated UTF-8",
        ),
        pytest.param(
            a_record(*BINARY, ("ce_subject", b"a\r\nx-evil: 1")),
            {**BINARY_HTTP, "ce-subject": "a%0D%0Ax-evil:%201"},
            id="no header is smuggled by a value",
        ),
        pytest.param(
            a_record(("content-type", b"application/cloudevents+json; charset=utf-8"), key=b"k"),
            {"content-type": "application/cloudevents+json; charset=utf-8", **ALWAYS},
            id="structured",
        ),
        pytest.param(
            a_record(("CONTENT-TYPE", b"Application/CloudEvents+JSON")),
            {"content-type": "Application/CloudEvents+JSON", **ALWAYS},
            id="structured in any case",
        ),
        pytest.param(a_record(), MADE, id="plain"),
        pytest.param(
            a_record(key=b"a key"),
            {**MADE, "ce-key": "a%20key", "ce-partitionkey": "a%20key"},
            id="plain with a key",
        ),
        pytest.param(a_record(key=b""), MADE, id="plain with an empty key"),
        pytest.param(
            a_record(("Content-TYPE", b"Text/HTML")),
            {**MADE, "content-type": "text/html"},
            id="plain content type",
        ),
        pytest.param(
            a_record(("content-type", b"text/plain\r\nx-evil: 1\xff")),
            {**MADE, "content-type": "text/plainx-evil: 1"},
            id="no header is smuggled by a content type",
        ),
        pytest.param(
            a_record(("X-Odd Näme_1", b"x"), ("null", None)),
            {**MADE, "ce-kafkaheaderxoddnme1": "x"},
            id="odd header names, null header",
        ),
        pytest.param(
            a_record(*BINARY, ("ce_o d\r\nd", b"x")),
            {
                **MADE,
                "ce-kafkaheadercespecversion": "1.0",
                "ce-kafkaheaderceid": "1",
                "ce-kafkaheadercetype": "t",
                "ce-kafkaheadercesource": "/s",
                "ce-kafkaheaderceodd": "x",
            },
            id="an attribute with an odd name is no CloudEvent's",
        ),
        pytest.param(
            a_record(("ce_type", b"t")),
            {**MADE, "ce-kafkaheadercetype": "t"},
            id="without a version it is no CloudEvent",
        ),
        pytest.param(
            a_record(timestamp=AT.replace(microsecond=678000)),
            {**MADE, "ce-time": "2026-01-02T03:04:05.678Z"},
            id="milliseconds",
        ),
    ],
)
def test_a_record_becomes_exactly_the_request_that_kafkasource_makes(
    record: RawRecord, headers: dict[str, str]
) -> None:
    assert to_request(record, SOURCE) == headers


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~", "!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~"),
        (b' "%', "%20%22%25"),
        (b"\x00\x1f\x7f", "%00%1F%7F"),
        ("€😀".encode(), "%E2%82%AC%F0%9F%98%80"),
        (b"\xc0\xaf", "%EF%BF%BD%EF%BF%BD"),
    ],
)
def test_header_values_are_percent_encoded_and_overlong_utf8_is_rejected(value: bytes, written: str) -> None:
    assert encode(value) == written


@pytest.mark.parametrize(("value", "body"), [(b"\xff\x00", b"\xff\x00"), (None, b"")])
def test_the_value_is_untouched_and_null_is_no_body(value: bytes | None, body: bytes) -> None:
    assert to_delivery(a_record(value=value), "evaluate:default", SOURCE).body == body


def test_a_megabyte_of_headers_is_not_sent() -> None:
    small = to_delivery(a_record(("a", b"x" * 1000)), "evaluate:default", SOURCE)
    large = to_delivery(a_record(*((f"h{n}", b"x" * 1000) for n in range(1000))), "evaluate:default", SOURCE)
    assert small.fault is None
    assert large.fault is not None
    assert large.fault.error_code == "record_too_large"
    assert f"{MAX_HEADER_BYTES:,}" in large.fault.reason


@pytest.mark.parametrize(
    ("record", "named"),
    [
        (a_record(value=json.dumps({"job_id": JOB}).encode()), JOB),
        (a_record(value=json.dumps({"data": {"job_id": JOB.upper()}}).encode()), JOB),
        (a_record(("ce_id", f"{JOB}/3".encode()), value=b"{"), JOB),
        (a_record(key=JOB.encode(), value=None), JOB),
        (a_record(key=b"\xff", value=b"[1]"), None),
        (a_record(value=b'{"job_id": 7}'), None),
        (a_record(value=b'{"job_id": "\\ud800"}'), None),
        (a_record(value=b"[" * 100_000), None),
    ],
)
def test_the_job_that_a_record_names_is_told_as_well_as_possible(
    record: RawRecord, named: str | None
) -> None:
    assert named_job(record) == named


def test_our_own_record_is_a_cloudevent_that_evaluate_reads() -> None:
    written = to_record(EVENT, AT)
    assert (written.topic, written.key) == ("evaluate.default", JOB.encode())
    assert dict(written.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": f"{JOB}/2".encode(),
        "ce_source": b"cveval/relay",
        "ce_type": b"cveval.evaluate_job.v1",
        "ce_time": b"2026-01-02T03:04:05Z",
        "ce_traceparent": b"00-trace-01",
        "content-type": b"application/json",
    }
    delivery = to_delivery(a_record(*written.headers, value=written.value), EVENT.queue, SOURCE)
    assert read_wake_up(delivery.headers, delivery.body) == WakeUp(JOB, AT)
    assert json.loads(delivery.body) == {"job_id": JOB, "cv_id": "cv-1", "project_id": "project-1"}


@pytest.mark.parametrize("time", ["", "yesterday", "2026-01-02T03:04:05", "0001-01-01T00:00:00+14:00", "%00"])
def test_a_time_that_is_none_costs_an_event_nothing(time: str) -> None:
    headers, body = to_http(EVENT, AT)
    assert read_wake_up({**headers, "ce-time": time}, body) == WakeUp(JOB, None)


def test_a_structured_event_tells_its_time_in_its_body() -> None:
    event = {
        "specversion": "1.0",
        "type": "cveval.evaluate_job.v1",
        "time": "2026-01-02T03:04:05Z",
        "data": {"job_id": JOB},
    }
    headers = {"content-type": "application/cloudevents+json"}
    assert read_wake_up(headers, json.dumps(event).encode()) == WakeUp(JOB, AT)
    without = {**event, "time": 7}
    assert read_wake_up(headers, json.dumps(without).encode()) == WakeUp(JOB, None)


def a_letter(
    event: EvaluationRequested | None, record: RawRecord | None, refusal: Refusal
) -> TakenDeadLetter:
    return TakenDeadLetter("1", "evaluate:default", refusal, AT, event, record)


def test_a_dead_letter_is_the_original_event_with_knatives_extensions() -> None:
    refusal = Refusal("malformed_request", "…", 400, b"x" * 2000)
    original = a_record(*BINARY, key=b"k", value=b"v")
    written = to_dead_letter(a_letter(None, original, refusal), AT, "http://evaluate", SOURCE)
    assert (written.topic, written.key, written.value) == ("evaluate.default.dlq", b"k", b"v")
    headers = dict(written.headers)
    assert [(name, headers[name]) for name, _ in BINARY] == list(BINARY)
    assert headers["ce_knativeerrordest"] == b"http://evaluate"
    assert headers["ce_knativeerrorcode"] == b"400"
    assert b64decode(headers["ce_knativeerrordata"] or b"") == b"x" * 1024


def test_the_dead_letter_of_a_job_that_was_given_up_tells_why_without_a_status() -> None:
    refusal = Refusal("timeout", "5 attempts failed")
    written = to_dead_letter(a_letter(EVENT, None, refusal), AT, "http://evaluate", SOURCE)
    headers = dict(written.headers)
    assert headers["ce_id"] == f"{JOB}/2".encode()
    assert "ce_knativeerrorcode" not in headers
    told = json.loads(b64decode(headers["ce_knativeerrordata"] or b""))
    assert told == {"code": "timeout", "detail": "5 attempts failed"}


def test_the_dead_letter_of_a_plain_record_is_the_cloudevent_that_kafkasource_makes_of_it() -> None:
    record = a_record(("näme", "Zoë".encode()), key=b"a key")
    written = to_dead_letter(a_letter(None, record, Refusal("x", "y")), AT, "d", SOURCE)
    headers = dict(written.headers)
    assert headers["ce_type"] == b"dev.knative.kafka.event"
    assert headers["ce_key"] == b"a key"
    assert headers["ce_kafkaheadernme"] == "Zoë".encode()
    assert "prefer" not in headers


@pytest.mark.parametrize(
    "record",
    [
        a_record(*BINARY, key=b"k", value=b"v" * 1_040_000),
        a_record(*BINARY, ("ce_big", b"\xff" * 1_040_000), key=b"k", value=b"v"),
        a_record(key=b"k" * 1_040_000, value=b"v"),
    ],
)
def test_the_dead_letter_of_a_record_that_is_too_large_only_names_it(record: RawRecord) -> None:
    refusal = Refusal("record_too_large", "…")
    written = to_dead_letter(a_letter(None, record, refusal), AT, "d", SOURCE)
    assert (written.key, written.value) == (None, None)
    headers = dict(written.headers)
    assert headers["ce_id"] == f"partition:{record.partition}/offset:{record.offset}".encode()
    assert headers["ce_knativeerrordest"] == b"d"
    assert sum(len(name) + len(value or b"") for name, value in written.headers) < 10_000


# -- what evaluate makes of them -------------------------------------------------------------------------------------

STRUCTURED_EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "s",
    "type": "cveval.evaluate_job.v1",
    "data": {"job_id": JOB},
}
OURS = tuple(to_record(EVENT, AT).headers)
BODY = json.dumps({"job_id": JOB}).encode()


@pytest.mark.parametrize(
    ("record", "status"),
    [
        pytest.param(a_record(*OURS, value=BODY), 204, id="ours; a job that was erased is no fault"),
        pytest.param(
            a_record(
                ("content-type", b"application/cloudevents+json"), value=json.dumps(STRUCTURED_EVENT).encode()
            ),
            204,
            id="structured",
        ),
        pytest.param(a_record(value=BODY), 400, id="plain"),
        pytest.param(a_record(*OURS, value=None), 400, id="tombstone"),
        pytest.param(a_record(*OURS, value=b'{"job_id": "\xe2'), 400, id="truncated UTF-8"),
        pytest.param(a_record(*OURS, value=b"x" * 100_000), 400, id="over the limit"),
        pytest.param(a_record(*OURS, ("ce_type", b"x.v9"), value=BODY), 400, id="unknown type"),
        pytest.param(a_record(*OURS, ("ce_specversion", b"2.0"), value=BODY), 400, id="unknown version"),
        pytest.param(
            a_record(("content-type", b"application/cloudevents+json"), value=b"{"), 400, id="broken"
        ),
    ],
)
async def test_evaluate_answers_each_form_of_record(store: Store, record: RawRecord, status: int) -> None:
    evaluate = build(EvaluateSettings(), Policies(), store, Metrics())
    answer = await deliver_to(evaluate.application)(to_delivery(record, "evaluate:default", SOURCE))
    assert answer.status == status
    assert judge(answer) is (Verdict.DONE if status == 204 else Verdict.UNREADABLE)
