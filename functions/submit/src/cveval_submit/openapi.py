"""The contract, generated from the schemas: OpenAPI 3.1."""

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cveval.http import PROBLEM
from cveval_submit.schemas import (
    AcceptedAnswer,
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
    CancelAnswer,
    ErasedAnswer,
    EvaluateRequest,
    JobsPage,
    Problem,
    ResultAnswer,
    UploadAnswer,
)
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~][!-~]*$"},
    "description": "The same key with the same request is answered once and for all (24 h).",
}


def openapi() -> dict[str, Any]:
    """The document that `GET /openapi.json` answers."""
    _, definitions = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cveval",
            "version": version("cveval-submit"),
            "description": "Evaluates job candidates: upload documents, request an evaluation, read its result.",
        },
        "security": [{"apiKey": []}, {}],
        "paths": {
            "/v1/upload": {"post": _upload()},
            "/v1/evaluate": {"post": _evaluate()},
            "/v1/result/{id}": {"get": _result()},
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
    document = {"type": "string", "contentMediaType": "application/octet-stream"}
    body = {"type": "object", "properties": {"cv": document, "project": document}, "minProperties": 1}
    return {
        "operationId": "upload",
        "summary": "Upload a CV and/or a project report: PDF, DOCX or text, up to 10 MB each.",
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
        "responses": _answers({"201": (UploadAnswer, "Stored.")}, 400, 409, 413, 415, 422),
    }


def _evaluate() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/EvaluateRequest"}
    return {
        "operationId": "evaluate",
        "summary": "Request an evaluation.",
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": _answers({"202": (AcceptedAnswer, "Accepted.")}, 400, 404, 409, 413, 415, 422),
    }


def _result() -> dict[str, Any]:
    parameters = [
        _path("id"),
        {"name": "Prefer", "in": "header", "schema": {"type": "string", "examples": ["wait=10"]}},
        {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}},
    ]
    answers = _answers({"200": (ResultAnswer, "The job as it is now, with its result once completed.")}, 404)
    return {
        "operationId": "result",
        "summary": "A job's status and result; `Prefer: wait=N` holds the answer.",
        "parameters": parameters,
        "responses": {**answers, "304": {"description": "Not changed since the ETag that was sent."}},
    }


def _jobs() -> dict[str, Any]:
    status = {"type": "string", "enum": ["queued", "processing", "completed", "failed"]}
    return {
        "operationId": "jobs",
        "summary": "The owner's jobs, the newest first.",
        "parameters": [
            {"name": "status", "in": "query", "schema": status},
            {"name": "queue", "in": "query", "schema": {"type": "string", "maxLength": 200}},
            {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}},
        ],
        "responses": _answers({"200": (JobsPage, "A page.")}, 422),
    }


def _cancel() -> dict[str, Any]:
    return {
        "operationId": "cancel",
        "summary": "Cancel an unfinished job.",
        "parameters": [_path("id")],
        "responses": _answers({"200": (CancelAnswer, "Cancelled.")}, 404, 409),
    }


def _erase() -> dict[str, Any]:
    return {
        "operationId": "erase",
        "summary": "Erase a candidate: the CV, its jobs, results and history.",
        "parameters": [_path("cv_id")],
        "responses": _answers({"200": (ErasedAnswer, "Erased.")}, 404),
    }


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def _answers(good: dict[str, tuple[type[BaseModel], str]], *problems: int) -> dict[str, Any]:
    """The good answers, the problems of this operation, and those of every operation."""
    answers = {
        status: {"description": description, "content": {"application/json": {"schema": _ref(model)}}}
        for status, (model, description) in good.items()
    }
    for status in (*problems, 401, 429, 500, 503):
        answers[str(status)] = {"description": "A problem.", "content": {PROBLEM: {"schema": _ref(Problem)}}}
    return answers


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
