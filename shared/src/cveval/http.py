"""HTTP as every function speaks it: routes, problem details (RFC 9457), request ids, health and metrics."""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from cveval.delivery import OUTCOME_HEADER, PROBLEM, UNREADABLE
from cveval.domain.errors import (
    CvevalError,
    MethodNotAllowed,
    NotFound,
    RejectedError,
    StoreUnavailable,
    TransientError,
    UnreadableEvent,
)
from cveval.domain.jobs import Depth
from cveval.domain.maintenance import Backlog, Done
from cveval.observability import Metrics, logging_context
from cveval.store.transaction import Store, Transaction

Handler = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)

REQUEST_ID_HEADER = "X-Request-Id"
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path; `{name}` in the path becomes `request.path_params["name"]`."""

    method: str
    path: str
    handler: Handler


class Application:
    """What functions-framework calls for every request: finds the operation, answers every error as a problem.

    It catches everything: what it let through, the framework would log with its text.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._routes = [(Route(o.path, o.handler, methods=[o.method]), o) for o in operations]
        # Paths without a parameter need no search.
        self._plain = {(o.method, o.path): o.handler for o in operations if "{" not in o.path}

    async def __call__(self, request: Request) -> Response:
        request_id = request_id_of(request)
        request.state.request_id = request_id
        with logging_context(request_id=request_id):
            try:
                response = await self._find(request)(request)
            except CvevalError as error:
                response = problem(error, request_id)
                _log_refusal(error)
            except ClientDisconnect:
                # Nobody is there to read the answer; 499 is what logs call it.
                response = Response(status_code=499)
            except Exception as error:
                log.error("unexpected error", exc_info=error)  # noqa: TRY400 - JsonFormatter leaves out its text
                response = problem(CvevalError("something unexpected went wrong; it is logged"), request_id)
        response.headers[REQUEST_ID_HEADER] = request_id
        return response

    def _find(self, request: Request) -> Handler:
        plain = self._plain.get((request.method, request.scope["path"]))
        if plain is not None:
            return plain
        allowed: set[str] = set()
        for route, operation in self._routes:
            match, child = route.matches(request.scope)
            if match is Match.FULL:
                request.scope["path_params"] = child["path_params"]
                return operation.handler
            if match is Match.PARTIAL:
                allowed |= {operation.method}
        if allowed and request.method == "OPTIONS":
            return _options(allowed)
        if allowed:
            raise MethodNotAllowed(
                f"{request.method} is not possible here; possible: {', '.join(sorted(allowed))}",
                allowed=frozenset(allowed),
            )
        raise NotFound("there is nothing at this path; GET /openapi.json tells what there is")


def _options(allowed: set[str]) -> Handler:
    async def answer(_: Request) -> Response:
        return Response(status_code=204, headers={"Allow": ", ".join(sorted(allowed))})

    return answer


def request_id_of(request: Request) -> str:
    """The caller's X-Request-Id when it is sane (≤ 128 visible characters of a usual id), else a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _SANE_REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def problem(error: CvevalError, request_id: str) -> Response:
    """An error as RFC 9457 problem details, with our stable `code` and, where one is at fault, the `field`."""
    body: dict[str, object] = {
        "type": f"urn:cveval:problem:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": str(error),
        "request_id": request_id,
    }
    if error.field:
        body["field"] = error.field
    return JSONResponse(body, error.status, headers=_headers(error), media_type=PROBLEM)


def _headers(error: CvevalError) -> dict[str, str]:
    headers = {}
    retry_after = getattr(error, "retry_after", None)
    if isinstance(retry_after, timedelta):
        headers["Retry-After"] = str(max(1, round(retry_after.total_seconds())))
    if isinstance(error, UnreadableEvent):
        headers[OUTCOME_HEADER] = UNREADABLE
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.allowed))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _log_refusal(error: CvevalError) -> None:
    level = logging.WARNING if isinstance(error, TransientError) else logging.INFO
    log.log(
        level if isinstance(error, RejectedError | TransientError) else logging.ERROR,
        "refused",
        extra={"code": error.code},
    )


def health_operations(
    store: Store, metrics: Metrics, *checks: Callable[[], Awaitable[None]]
) -> list[Operation]:
    """`/healthz` (this process), `/readyz` (its database, and what else it needs), `/metrics` (Prometheus)."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        await store.transact(_nothing)
        for check in checks:
            await check()
        return JSONResponse({"status": "ready"})

    async def prometheus(_: Request) -> Response:
        try:
            depth, last, backlog = await store.transact(_state)
        except StoreUnavailable:
            log.warning("metrics without the database")
            metrics.database_reachable.set(0)
        else:
            metrics.database_reachable.set(1)
            metrics.show(depth)
            metrics.show_care(last, backlog)
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [
        Operation("GET", "/healthz", healthz),
        Operation("GET", "/readyz", readyz),
        Operation("GET", "/metrics", prometheus),
    ]


async def _state(tx: Transaction) -> tuple[Depth, dict[str, Done], Backlog]:
    return await tx.jobs.depth(), await tx.maintenance.last(), await tx.archives.backlog()


async def _nothing(tx: Transaction) -> None:
    await tx.api_keys.exist()
