"""functions-framework's hello world: what the framework costs without us and without a database."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def hello(request: Request) -> Response:
    return JSONResponse({"status": "hello"}, 202 if request.method == "POST" else 200)
