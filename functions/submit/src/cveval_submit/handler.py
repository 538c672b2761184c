"""HTTP ⇄ use cases. The table of operations is at the end."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cveval.domain.batches import Batch
from cveval.domain.documents import (
    MAX_JOB_DESCRIPTION,
    MAX_STUDY_CASE_BRIEF,
    MAX_UPLOAD_BYTES,
    clean_text,
    new_id,
)
from cveval.domain.errors import BatchNotFound, CandidateNotFound, InvalidRequest, JobNotFound
from cveval.domain.jobs import DEFAULT_QUEUE, FINISHED, JobStatus, Submission
from cveval.http import Operation
from cveval.store.jobs import Page
from cveval.store.transaction import Store
from cveval.tracing import Step
from cveval_submit.idempotency_key import HEADER, read_key
from cveval_submit.owners import Owners
from cveval_submit.parts import read_parts
from cveval_submit.rate_limit import RateLimit
from cveval_submit.reading import (
    matches,
    read_cursor,
    read_id,
    read_json,
    read_uuid,
    read_wait,
    write_cursor,
)
from cveval_submit.schemas import (
    AcceptedAnswer,
    BatchAccepted,
    BatchRequest,
    CancelAnswer,
    CandidateGiven,
    ErasedAnswer,
    EvaluateRequest,
    JobsPage,
    UploadAnswer,
)
from cveval_submit.settings import SubmitSettings
from cveval_submit.showing import show_batch, show_job, show_result
from cveval_submit.usecase import AwaitResult, StoreDocuments, SubmitEvaluation
from cveval_submit.usecase_batches import AwaitBatch, SubmitBatch

REPLAYED = "Idempotent-Replayed"
DOCUMENTS = ("cv", "project")
RETRY_AFTER = "2"
LARGEST_PAGE = 200
_LISTING = {"status", "queue", "cursor", "limit"}

OwnedHandler = Callable[[Request, str], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Handlers:
    """One method per operation; `owned` says first whose request it is."""

    settings: SubmitSettings
    queues: tuple[str, ...]
    store: Store
    owners: Owners
    rate_limit: RateLimit
    store_documents: StoreDocuments
    submit_evaluation: SubmitEvaluation
    await_result: AwaitResult
    submit_batch: SubmitBatch
    await_batch: AwaitBatch
    uploading: asyncio.Semaphore

    def owned(self, handler: OwnedHandler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            owner = await self.owners.owner_of(request)
            self.rate_limit.take(owner)
            return await handler(request, owner)

        return handle

    async def upload(self, request: Request, owner: str) -> Response:
        key = read_key(request.headers.get(HEADER))
        # The documents of a request are in memory: only so many at once.
        async with self.uploading:
            parts = await read_parts(request, names=DOCUMENTS, limit=MAX_UPLOAD_BYTES)
            uploaded = await self.store_documents(owner, key, parts)
        answer = UploadAnswer(
            cv_id=uploaded.ids.get("cv"), project_id=uploaded.ids.get("project"), warnings=uploaded.warnings
        )
        return JSONResponse(
            answer.model_dump(mode="json", exclude_none=True), 201, _replayed(was=uploaded.was_replayed)
        )

    async def evaluate(self, request: Request, owner: str) -> Response:
        key = read_key(request.headers.get(HEADER))
        asked = await read_json(request, EvaluateRequest)
        queue = self._queue(asked)
        with _step(request, queue) as step:
            submission = _submission(request, owner, asked, asked, queue, key, step.traceparent)
            accepted = await self.submit_evaluation(submission)
            step.note(job_id=accepted.job_id)
        headers = {"Location": f"/v1/result/{accepted.job_id}", **_replayed(was=accepted.was_replayed)}
        answer = AcceptedAnswer(id=accepted.job_id).model_dump_json()
        return Response(answer, 202, headers, media_type="application/json")

    async def result(self, request: Request, owner: str) -> Response:
        wait = read_wait(request, self.settings.longest_wait.total_seconds())
        job, result = await self.await_result(owner, read_id(request, JobNotFound), wait or 0)
        return _current(request, show_result(job, result), wait, is_finished=job.status in FINISHED)

    async def batch(self, request: Request, owner: str) -> Response:
        key = read_key(request.headers.get(HEADER))
        asked = await read_json(request, BatchRequest)
        queue = self._queue(asked)
        with _step(request, queue) as step:
            first = _submission(request, owner, asked, asked.candidates[0], queue, None, step.traceparent)
            submissions = tuple(
                replace(
                    first,
                    job_id=new_id(),
                    cv_id=candidate.cv_id,
                    project_id=candidate.project_id,
                    place=f"candidates[{position}].",
                )
                for position, candidate in enumerate(asked.candidates)
            )
            accepted = await self.submit_batch(Batch(new_id(), owner, submissions, key))
            step.note(batch_id=accepted.batch_id, jobs=len(accepted.job_ids))
        answer = BatchAccepted(id=accepted.batch_id, jobs=tuple(accepted.job_ids))
        headers = {"Location": f"/v1/batches/{accepted.batch_id}", **_replayed(was=accepted.was_replayed)}
        return JSONResponse(answer.model_dump(mode="json"), 202, headers)

    async def standings(self, request: Request, owner: str) -> Response:
        wait = read_wait(request, self.settings.longest_wait.total_seconds())
        standings = await self.await_batch(owner, read_id(request, BatchNotFound), wait or 0)
        return _current(request, show_batch(standings), wait, is_finished=standings.is_finished)

    async def jobs(self, request: Request, owner: str) -> Response:
        asked = request.query_params
        if unknown := sorted(set(asked) - _LISTING):
            raise InvalidRequest(
                f"{unknown[0][:40]!r} is no parameter; there are {', '.join(sorted(_LISTING))}",
                field=unknown[0][:40],
            )
        status, limit = _status(asked.get("status")), _limit(asked.get("limit"))
        page = read_cursor(asked["cursor"]) if "cursor" in asked else None
        queue = clean_text(asked["queue"], field="queue", limit=200) if "queue" in asked else None
        jobs = await self.store.transact(
            lambda tx: tx.jobs.newest(owner=owner, status=status, queue=queue, page=page, limit=limit + 1)
        )
        shown, more = jobs[:limit], len(jobs) > limit
        following = write_cursor(Page(shown[-1].created_at, shown[-1].id)) if more else None
        answer = JobsPage(jobs=tuple(show_job(job) for job in shown), next=following)
        return JSONResponse(answer.model_dump(mode="json"))

    async def cancel(self, request: Request, owner: str) -> Response:
        job_id = read_id(request, JobNotFound)
        await self.store.transact(lambda tx: tx.jobs.cancel(job_id, owner, reason="cancelled by its owner"))
        return JSONResponse(CancelAnswer(id=job_id).model_dump(mode="json"))

    def _queue(self, asked: EvaluateRequest | BatchRequest) -> str:
        queue = DEFAULT_QUEUE if asked.queue is None else asked.queue
        if queue not in self.queues:
            raise InvalidRequest(f"there is no such queue; there are {', '.join(self.queues)}", field="queue")
        return queue

    async def erase(self, request: Request, owner: str) -> Response:
        cv_id = read_uuid(request.path_params["cv_id"])
        if cv_id is None:
            raise CandidateNotFound("there is no such candidate: a candidate is named by its cv_id, a UUID")
        erased = await self.store.transact(lambda tx: tx.erasures.erase(cv_id, owner))
        return JSONResponse(ErasedAnswer(jobs=erased.jobs, uploads=erased.uploads).model_dump(mode="json"))


def operations(handlers: Handlers) -> list[Operation]:
    """Everything that submit answers, health and metrics aside."""

    async def contract(_: Request) -> Response:
        return JSONResponse(_contract())

    owned = handlers.owned
    return [
        Operation("POST", "/v1/upload", owned(handlers.upload)),
        Operation("POST", "/v1/evaluate", owned(handlers.evaluate)),
        Operation("GET", "/v1/result/{id}", owned(handlers.result)),
        Operation("POST", "/v1/batches", owned(handlers.batch)),
        Operation("GET", "/v1/batches/{id}", owned(handlers.standings)),
        Operation("GET", "/v1/jobs", owned(handlers.jobs)),
        Operation("DELETE", "/v1/jobs/{id}", owned(handlers.cancel)),
        Operation("DELETE", "/v1/candidates/{cv_id}", owned(handlers.erase)),
        Operation("GET", "/openapi.json", contract),
    ]


@cache
def _contract() -> dict[str, Any]:
    """Made for the first who asks: a tenth of what submit adds to its start."""
    from cveval_submit.openapi import openapi  # noqa: PLC0415 - only then

    return openapi()


def _shipped(name: str) -> str:
    return (resources.files("cveval_submit") / "defaults" / name).read_text(encoding="utf-8")


JOB_DESCRIPTION = _shipped("job_description.txt")
STUDY_CASE_BRIEF = _shipped("study_case_brief.txt")


def _step(request: Request, queue: str) -> Step:
    return Step("submit", "SERVER", request.headers.get("traceparent"), queue=queue)


def _submission(  # noqa: PLR0917 - a request has many parts
    request: Request,
    owner: str,
    asked: EvaluateRequest | BatchRequest,
    candidate: EvaluateRequest | CandidateGiven,
    queue: str,
    key: str | None,
    traceparent: str | None,
) -> Submission:
    """One candidate's."""
    return Submission(
        job_id=new_id(),
        owner=owner,
        queue=queue,
        cv_id=candidate.cv_id,
        project_id=candidate.project_id,
        job_description=_text(asked.job_description, "job_description", MAX_JOB_DESCRIPTION)
        or JOB_DESCRIPTION,
        study_case_brief=_text(asked.study_case_brief, "study_case_brief", MAX_STUDY_CASE_BRIEF)
        or STUDY_CASE_BRIEF,
        rubric=asked.scoring_rubric,
        key=key,
        request_id=request.state.request_id,
        traceparent=traceparent,
    )


def _text(text: str | None, field: str, limit: int) -> str | None:
    if text is None:
        return None
    if not text.strip():
        raise InvalidRequest(
            f"{field} is empty: leave it out to use the default, or give a text", field=field
        )
    return clean_text(text, field=field, limit=limit)


def _current(request: Request, shown: BaseModel, wait: float | None, *, is_finished: bool) -> Response:
    """How something is now; 304 where the client knows it already."""
    body = shown.model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if wait is not None:
        headers["Preference-Applied"] = f"wait={wait:g}"
    if not is_finished:
        headers["Retry-After"] = RETRY_AFTER
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type="application/json")


def _replayed(*, was: bool) -> dict[str, str]:
    return {REPLAYED: "true"} if was else {}


def _status(text: str | None) -> JobStatus | None:
    try:
        return None if text is None else JobStatus(text)
    except ValueError:
        known = ", ".join(JobStatus)
        raise InvalidRequest(f"status is one of {known}", field="status") from None


def _limit(text: str | None) -> int:
    if text is None:
        return 50
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise InvalidRequest(f"limit is a number from 1 to {LARGEST_PAGE}", field="limit")
    return int(text)
