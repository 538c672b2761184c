"""HTTP ⇄ use case: cron calls `POST /`."""

import asyncio
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cveval.domain.errors import RequestInProgress
from cveval.http import Operation
from cveval_purge.usecase import Purge


def operations(purge: Purge) -> list[Operation]:
    """`POST /` purges once and answers 200 with the report; 409 while this instance is at it already, 503 without its archive."""
    running = asyncio.Lock()

    async def run(_: Request) -> Response:
        if running.locked():
            raise RequestInProgress(
                "a purge is under way in this instance: its own answer will tell what went"
            )
        async with running:
            return JSONResponse(asdict(await purge()))

    return [Operation("POST", "/", run)]
