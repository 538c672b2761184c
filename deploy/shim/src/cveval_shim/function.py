"""The function at the other end: an event becomes a POST, its answer is read."""

from datetime import timedelta
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
        try:
            async with self._session.post(
                self._url,
                data=delivery.body or None,
                headers={**delivery.headers, **self._token.headers()},
                # A redirect is a wrong deployment, to be told and not to be followed.
                allow_redirects=False,
            ) as response:
                body = b"" if response.ok else await _beginning(response.content)
                return read_answer(response.status, response.headers, body)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Answer(None)

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE.total_seconds()),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # The request is the record's, and nothing of ours.
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    body = b""
    async for chunk in content.iter_any():
        body += chunk
        if len(body) >= READ_BYTES:
            break
    return body
