"""The contract, generated from the schemas: OpenAPI 3.1. docs/reference/http.md is made from it."""

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cveval.delivery import PROBLEM
from cveval.domain import errors
from cveval.domain.batches import LARGEST_BATCH
from cveval.domain.errors import CvevalError
from cveval_submit import examples
from cveval_submit.schemas import (
    AcceptedAnswer,
    BatchAccepted,
    BatchAnswer,
    BatchRequest,
    CancelAnswer,
    ErasedAnswer,
    EvaluateRequest,
    JobsPage,
    Problem,
    ResultAnswer,
    UploadAnswer,
)

_MODELS: tuple[type[BaseModel], ...] = (
    AcceptedAnswer,
    BatchAccepted,
    BatchAnswer,
    BatchRequest,
    CancelAnswer,
    ErasedAnswer,
    EvaluateRequest,
    JobsPage,
    Problem,
    ResultAnswer,
    UploadAnswer,
)
_OF_EVERY_OPERATION: tuple[type[CvevalError], ...] = (
    errors.NotFound,
    errors.Unauthorized,
    errors.RateLimited,
    errors.CvevalError,
    errors.StoreUnavailable,
    errors.CommitUnknown,
    errors.TransactionConflict,
    errors.LockTimeout,
    errors.ShuttingDown,
)
_OF_EVERY_SUBMISSION: tuple[type[CvevalError], ...] = (
    errors.MalformedRequest,
    errors.UploadNotFound,
    errors.RequestInProgress,
    errors.RequestTooLarge,
    errors.UnsupportedMediaType,
    errors.InvalidRequest,
    errors.WrongUploadType,
    errors.IdempotencyKeyReused,
    errors.QuotaExceeded,
)
"""Of one candidate or of many."""
_ABOUT = """\
Evaluates job candidates: upload documents, request an evaluation, read its result. Answers are JSON; every error is a
`Problem` with a stable code.

## Whose request it is

`Authorization: Bearer KEY` names the owner; other owners' things are not found. Without any API key, cveval answers callers on the
same machine only, and only by the names `localhost`, `127.0.0.1` and `::1` (in `Host`, and in `Origin` where a page asks).
From the first key on every request needs one, also after the last key was revoked.

## What holds everywhere

`X-Request-Id` is taken over when sane (at most 128 visible characters), else made; it is in every answer and follows the job through
the logs. `Retry-After` on 429 and 503 says after how many seconds to ask again.

`GET /healthz` (alive), `/readyz` (the database is reached), `/metrics` (Prometheus) and `/openapi.json` (this contract) need no key.

In plain text and not as a problem, because our code never sees them: requests that are no HTTP (an unknown method, a senseless
`Content-Length` or chunk size, a garbled request line: 400, by the server), and under functions-framework also TRACE, `/robots.txt`
and `/favicon.ico`.
"""
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~][!-~]*$"},
    "description": (
        "The same key with the same request is answered once and for all (24 h); with another request it is refused. "
        "Visible ASCII, bare or in quotes."
    ),
}
_REPLAYED = {
    "Idempotent-Replayed": {
        "schema": {"const": "true"},
        "description": "This is the first answer again; nothing was made.",
    }
}

_PREFER = {
    "name": "Prefer",
    "in": "header",
    "schema": {"type": "string", "examples": ["wait=10"]},
    "description": "`wait=N` holds the answer until nothing is unfinished, at most N seconds (and CVEVAL_LONGEST_WAIT).",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "An `ETag` of before: 304 when nothing has changed.",
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "required": True, "description": "Strong, in quotes."}}
_AS_IT_IS_NOW = {
    **_ETAG,
    "Retry-After": {"schema": {"type": "string"}, "description": "Seconds, while unfinished."},
    "Preference-Applied": {"schema": {"type": "string"}, "description": "The wait that was granted."},
}


def openapi() -> dict[str, Any]:
    """The document that `GET /openapi.json` answers."""
    _, definitions = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "cveval", "version": version("cveval-submit"), "description": _ABOUT},
        "security": [{"apiKey": []}, {}],
        "paths": {
            "/v1/upload": {"post": _upload()},
            "/v1/evaluate": {"post": _evaluate()},
            "/v1/result/{id}": {"get": _result()},
            "/v1/batches": {"post": _batch()},
            "/v1/batches/{id}": {"get": _standings()},
            "/v1/jobs": {"get": _jobs()},
            "/v1/jobs/{id}": {"delete": _cancel()},
            "/v1/candidates/{cv_id}": {"delete": _erase()},
        },
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _upload() -> dict[str, Any]:
    def document(what: str) -> dict[str, str]:
        return {"type": "string", "contentMediaType": "application/octet-stream", "description": what}

    body = {
        "type": "object",
        "description": "one part or both.",
        "properties": {"cv": document("The CV."), "project": document("The project report.")},
        "minProperties": 1,
    }
    return {
        "operationId": "upload",
        "summary": "Upload a CV and/or a project report.",
        "description": (
            "PDF, DOCX or text, up to 10 MB each; what a document is, its content says, and neither its name nor its header. "
            "Hidden text is left out and named in `warnings`.\n\n"
            "```sh\ncurl -F cv=@cv.pdf -F project=@report.docx http://127.0.0.1:8080/v1/upload\n```"
        ),
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
        "responses": _answers(
            201,
            _good(UploadAnswer, "Stored.", examples.UPLOAD_ANSWER, _REPLAYED),
            errors.MalformedRequest,
            errors.RequestInProgress,
            errors.DocumentTooLarge,
            errors.RequestTooLarge,
            errors.UnsupportedMediaType,
            errors.UnsupportedDocument,
            errors.InvalidRequest,
            errors.UnreadableDocument,
            errors.IdempotencyKeyReused,
            errors.ExtractionUnavailable,
        ),
    }


def _evaluate() -> dict[str, Any]:
    content = {"schema": _ref(EvaluateRequest), "example": examples.EVALUATE_REQUEST}
    return {
        "operationId": "evaluate",
        "summary": "Request an evaluation.",
        "description": (
            "The answer comes at once, the result later. Without an Idempotency-Key every request makes a job."
        ),
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": _answers(
            202,
            _good(
                AcceptedAnswer,
                "Accepted: the job is stored and will be worked on.",
                examples.EVALUATE_ANSWER,
                {**_where("Where the result will be."), **_REPLAYED},
            ),
            *_OF_EVERY_SUBMISSION,
        ),
    }


def _result() -> dict[str, Any]:
    answer = _good(
        ResultAnswer,
        "The job as it is now, with its result once completed.",
        examples.RESULT_ANSWER,
        _AS_IT_IS_NOW,
    )
    return {
        "operationId": "result",
        "summary": "Read a job's status and result.",
        "parameters": [_path("id", "Of the job."), _PREFER, _IF_NONE_MATCH],
        "responses": {**_answers(200, answer, errors.JobNotFound), **_not_modified()},
    }


def _batch() -> dict[str, Any]:
    content = {"schema": _ref(BatchRequest), "example": examples.BATCH_REQUEST}
    return {
        "operationId": "batch",
        "summary": "Request the evaluation of many candidates against one job.",
        "description": (
            "All of them are accepted or none. Each becomes an ordinary job, a new one even where the same candidate was "
            "evaluated before; an Idempotency-Key is that of the whole batch, and other keys than those of `POST /v1/evaluate`. "
            f"At most {LARGEST_BATCH} candidates."
        ),
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": _answers(
            202,
            _good(
                BatchAccepted,
                "Accepted: all jobs are stored and will be worked on.",
                examples.BATCH_ACCEPTED,
                {**_where("Where the ranking will be."), **_REPLAYED},
            ),
            *_OF_EVERY_SUBMISSION,
        ),
    }


def _standings() -> dict[str, Any]:
    answer = _good(BatchAnswer, "The batch as it is now.", examples.BATCH_ANSWER, _AS_IT_IS_NOW)
    return {
        "operationId": "standings",
        "summary": "Read a batch's progress and ranking.",
        "parameters": [_path("id", "Of the batch."), _PREFER, _IF_NONE_MATCH],
        "responses": {**_answers(200, answer, errors.BatchNotFound), **_not_modified()},
    }


def _jobs() -> dict[str, Any]:
    status = {"type": "string", "enum": ["queued", "processing", "completed", "failed"]}

    def query(name: str, schema: dict[str, Any], what: str) -> dict[str, Any]:
        return {"name": name, "in": "query", "schema": schema, "description": what}

    return {
        "operationId": "jobs",
        "summary": "List the owner's jobs, the newest first.",
        "parameters": [
            query("status", status, "Only these."),
            query("queue", {"type": "string", "maxLength": 200}, "Only of this queue."),
            query("cursor", {"type": "string"}, "`next` of the page before."),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Jobs a page."),
        ],
        "responses": _answers(200, _good(JobsPage, "A page.", examples.JOBS_ANSWER), errors.InvalidRequest),
    }


def _cancel() -> dict[str, Any]:
    return {
        "operationId": "cancel",
        "summary": "Cancel an unfinished job.",
        "parameters": [_path("id", "Of the job.")],
        "responses": _answers(
            200,
            _good(CancelAnswer, "Cancelled, now or before.", examples.CANCEL_ANSWER),
            errors.JobNotFound,
            errors.JobAlreadyFinished,
        ),
    }


def _erase() -> dict[str, Any]:
    return {
        "operationId": "erase",
        "summary": "Erase a candidate: the CV, its jobs, results and history.",
        "parameters": [_path("cv_id", "Of the CV: a candidate is a CV.")],
        "responses": _answers(
            200,
            _good(ErasedAnswer, "Erased.", examples.ERASE_ANSWER),
            errors.CandidateNotFound,
            errors.CandidateOnHold,
        ),
    }


def _where(what: str) -> dict[str, Any]:
    return {"Location": {"schema": {"type": "string"}, "required": True, "description": what}}


def _not_modified() -> dict[str, Any]:
    return {"304": {"description": "Not changed since the ETag that was sent.", "headers": _ETAG}}


def _path(name: str, what: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "uuid"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": what}


def _good(
    model: type[BaseModel], description: str, example: object, headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(model), "example": example}}
    return {"description": description, "content": content, "headers": headers or {}}


def _answers(status: int, good: dict[str, Any], *problems: type[CvevalError]) -> dict[str, Any]:
    """The good answer, the problems of this operation, and those of every operation, by status."""
    answers = {str(status): good}
    by_status: dict[int, list[type[CvevalError]]] = {}
    for error in (*problems, *_OF_EVERY_OPERATION):
        by_status.setdefault(error.status, []).append(error)
    return {**answers, **{str(status): _problem(by_status[status]) for status in sorted(by_status)}}


def _problem(kinds: list[type[CvevalError]]) -> dict[str, Any]:
    codes = [error.code for error in kinds]
    schema = {"allOf": [_ref(Problem), {"properties": {"code": {"enum": codes}}}]}
    description = f"A problem: {', '.join(f'`{code}`' for code in codes)}."
    return {"description": description, "content": {PROBLEM: {"schema": schema}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
