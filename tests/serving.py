"""A function's application over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from cveval.http import Application


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """As functions-framework serves it."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await (await application(Request(scope, receive)))(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(asgi, port=0, log_config=None, lifespan="off"))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        await server.shutdown()
