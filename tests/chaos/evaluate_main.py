"""evaluate's test build: production's, but for a quick evaluator and a note of every completion that was offered."""

import asyncio
import json
import os
import random

from functions_framework.aio import http
from starlette.requests import Request
from starlette.responses import Response

from cveval.domain.attempts import Completion, EndAnswer
from cveval.domain.errors import AttemptFailed
from cveval.domain.evaluations import Assessment, Materials
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
from cveval_evaluate.wiring import worker_name
from tests.chaos.client import POISON
from tests.chaos.sabotage import take_away
from tests.samples import an_assessment

USUAL_WORK = 0.06
LONG_WORK = 2.0
LONG_SHARE = 0.1
"""Some take long enough to be met by a kill."""


class QuickEvaluator:
    """Takes a moment; some jobs fail however often they are tried."""

    async def evaluate(self, materials: Materials) -> Assessment:
        longest = LONG_WORK if random.random() < LONG_SHARE else USUAL_WORK
        await asyncio.sleep(random.uniform(0, longest))
        if materials.job_description.startswith(POISON):
            raise AttemptFailed("this job always fails")
        return an_assessment()


class NotingSteps(Steps):
    """Notes each answer to a completion in a file; what was written there survives SIGKILL."""

    def __init__(self, store: Store, metrics: Metrics, notes: str) -> None:
        super().__init__(store, metrics)
        self._notes = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def complete(self, completion: Completion) -> EndAnswer:
        answer = await super().complete(completion)
        note = {"job": completion.job_id, "attempt": completion.attempt, "answer": type(answer).__name__}
        os.write(self._notes, json.dumps(note).encode() + b"\n")
        return answer


def _build() -> tuple[Application, Drain]:
    log_as_json()
    take_away(os.environ.get("CHAOS_WITHOUT", ""))
    metrics, policies = Metrics(), load_or_exit(Policies)
    store = open_store(load_or_exit(DatabaseSettings), metrics)
    steps = NotingSteps(store, metrics, os.environ["CHAOS_NOTES"])
    held = HeldJobs(steps, policies)
    evaluate_job = EvaluateJob(
        steps=steps,
        held=held,
        evaluator=QuickEvaluator(),
        policies=policies,
        metrics=metrics,
        worker=worker_name(),
        max_jobs=load_or_exit(EvaluateSettings).max_jobs,
    )
    return Application([*operations(evaluate_job), *health_operations(store, metrics)]), Drain(held.drain)


application, drain = _build()


@http
async def evaluate(request: Request) -> Response:
    drain.watch()
    return await application(request)
