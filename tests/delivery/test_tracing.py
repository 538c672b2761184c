"""One trace from the request to the evaluation, through every transport; and nothing at all where nobody traces."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextvars import Context

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, get_current_span
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from cveval import tracing
from cveval.delivery import Answer
from cveval.domain.errors import AttemptFailed
from cveval.domain.evaluations import Assessment, Materials
from cveval.queue.burying import BuryInStore
from cveval.queue.transport import Delivery
from cveval.relay import Relay
from cveval.store.transaction import Store
from cveval.tracing import Step
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build as build_evaluate
from cveval_local.delivering import deliver_to
from cveval_submit.settings import SubmitSettings
from cveval_submit.wiring import build as build_submit
from tests.databases import Database
from tests.samples import an_assessment, uploads_in
from tests.transports import QUICK, Cemetery, Function, Transport, bounded, consuming

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE}-00f067aa0ba902b7-01"
Spans = Callable[[], dict[str, ReadableSpan]]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    """The spans that have ended, by name; as if an operator had configured an SDK."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", lambda: provider.get_tracer("cveval"))
    return lambda: {span.name: span for span in exporter.get_finished_spans()}


class Rates:
    """Tells in which trace it was asked; fails when it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._error = error

    async def evaluate(self, materials: Materials) -> Assessment:
        self.asked.set_result(f"{get_current_span().get_span_context().trace_id:032x}")
        if self._error is not None:
            raise self._error
        return an_assessment()


async def the_way(
    store: Store,
    database: Database,
    transport: Transport,
    evaluator: Rates,
    headers: dict[str, str],
) -> Answer:
    """A request over HTTP, published, delivered and evaluated; the function's answer to the event."""
    policies = bounded(QUICK, 1, transport.queue)
    submit = build_submit(SubmitSettings(auth="none"), policies, store, database.metrics)
    evaluate = build_evaluate(EvaluateSettings(), policies, store, database.metrics, evaluator=evaluator)
    cv_id, project_id = await uploads_in(store, "local")

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await (await submit.application(Request(scope, receive)))(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi), base_url="http://localhost") as http:
        body = {"cv_id": cv_id, "project_id": project_id, "queue": transport.queue}
        answer = await http.post("/v1/evaluate", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def asked(delivery: Delivery) -> Answer:
        return await deliver_to(evaluate.application)(delivery)

    async def deliver(delivery: Delivery) -> Answer:
        # In another process, as far as anything but the request can tell.
        answer = await asyncio.create_task(asked(delivery), context=Context())
        asyncio.get_running_loop().call_soon(answered.set_result, answer)
        return answer

    queue = transport.open(policies, 1)
    async with consuming(queue, deliver, BuryInStore(store, database.metrics)):
        await Relay(store, queue, policies, database.metrics).sweep()
        found = await answered
    await submit.aclose()
    return found


async def test_one_trace_goes_from_the_request_to_the_evaluation(
    store: Store, database: Database, transport: Transport, spans: Spans
) -> None:
    evaluator = Rates()
    answer = await the_way(store, database, transport, evaluator, {"traceparent": CALLER})
    assert answer.outcome == "completed"
    found = spans()
    assert list(found) == ["submit", "publish", "evaluate", "dispatch"]
    assert {f"{span.context.trace_id:032x}" for span in found.values() if span.context} == {TRACE}
    assert await evaluator.asked == TRACE
    parents = {name: span.parent.span_id for name, span in found.items() if span.parent}
    ids = {name: span.context.span_id for name, span in found.items() if span.context}
    assert parents == {
        "submit": int("00f067aa0ba902b7", 16),
        "publish": ids["submit"],
        "dispatch": ids["publish"],
        "evaluate": ids["dispatch"],
    }
    job = await store.transact(lambda tx: tx.jobs.newest())
    for span in found.values():
        assert span.attributes is not None
        assert span.attributes["cveval.job_id"] == job[0].id
        assert span.attributes["cveval.queue"] == transport.queue
    assert dict(found["evaluate"].attributes or {}) == {
        "cveval.job_id": job[0].id,
        "cveval.queue": transport.queue,
        "cveval.attempt": 1,
        "cveval.outcome": "completed",
    }


async def test_without_a_traceparent_or_with_a_wrong_one_a_new_trace_begins(
    store: Store, database: Database, transport: Transport, spans: Spans
) -> None:
    await the_way(store, database, transport, Rates(), {"traceparent": CALLER.replace("00-", "ff-", 1)})
    found = spans()
    assert found["submit"].parent is None
    [trace] = {span.context.trace_id for span in found.values() if span.context}
    assert f"{trace:032x}" != TRACE


async def test_a_span_of_an_attempt_that_failed_holds_no_text(
    store: Store, database: Database, transport: Transport, spans: Spans
) -> None:
    answer = await the_way(store, database, transport, Rates(AttemptFailed("secret CV text")), {})
    assert answer.outcome == "failed"
    for span in spans().values():
        assert "secret" not in span.to_json()


async def test_an_error_leaves_its_type_in_the_span_and_no_text(spans: Spans) -> None:
    with pytest.raises(ValueError, match="secret"), Step("submit", "SERVER"):
        raise ValueError("secret")
    span = spans()["submit"]
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
    assert "secret" not in span.to_json()


async def test_where_nobody_traces_the_request_is_the_records_and_the_callers_trace_is_handed_on(
    store: Store, database: Database, transport: Transport
) -> None:
    seen: list[Delivery] = []
    function, queue = Function(), transport.open(QUICK, 1)

    async def deliver(delivery: Delivery) -> Answer:
        seen.append(delivery)
        return await function(delivery)

    [event] = transport.events(1)
    async with consuming(queue, deliver, Cemetery()):
        await queue.publish([event])
        await function.until(lambda: bool(function.done))
    assert "traceparent" not in seen[0].headers
    assert Step("submit", "SERVER", None, "nonsense", CALLER).traceparent == CALLER


def test_nothing_of_opentelemetry_is_imported_where_nobody_traces() -> None:
    script = """
import sys
import cveval_submit.wiring, cveval_evaluate.wiring, cveval.relay, cveval.queue.memory
from cveval.tracing import Step
with Step("submit", "SERVER", None, queue="q") as step:
    assert step.traceparent is None
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-c", script], env={}, check=True, timeout=60)


def test_an_sdk_that_is_configured_before_the_program_is_found() -> None:
    script = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
from cveval.tracing import Step
with Step("submit", "SERVER") as step:
    assert step.is_recorded
    assert len(step.traceparent) == 55
"""
    subprocess.run([sys.executable, "-c", script], env={}, check=True, timeout=60)
