"""Small parts of a request, read with care: JSON bodies, ids, preferences, entity tags, cursors."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TypeVar, get_args
from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from cveval.domain.errors import (
    BatchNotFound,
    InvalidRequest,
    JobNotFound,
    MalformedRequest,
    RequestTooLarge,
    UnsupportedMediaType,
)
from cveval.domain.strict_json import NotJson, parse_json
from cveval.store.jobs import Page

MAX_BODY = 1_000_000
M = TypeVar("M", bound=BaseModel)

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?:$|[,;\s])", re.IGNORECASE)
_MESSAGES = {
    "extra_forbidden": "is unknown; the fields are {fields}",
    "list_type": "is no list",
    "missing": "is missing",
    "model_type": "is no JSON object",
    "string_pattern_mismatch": "is no id; it is the UUID that POST /v1/upload answered",
    "string_too_long": "is over {max_length:,} characters: shorten it",
    "string_type": "is no text",
    "too_long": "holds more than {max_length:,}: send several requests",
    "too_short": "is empty: it holds at least {min_length}",
}


async def read_json(request: Request, model: type[M]) -> M:
    """A JSON body as a model.

    Raises:
        UnsupportedMediaType, RequestTooLarge, MalformedRequest, InvalidRequest
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaType("send the request as application/json", field="Content-Type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RequestTooLarge(f"the body is over {MAX_BODY:,} bytes: shorten its texts")
    try:
        value = parse_json(bytes(body))
    except NotJson as error:
        raise MalformedRequest(f"the body {error}") from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body is no JSON object: send {…} with the fields of the request")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _invalid(error, model) from None


def _invalid(error: ValidationError, model: type[BaseModel]) -> InvalidRequest:
    """Every fault by its field; never the value, which may be a document."""
    faults = [
        (
            _name(fault["loc"]),
            _MESSAGES.get(fault["type"], fault["msg"]).format(
                fields=_fields_around(fault["loc"], model), **fault.get("ctx", {})
            ),
        )
        for fault in error.errors(include_input=False, include_url=False)
    ]
    sentence = "; ".join(f"{name[:60]}: {message}" for name, message in faults[:5])
    return InvalidRequest(sentence, field=faults[0][0][:60])


def _name(place: tuple[int | str, ...]) -> str:
    """`candidates[17].cv_id`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _fields_around(place: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """The fields that there are at this place: of the request, or of an item of one of its lists."""
    if len(place) > 1 and isinstance(place[1], int):
        [model] = get_args(model.model_fields[str(place[0])].annotation)
    return ", ".join(model.model_fields)


def read_id(request: Request, unknown: type[JobNotFound | BatchNotFound]) -> str:
    """The id in the path, in its canonical form.

    Raises:
        unknown: it is no id of ours.
    """
    found = read_uuid(request.path_params["id"])
    if found is None:
        raise unknown("there is nothing with this id: an id is a UUID, as the POST that made it answered")
    return found


def read_uuid(text: str) -> str | None:
    try:
        return str(UUID(text)) if len(text) == 36 else None
    except ValueError:
        return None


def read_wait(request: Request, longest: float) -> float | None:
    """Seconds of `Prefer: wait=N`, at most `longest`; None when not asked for."""
    asked = _WAIT.search(request.headers.get("prefer", ""))
    return None if asked is None else min(float(asked[1]), longest)


def matches(if_none_match: str | None, etag: str) -> bool:
    """If-None-Match compares weakly: W/ is ignored; `*` is anything."""
    if if_none_match is None:
        return False
    given = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in given or etag in given


def write_cursor(page: Page) -> str:
    """Where a listing goes on, opaque to clients."""
    raw = json.dumps([page.before.isoformat(), page.before_id]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str) -> Page:
    """The reverse of `write_cursor`.

    Raises:
        InvalidRequest: it is none that we gave.
    """
    try:
        before, before_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return Page(datetime.fromisoformat(before).astimezone(UTC), str(UUID(before_id)))
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise InvalidRequest(
            "cursor is none that was given out: take `next` of the page before", field="cursor"
        ) from None
