"""The network between shims and evaluate: it spreads requests over the instances, sees every answer, and does harm when told."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

HEAD_LIMIT = 1 << 17
LONGEST_DELAY = 1.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OUTCOME = re.compile(rb"\r\ncveval-outcome: *(\w+)", re.IGNORECASE)


class Harm(StrEnum):
    NONE = "none"
    CUT = "cut"
    """No connection gets through."""
    RESET = "reset"
    """Connections are reset while the function works."""
    DELAY = "delay"
    """Answers are late."""
    DROP = "drop"
    """The work is done, and its answer never arrives."""


@dataclass
class Proxy:
    ports: Sequence[int]
    """Of the instances."""
    chance: random.Random
    harm: Harm = Harm.NONE
    outcomes: Counter[str] = field(default_factory=Counter)
    """What evaluate answered, whether or not the shim heard it."""
    harmed: Counter[Harm] = field(default_factory=Counter)
    _turn: int = 0
    _connections: "set[asyncio.Task[None]]" = field(default_factory=set)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, limit=HEAD_LIMIT)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                answer = await self._forward(await _message(reader))
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.transport.abort()

    async def _forward(self, request: bytes) -> bytes | None:
        """The answer; None: the connection breaks."""
        if self._does(Harm.CUT, 1.0):
            return None
        reader, writer = await self._connect()
        try:
            writer.write(request)
            if self._does(Harm.RESET, 0.5):
                await writer.drain()
                await asyncio.sleep(self.chance.uniform(0, 0.05))
                return None
            answer = await _message(reader)
        finally:
            writer.transport.abort()
        if outcome := _OUTCOME.search(answer):
            self.outcomes[outcome[1].decode()] += 1
        else:
            self.outcomes[answer[9:12].decode(errors="replace")] += 1
        if self._does(Harm.DELAY, 0.5):
            await asyncio.sleep(self.chance.uniform(0, LONGEST_DELAY))
        return None if self._does(Harm.DROP, 0.5) else answer

    def _does(self, harm: Harm, share: float) -> bool:
        if self.harm is not harm or self.chance.random() >= share:
            return False
        self.harmed[harm] += 1
        return True

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the instances in turn; to another one where one is down."""
        for _ in self.ports[1:]:
            with suppress(OSError):
                return await self._connect_next()
        return await self._connect_next()

    async def _connect_next(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._turn += 1
        port = self.ports[self._turn % len(self.ports)]
        return await asyncio.open_connection("127.0.0.1", port, limit=HEAD_LIMIT)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer, whole: both sides say how long it is, or it has no body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + await reader.readexactly(int(length[1])) if length else head
