"""Traces, by the OpenTelemetry API: one trace from the request to the evaluation, whatever lies between.

An operator configures an SDK (docs/how-to/trace.md). Without one, nothing of OpenTelemetry is even imported, and a caller's
`traceparent` is handed on as it came. Spans hold names and ids, never the text of a document or of an error.
"""

import os
import re
import sys
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

Kind = Literal["SERVER", "PRODUCER", "CLIENT", "CONSUMER"]

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@cache
def _tracer() -> "Tracer | None":
    """None where nobody had configured an SDK when the first step was made: nobody can have without importing the API."""
    if "opentelemetry.trace" not in sys.modules and "OTEL_PYTHON_TRACER_PROVIDER" not in os.environ:
        return None
    from opentelemetry import trace  # noqa: PLC0415 - cold start

    provider = trace.get_tracer_provider()
    return None if isinstance(provider, trace.ProxyTracerProvider) else provider.get_tracer("cveval")


class Step:
    """A span, below the one that is current, else below the first of `parents` that is a traceparent (W3C), else the root of
    a new trace.

    As a context manager it is current inside the block and ends with it. An error leaves its type and no text.
    """

    __slots__ = ("_span", "_token", "traceparent")

    def __init__(self, name: str, kind: Kind, *parents: str | None, **attributes: str | int | None) -> None:
        self._span: Span | None = None
        self._token: Token[Context] | None = None
        self.traceparent: str | None = None
        # On the way of every request: no more than this where nobody traces.
        for parent in parents:
            if parent is not None and _TRACEPARENT.fullmatch(parent):
                self.traceparent = parent
                break
        tracer = _tracer()
        if tracer is None:
            return
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - cold start

        self._span = tracer.start_span(name, _below(self.traceparent), SpanKind[kind])
        self.note(**attributes)
        made = self._span.get_span_context()
        self.traceparent = f"00-{made.trace_id:032x}-{made.span_id:016x}-{made.trace_flags:02x}"

    @property
    def is_recorded(self) -> bool:
        return self._span is not None

    def note(self, **attributes: str | int | None) -> None:
        """What is known by now: each becomes `cveval.<name>`."""
        if self._span is not None:
            for name, value in attributes.items():
                if value is not None:
                    self._span.set_attribute(f"cveval.{name}", value)

    def end(self) -> None:
        if self._span is not None:
            self._span.end()

    def __enter__(self) -> Self:
        if self._span is not None:
            from opentelemetry import context, trace  # noqa: PLC0415 - cold start

            self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        if self._span is None or self._token is None:
            return
        from opentelemetry import context  # noqa: PLC0415 - cold start
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        context.detach(self._token)
        if kind is not None and issubclass(kind, Exception):
            self._span.set_status(StatusCode.ERROR, kind.__name__)
        self._span.end()


def _below(parent: str | None) -> "Context | None":
    """None: the current context."""
    from opentelemetry import trace  # noqa: PLC0415 - cold start

    if parent is None or trace.get_current_span().get_span_context().is_valid:
        return None
    written = _TRACEPARENT.fullmatch(parent)
    assert written is not None
    trace_id, span_id, flags = (int(part, 16) for part in written.groups())
    remote = trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=trace.TraceFlags(flags))
    return trace.set_span_in_context(trace.NonRecordingSpan(remote))
