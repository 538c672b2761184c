"""The only place of evaluate that names adapters."""

import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from cveval.domain.evaluations import Evaluator
from cveval.domain.policies import Policies
from cveval.draining import Drain
from cveval.http import Application, health_operations
from cveval.observability import Metrics, log_as_json
from cveval.settings import DatabaseSettings, load_or_exit
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_evaluate.handler import operations
from cveval_evaluate.holding import HeldJobs
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.steps import Steps
from cveval_evaluate.usecase import EvaluateJob


@dataclass(frozen=True, slots=True)
class Evaluate:
    """The function, and how to stop it."""

    application: Application
    held: HeldJobs


def build(
    settings: EvaluateSettings,
    policies: Policies,
    store: Store,
    metrics: Metrics,
    *,
    evaluator: Evaluator | None = None,
) -> Evaluate:
    """Connects nothing."""
    steps = Steps(store, metrics)
    held = HeldJobs(steps, policies)
    evaluate_job = EvaluateJob(
        steps=steps,
        held=held,
        evaluator=evaluator or _evaluator(settings),
        policies=policies,
        metrics=metrics,
        worker=worker_name(),
        max_jobs=settings.max_jobs,
    )
    return Evaluate(Application([*operations(evaluate_job), *health_operations(store, metrics)]), held)


def from_environment() -> Callable[[Request], Awaitable[Response]]:
    """The function as its container runs it; ends the process when a setting is wrong."""
    log_as_json()
    metrics = Metrics()
    store = open_store(load_or_exit(DatabaseSettings), metrics)
    evaluate = build(load_or_exit(EvaluateSettings), load_or_exit(Policies), store, metrics)
    drain = Drain(evaluate.held.drain)

    async def serve(request: Request) -> Response:
        drain.watch()
        return await evaluate.application(request)

    return serve


def worker_name() -> str:
    """Unique for each process and start: a fence compares it."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _evaluator(settings: EvaluateSettings) -> Evaluator:
    match settings.evaluator:
        case "local":
            from cveval_evaluate.local import LocalEvaluator  # noqa: PLC0415 - loads its tables

            return LocalEvaluator()
