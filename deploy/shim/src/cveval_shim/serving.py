"""Health and metrics over HTTP, beside the work."""

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from starlette.requests import Request

from cveval.domain.errors import ConfigurationError
from cveval.http import Application


@asynccontextmanager
async def serving(application: Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve inside the block; yields the port.

    Raises:
        ConfigurationError: it is taken.
    """

    async def answer(request: web.BaseRequest) -> web.Response:
        response = await application(_request(request))
        return web.Response(
            status=response.status_code, headers=dict(response.headers), body=bytes(response.body)
        )

    runner = web.ServerRunner(web.Server(answer, access_log=None), handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    except OSError as error:
        raise ConfigurationError(
            f"CVEVAL_SHIM_HOST, CVEVAL_SHIM_PORT: cannot listen on {host}:{port} ({error.strerror})"
        ) from None
    finally:
        await runner.cleanup()


def _request(request: web.BaseRequest) -> Request:
    scope = {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "root_path": "",
        "query_string": request.query_string.encode(),
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": None,
    }

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    return Request(scope, receive)
