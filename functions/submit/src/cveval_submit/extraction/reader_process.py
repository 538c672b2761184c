"""One child process for one document: started, asked once, and surely gone afterwards."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from cveval.domain.errors import ExtractionUnavailable
from cveval_submit.extraction.child import READY
from cveval_submit.extraction.limits import Limits

MAX_ANSWER = 8_000_000
"""Bytes that are taken from a child: 400,000 characters as JSON, with room. A child that was taken over may say more."""
START_WITHIN = 30.0
"""Seconds; a start takes a quarter of one, on a machine that has nothing else to do."""
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said and how it ended (`returncode` as in `subprocess`: negative is a signal)."""

    said: bytes
    returncode: int


class ReaderProcess:
    """A started child with its parsers loaded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout

    @classmethod
    async def start(cls, limits: Limits) -> Self:
        """Start a child and wait until it is ready, with no environment, no descriptor and no terminal of ours.

        Raises:
            ExtractionUnavailable: it could not be started, or died before it had seen a document.
        """
        command = (sys.executable, "-IB", "-X", "utf8", "-m", "cveval_submit.extraction.child")
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                str(limits.memory),
                str(limits.cpu),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote the document
                env={},
                cwd="/",
                start_new_session=True,  # ctrl-C on the server must not fail a document
            )
        except OSError as error:
            raise ExtractionUnavailable("documents cannot be read at the moment: try again") from error
        started = cls(process)
        try:
            async with asyncio.timeout(START_WITHIN):
                greeting = await started._from.readline()
        except TimeoutError:
            greeting = b""
        except BaseException:
            await started.stop()
            raise
        if greeting != READY:
            await started.stop()
            raise ExtractionUnavailable("documents cannot be read at the moment: try again")
        return started

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, content: bytes) -> Answer:
        """Hand over the one document and take the answer; no more than MAX_ANSWER of it."""
        # A child that dies halfway is told by its return code.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._to.write(content)
            await self._to.drain()
        self._to.close()
        said = bytearray()
        while len(said) <= MAX_ANSWER and (piece := await self._from.read(_PIECE)):
            said += piece
        if len(said) > MAX_ANSWER:
            self._kill()
        return Answer(bytes(said), await self._process.wait())

    async def stop(self) -> None:
        """Kill the child if it lives, and see it reaped. Safe to call again."""
        self._kill()
        self._to.close()
        # Until both pipes are at their end asyncio keeps the process's transport.
        while await self._from.read(_PIECE):
            pass
        await self._process.wait()

    def _kill(self) -> None:
        if self.is_alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
