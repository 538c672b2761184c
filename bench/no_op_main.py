"""evaluate as its container runs it, but for an evaluator that costs nothing."""

from functions_framework.aio import http
from starlette.requests import Request
from starlette.responses import Response

from bench.no_op import NoOpEvaluator
from cveval.domain.policies import Policies
from cveval.draining import Drain
from cveval.garbage import starting
from cveval.observability import Metrics, log_as_json
from cveval.settings import DatabaseSettings, load_or_exit
from cveval.store.opening import open_store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import Evaluate, build


def _build() -> Evaluate:
    log_as_json()
    metrics = Metrics()
    store = open_store(load_or_exit(DatabaseSettings), metrics)
    settings, policies = load_or_exit(EvaluateSettings), load_or_exit(Policies)
    return build(settings, policies, store, metrics, evaluator=NoOpEvaluator())


with starting():
    built = _build()
drain = Drain(built.held.drain)


@http
async def evaluate(request: Request) -> Response:
    drain.watch()
    return await built.application(request)
