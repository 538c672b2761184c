"""The function at the other end: an event becomes a POST, its answer is read."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Protocol

import aiohttp

from cveval.delivery import Answer, read_answer
from cveval.queue.transport import Delivery

CONNECT = timedelta(seconds=5)
# Well below the two seconds after which functions-framework's server closes an idle connection (others: five): else a request
# would meet the closing, have no answer, and be made again.
IDLE = timedelta(seconds=1)
READ_BYTES = 64_000


class Token(Protocol):
    def headers(self) -> dict[str, str]: ...


class HttpFunction:
    """Implements `Deliver`. Connects on first use; as many connections as there are events in flight."""

    def __init__(self, url: str, token: Token, *, timeout: timedelta) -> None:
        self._url = url
        self._token = token
        self._timeout = aiohttp.ClientTimeout(
            total=timeout.total_seconds(), sock_connect=CONNECT.total_seconds()
        )
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, delivery: Delivery) -> Answer:
        if self._session is None:
            self._session = self._open()
        exchange = _Exchange()
        try:
            async with self._session.post(
                self._url,
                data=delivery.body or None,
                headers={**delivery.headers, **self._token.headers()},
                # A redirect is a wrong deployment, to be told and not to be followed.
                allow_redirects=False,
                trace_request_ctx=exchange,
            ) as response:
                body = b"" if response.ok else await _beginning(response.content)
                return replace(read_answer(response.status, response.headers, body), took=exchange.took)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Answer(None)

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE.total_seconds()),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[_timing()],
            # The request is the record's, and nothing of ours.
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


@dataclass(slots=True)
class _Exchange:
    """When a request was written and its answer came, in seconds of the monotonic clock."""

    sent_at: float = 0.0
    answered_at: float = 0.0

    @property
    def took(self) -> timedelta:
        return timedelta(seconds=self.answered_at - self.sent_at)


def _timing() -> aiohttp.TraceConfig:
    async def sent(_: aiohttp.ClientSession, request: SimpleNamespace, __: object) -> None:
        request.trace_request_ctx.sent_at = time.monotonic()

    async def answered(_: aiohttp.ClientSession, request: SimpleNamespace, __: object) -> None:
        request.trace_request_ctx.answered_at = time.monotonic()

    timing = aiohttp.TraceConfig()
    timing.on_request_headers_sent.append(sent)
    timing.on_request_end.append(answered)
    return timing


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    body = b""
    async for chunk in content.iter_any():
        body += chunk
        if len(body) >= READ_BYTES:
            break
    return body
