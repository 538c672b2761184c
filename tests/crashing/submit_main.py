"""submit with a fail point."""

from functions_framework.aio import http
from starlette.requests import Request
from starlette.responses import Response

from cveval_submit.wiring import from_environment
from tests.crashing.arming import arm_answers, arm_commits

arm_commits()
arm_answers()
serve = from_environment()


@http
async def submit(request: Request) -> Response:
    return await serve(request)
