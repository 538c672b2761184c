"""HTTP ⇄ use case: cron calls `POST /`."""

import asyncio
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cveval.domain.errors import RequestInProgress, ShuttingDown
from cveval.http import Operation
from cveval_purge.usecase import Purge, PurgeReport


class Runs:
    """The runs of this instance, one at a time."""

    def __init__(self, purge: Purge) -> None:
        self._purge = purge
        self._running: asyncio.Task[PurgeReport] | None = None
        self._is_draining = False

    @property
    def operations(self) -> list[Operation]:
        """`POST /` purges once and answers 200 with the report; 409 while this instance is at it already, 503 without its archive."""
        return [Operation("POST", "/", self._run)]

    async def drain(self) -> None:
        """Break the run off, which may wait for its storage: what is not done stays pending, and its leases are given back."""
        self._is_draining = True
        if self._running is not None:
            self._running.cancel()

    async def _run(self, _: Request) -> Response:
        if self._is_draining:
            raise ShuttingDown("this instance is going down: call again")
        if self._running is not None:
            raise RequestInProgress(
                "a purge is under way in this instance: its own answer will tell what went"
            )
        self._running = asyncio.ensure_future(self._purge())
        try:
            return JSONResponse(asdict(await self._running))
        except asyncio.CancelledError:
            if not self._is_draining:
                raise
            raise ShuttingDown(
                "this instance is going down: what went stays gone, the next run goes on"
            ) from None
        finally:
            self._running = None
