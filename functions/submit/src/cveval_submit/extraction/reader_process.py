"""The parent's side of the wall: a fork server, and the reader that it forks for one document."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from cveval.domain.errors import ExtractionUnavailable
from cveval_submit.extraction.fork_server import READY
from cveval_submit.extraction.limits import Limits

MAX_ANSWER = 8_000_000
"""Bytes that are taken from a reader: 400,000 characters as JSON, with room. A reader that was taken over may say more."""
START_WITHIN = 30.0
"""Seconds; a start takes half of one, on a machine that has nothing else to do."""
STOP_WITHIN = 5.0
"""Seconds until a server that does not kill is killed itself."""
_PIECE = 65_536
_UNAVAILABLE = "documents cannot be read at the moment: try again"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader said and how it ended (`returncode` as in `subprocess`: negative is a signal)."""

    said: bytes
    returncode: int


class ForkServerProcess:
    """A started `fork_server` with its parsers loaded. It reads nothing itself."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @classmethod
    async def start(cls, limits: Limits) -> Self:
        """Start a server and wait until it is ready, with no environment, no descriptor and no terminal of ours.

        Raises:
            ExtractionUnavailable: it could not be started.
        """
        command = (sys.executable, "-IB", "-X", "utf8", "-m", "cveval_submit.extraction.fork_server")
        figures = (limits.memory, limits.cpu, limits.wall.total_seconds())
        ours, theirs = _pair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    *map(str, figures),
                    stdin=theirs.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote a document
                    env={},
                    cwd="/",
                    start_new_session=True,  # ctrl-C on the server must not fail a document
                )
        except BaseException as error:
            ours.close()
            if isinstance(error, OSError):
                raise ExtractionUnavailable(_UNAVAILABLE) from error
            raise
        started = cls(process, ours)
        try:
            async with asyncio.timeout(START_WITHIN):
                greeting = await _receive(ours, len(READY))
        except TimeoutError:
            greeting = b""
        except BaseException:
            await started.stop()
            raise
        if greeting != READY:
            await started.stop()
            raise ExtractionUnavailable(_UNAVAILABLE)
        return started

    @property
    def pid(self) -> int:
        return self._process.pid

    def fork(self) -> "ReaderProcess":
        """A reader for one document.

        Raises:
            ExtractionUnavailable: the server is gone, or hangs.
        """
        channel, reader = _pair()
        lifeline, server = _pair()
        with reader, server:
            try:
                socket.send_fds(self._control, [b"1"], [reader.fileno(), server.fileno()])
            except OSError as error:
                channel.close()
                lifeline.close()
                raise ExtractionUnavailable(_UNAVAILABLE) from error
        return ReaderProcess(self, channel, lifeline)

    async def stop(self) -> None:
        """Kill the server and see it reaped. Its readers are gone already, or end on their own limits. Safe to call again."""
        self._control.close()
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


class ReaderProcess:
    """A forked reader: asked once, and surely gone afterwards."""

    def __init__(self, server: ForkServerProcess, channel: socket.socket, lifeline: socket.socket) -> None:
        self._server = server
        self._channel = channel
        self._lifeline = lifeline

    async def ask(self, content: bytes) -> Answer:
        """Hand over the one document and take the answer; no more than MAX_ANSWER of it.

        Raises:
            ExtractionUnavailable: the server died.
        """
        await self._hand_over(content)
        said = bytearray()
        while len(said) <= MAX_ANSWER and (piece := await _receive(self._channel, _PIECE)):
            said += piece
        if len(said) > MAX_ANSWER:
            self._let_go()
        ended = await _receive(self._lifeline, 16)
        if not ended:
            # It may be dying still: the next document must not be given to it.
            await self._server.stop()
            raise ExtractionUnavailable(_UNAVAILABLE)
        return Answer(bytes(said), int(ended))

    async def _hand_over(self, content: bytes) -> None:
        # A reader that dies halfway is told by how it ended.
        with suppress(BrokenPipeError, ConnectionResetError):
            await asyncio.get_running_loop().sock_sendall(self._channel, content)
            self._channel.shutdown(socket.SHUT_WR)

    async def stop(self) -> None:
        """Have the reader killed if it lives, and see it reaped. Safe to call again."""
        try:
            self._let_go()
            async with asyncio.timeout(STOP_WITHIN):
                while await _receive(self._lifeline, 16):
                    pass
        except TimeoutError:
            await self._server.stop()
        finally:
            self._channel.close()
            self._lifeline.close()

    def _let_go(self) -> None:
        with suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_WR)


def _pair() -> tuple[socket.socket, socket.socket]:
    """Ours, which waits for nothing, and theirs."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs


async def _receive(end: socket.socket, size: int) -> bytes:
    """What has come, b"" at the end; a peer that died with something unread is an end as well."""
    try:
        return await asyncio.get_running_loop().sock_recv(end, size)
    except ConnectionResetError:
        return b""
