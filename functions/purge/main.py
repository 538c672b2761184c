"""functions-framework's entry point: `functions-framework --target purge --source main.py --asgi`."""

from functions_framework.aio import http
from starlette.requests import Request
from starlette.responses import Response

from cveval.garbage import starting

with starting():
    from cveval_purge.wiring import from_environment

    # A wrong setting ends the process here, before it serves.
    serve = from_environment()


@http
async def purge(request: Request) -> Response:
    return await serve(request)
