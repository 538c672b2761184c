"""CloudEvents over HTTP: how a wake-up is written, and how evaluate reads it.

Read here and not with a library, which halves the throughput of an event function. Both of HTTP's forms are read (binary:
`ce-…` headers; structured: one JSON body), since a KafkaSource forwards whichever the record had.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from cveval.domain.errors import UnreadableEvent
from cveval.domain.events import EVALUATION_REQUESTED, EVENT_SOURCE, EvaluationRequested

STRUCTURED = "application/cloudevents"
MAX_EVENT_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class WakeUp:
    """What an event says to evaluate; the rest of it is for people."""

    job_id: str
    published_at: datetime | None
    """By the publisher's clock; None: the event does not say."""


def to_http(event: EvaluationRequested, published_at: datetime) -> tuple[dict[str, str], bytes]:
    """Headers and body of the binary form."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-source": EVENT_SOURCE,
        "ce-type": EVALUATION_REQUESTED,
        "ce-time": rfc3339(published_at),
        "content-type": "application/json",
    }
    if event.traceparent:
        headers["ce-traceparent"] = event.traceparent
    body = {"job_id": event.job_id, "cv_id": event.cv_id, "project_id": event.project_id}
    return headers, json.dumps(body).encode()


def rfc3339(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    written = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return written.replace("+00:00", "Z")


def read_wake_up(headers: Mapping[str, str], body: bytes) -> WakeUp:
    """Read an event of either form.

    Args:
        headers: names in lower case.

    Raises:
        UnreadableEvent: no CloudEvent, not of our type, or without a job id.
    """
    if len(body) > MAX_EVENT_BYTES:
        raise UnreadableEvent(f"the event has {len(body):,} bytes; at most {MAX_EVENT_BYTES:,} are read")
    if headers.get("content-type", "").strip().lower().startswith(STRUCTURED):
        event = _json_object(body)
        kind, version, data = event.get("type"), event.get("specversion"), event.get("data")
        time = event.get("time")
    else:
        kind, version = unquote(headers.get("ce-type", "")), headers.get("ce-specversion")
        data = _json_object(body) if kind else None
        time = unquote(headers.get("ce-time", ""))
    if not kind:
        raise UnreadableEvent("this is no CloudEvent: it has no type", field="ce-type")
    if version != "1.0":
        raise UnreadableEvent("only CloudEvents of version 1.0 are read", field="ce-specversion")
    if kind != EVALUATION_REQUESTED:
        raise UnreadableEvent(f"only events of type {EVALUATION_REQUESTED} are read", field="ce-type")
    return WakeUp(_job_id(data), _moment(time))


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableEvent("the event's body is no JSON") from None
    if not isinstance(value, dict):
        raise UnreadableEvent("the event's body is no JSON object")
    return value


def _job_id(data: object) -> str:
    found = data.get("job_id") if isinstance(data, dict) else None
    try:
        return str(UUID(found if isinstance(found, str) else ""))
    except ValueError:
        raise UnreadableEvent("the event's data has no job_id that is a UUID", field="job_id") from None


def _moment(text: object) -> datetime | None:
    """Only told to people, so what is no sensible time is passed over."""
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        return None
    # Databases do not hold every year that can be written.
    return moment if moment.tzinfo is not None and 2000 <= moment.year < 2100 else None
