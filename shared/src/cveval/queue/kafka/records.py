"""Records and events: how a wake-up is written, and the HTTP request that a record becomes.

The request is exactly the one that Knative's KafkaSource makes, so that evaluate cannot tell one from the other.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote
from uuid import UUID

from cveval.cloudevents import STRUCTURED, rfc3339, to_http
from cveval.domain.events import EvaluationRequested, RawRecord, Refusal
from cveval.queue.transport import Delivery
from cveval.store.schedule import TakenDeadLetter

DEAD_LETTERS = ".dlq"
CE = "ce_"
KAFKA_EVENT = "dev.knative.kafka.event"
KEPT_ERROR_BYTES = 1024
MAX_HEADER_BYTES = 32_000
"""Servers refuse requests with more in words of their own, which would look like a wrong deployment."""
MOST_LETTER_BYTES = 900_000
"""Clients and brokers take a million by default."""

LATEST_MS = 253_402_300_799_999  # the year 9999

Headers = list[tuple[str, bytes | None]]

# U+0021 to U+007E without `"` and `%`; letters, digits and `_.-~` are never encoded by `quote`.
_PLAIN = "!#$&'()*+,/:;<=>?@[\\]^`{|}"
_ATTRIBUTE = re.compile(r"ce_[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Source:
    """What KafkaSource would be called."""

    namespace: str = "default"
    name: str = "cveval"


@dataclass(frozen=True, slots=True)
class Written:
    """A record before it has a place."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def topic_of(queue: str) -> str:
    """`evaluate:default` → `evaluate.default`: a topic's name holds no colon."""
    return queue.replace(":", ".")


# -- writing ---------------------------------------------------------------------------------------------------------


def to_record(event: EvaluationRequested, now: datetime) -> Written:
    """A wake-up as a CloudEvent in Kafka's binary form."""
    http_headers, body = to_http(event, now)
    headers: Headers = [(name.replace("ce-", CE), value.encode()) for name, value in http_headers.items()]
    return Written(topic_of(event.queue), event.job_id.encode(), body, headers)


def to_dead_letter(letter: TakenDeadLetter, now: datetime, destination: str, source: Source) -> Written:
    """The original event with Knative's three extensions; what was no CloudEvent is the one that KafkaSource makes of it."""
    topic = topic_of(letter.queue) + DEAD_LETTERS
    extensions = _extensions(letter.refusal, destination or f"urn:cveval:{letter.queue}")
    if letter.record is not None:
        record = letter.record if _size(letter.record) <= MOST_LETTER_BYTES else _named_only(letter.record)
        return Written(topic, record.key, record.value, [*_as_event(record, source), *extensions])
    assert letter.event is not None, "a dead letter has a job or a record"
    original = to_record(letter.event, now)
    return Written(topic, original.key, original.value, [*original.headers, *extensions])


def without_record(letter: TakenDeadLetter) -> TakenDeadLetter:
    """The same letter, for a topic that takes no larger one: it says where the record was."""
    return letter if letter.record is None else replace(letter, record=_named_only(letter.record))


def _size(record: RawRecord) -> int:
    """In bytes, about: as an event its headers become longer, at most threefold."""
    headers = sum(len(name) + 3 * len(value or b"") for name, value in record.headers)
    return headers + len(record.key or b"") + len(record.value or b"")


def _named_only(record: RawRecord) -> RawRecord:
    """Partition and offset only: the whole record is in Postgres (`cveval dead --raw`)."""
    return replace(record, key=None, value=None, headers=())


def _extensions(refusal: Refusal, destination: str) -> Headers:
    told = json.dumps({"code": refusal.error_code, "detail": refusal.reason}).encode()
    data = b64encode((refusal.body or told)[:KEPT_ERROR_BYTES])
    headers: Headers = [(CE + "knativeerrordest", destination.encode()), (CE + "knativeerrordata", data)]
    if refusal.status is not None:
        headers.append((CE + "knativeerrorcode", str(refusal.status).encode()))
    return headers


def _as_event(record: RawRecord, source: Source) -> Iterator[tuple[str, bytes]]:
    for name, value in to_request(record, source).items():
        if name == "content-type":
            yield name, value.encode()
        elif name.startswith("ce-"):
            yield CE + name.removeprefix("ce-"), unquote(value).encode()


# -- reading ---------------------------------------------------------------------------------------------------------


def to_delivery(record: RawRecord, queue: str, source: Source) -> Delivery:
    """A record on its way to the function, with the job that it names and what keeps it from being sent."""
    headers = to_request(record, source)
    size = sum(len(name) + len(value) for name, value in headers.items())
    fault = None
    if size > MAX_HEADER_BYTES:
        reason = f"its headers have {size:,} bytes as HTTP headers; at most {MAX_HEADER_BYTES:,} are sent"
        fault = Refusal("record_too_large", reason)
    return Delivery(queue, headers, record.value or b"", named_job(record), record, fault)


def to_request(record: RawRecord, source: Source) -> dict[str, str]:
    """The headers of the POST that KafkaSource makes; the body is the value, untouched (null → none)."""
    content_type = _content_type(record)
    if content_type.lower().startswith(STRUCTURED):
        headers = {"content-type": content_type}
    elif _is_binary(record):
        headers = {} if not content_type else {"content-type": content_type}
        headers |= {
            "ce-" + name.removeprefix(CE).lower(): encode(value)
            for name, value in record.headers
            if name.startswith(CE) and value is not None
        }
    else:
        headers = _made_event(record, source, content_type.lower())
    return headers | {"prefer": "reply", "kn-namespace": source.namespace}


def _is_binary(record: RawRecord) -> bool:
    """Whether it is a CloudEvent: it says its version, and its attributes have names that CloudEvents may have."""
    names = [name for name, value in record.headers if name.startswith(CE) and value is not None]
    return CE + "specversion" in names and all(map(_ATTRIBUTE.fullmatch, names))


def _made_event(record: RawRecord, source: Source, content_type: str) -> dict[str, str]:
    where = f"/apis/v1/namespaces/{source.namespace}/kafkasources/{source.name}#{record.topic}"
    headers = {
        "ce-specversion": "1.0",
        "ce-type": KAFKA_EVENT,
        "ce-source": encode(where.encode()),
        "ce-subject": f"partition:{record.partition}#{record.offset}",
        "ce-id": f"partition:{record.partition}/offset:{record.offset}",
        "ce-time": rfc3339(record.timestamp),
    }
    if content_type:
        headers["content-type"] = content_type
    if record.key:
        headers["ce-key"] = headers["ce-partitionkey"] = encode(record.key)
    for name, value in record.headers:
        plain = re.sub("[^a-z0-9]", "", name.lower())
        if name.lower() != "content-type" and value is not None:
            headers[f"ce-kafkaheader{plain}"] = encode(value)
    return headers


def _content_type(record: RawRecord) -> str:
    for name, value in record.headers:
        if name.lower() == "content-type" and value is not None:
            # HTTP has no way to write anything else in a header of its own.
            return "".join(c for c in value.decode(errors="replace") if " " <= c <= "~").strip()
    return ""


def encode(value: bytes) -> str:
    """A CloudEvent's attribute as an HTTP header's value; what is no UTF-8 becomes U+FFFD."""
    return quote(value.decode(errors="replace"), safe=_PLAIN)


def moment_of(milliseconds: int) -> datetime:
    """A record's time, which anybody may have chosen: what no calendar has becomes the nearest that it has."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=min(max(0, milliseconds), LATEST_MS))


def named_job(record: RawRecord) -> str | None:
    """The job that a record names, as well as it can be told: by its data, its id or its key."""
    ids = [value for name, value in record.headers if name == CE + "id" and value is not None]
    candidates = [_job_id_in(record.value), *(id_.partition(b"/")[0] for id_ in ids), record.key]
    for candidate in candidates:
        try:
            return str(UUID((candidate or b"").decode()))
        except ValueError:
            continue
    return None


def _job_id_in(value: bytes | None) -> bytes:
    try:
        data = json.loads(value or b"null")
    except (ValueError, RecursionError):
        return b""
    if isinstance(data, dict) and isinstance(data.get("data"), dict):
        data = data["data"]
    found = data.get("job_id") if isinstance(data, dict) else None
    return found.encode(errors="replace") if isinstance(found, str) else b""
