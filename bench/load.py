"""A client that costs next to nothing: it shares the machine with what it measures, as pgbench does."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Self, cast
from urllib.parse import urlsplit

MakeRequest = Callable[[], bytes]


def post(address: str, path: str, body: object, headers: Mapping[str, str]) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Connection(asyncio.Protocol):
    """One caller: a request, its answer, the next request. Answers must have a Content-Length."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answered: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, address: str) -> Self:
        where = urlsplit(address)
        assert where.hostname is not None
        _, connection = await asyncio.get_running_loop().create_connection(
            cls, where.hostname, where.port or 80
        )
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    async def ask(self, request: bytes) -> bytes:
        """The whole answer, its head included."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if gap and len(body) >= _length(bytes(head)):
            answer = bytes(self._received)
            self._received.clear()
            if self._answered is not None and not self._answered.done():
                self._answered.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


async def requests_per_second(
    address: str, make: MakeRequest, seconds: float, *, expect: int, concurrency: int = 16
) -> float:
    """So many callers on a connection each, asking again as soon as they are answered with the status that is expected."""
    expected = f"HTTP/1.1 {expect} ".encode()
    answered = 0
    callers = [await Connection.open(address) for _ in range(concurrency)]
    began = time.perf_counter()

    async def call(connection: Connection) -> None:
        nonlocal answered
        while time.perf_counter() < began + seconds:
            answer = await connection.ask(make())
            assert answer.startswith(expected), answer
            answered += 1

    try:
        await asyncio.gather(*map(call, callers))
        return answered / (time.perf_counter() - began)
    finally:
        for caller in callers:
            caller.close()
