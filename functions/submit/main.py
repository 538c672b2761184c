"""functions-framework's entry point: `functions-framework --target submit --source main.py --asgi`."""

from functions_framework.aio import http
from starlette.requests import Request
from starlette.responses import Response

from cveval.garbage import starting

with starting():
    from cveval_submit.wiring import from_environment

    # A wrong setting ends the process here, before it serves.
    serve = from_environment()


@http
async def submit(request: Request) -> Response:
    return await serve(request)
