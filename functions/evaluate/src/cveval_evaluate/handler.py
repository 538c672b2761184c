"""HTTP ⇄ use case. 2xx whenever the database knows what happens next (design §6)."""

from starlette.requests import Request
from starlette.responses import Response

from cveval.cloudevents import MAX_EVENT_BYTES, read_wake_up
from cveval.delivery import OUTCOME_HEADER
from cveval.domain.errors import UnreadableEvent
from cveval.http import Operation
from cveval_evaluate.usecase import EvaluateJob


def operations(evaluate_job: EvaluateJob) -> list[Operation]:
    """`POST /` takes a CloudEvent and answers 204 with what became of it in `Cveval-Outcome`."""

    async def evaluate(request: Request) -> Response:
        wake_up = read_wake_up(request.headers, await _body(request))
        # Of this hop, else of whoever published the event.
        traceparents = (request.headers.get("traceparent"), request.headers.get("ce-traceparent"))
        outcome = await evaluate_job(wake_up.job_id, traceparents, wake_up.published_at)
        # No body: a platform that delivers events would take one for a reply event.
        return Response(status_code=204, headers={OUTCOME_HEADER: outcome})

    return [Operation("POST", "/", evaluate)]


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_EVENT_BYTES:
            raise UnreadableEvent(f"the event has over {MAX_EVENT_BYTES:,} bytes")
    return body
