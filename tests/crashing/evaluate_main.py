"""evaluate with a fail point, and an evaluator that takes longer than a heartbeat, or fails."""

import asyncio
import os

from functions_framework.aio import http
from starlette.requests import Request
from starlette.responses import Response

from cveval.domain.errors import AttemptFailed
from cveval.domain.evaluations import Assessment, Materials
from cveval_evaluate import wiring
from tests.crashing.arming import arm_answers, arm_commits
from tests.crashing.points import Scenario
from tests.samples import an_assessment


class SlowEvaluator:
    async def evaluate(self, materials: Materials) -> Assessment:
        if os.environ.get("CRASH_SCENARIO") == Scenario.FAILS:
            raise AttemptFailed("this evaluation fails")
        await asyncio.sleep(0.7)
        return an_assessment()


arm_commits()
arm_answers()
vars(wiring)["_evaluator"] = lambda _: SlowEvaluator()
serve = wiring.from_environment()


@http
async def evaluate(request: Request) -> Response:
    return await serve(request)
