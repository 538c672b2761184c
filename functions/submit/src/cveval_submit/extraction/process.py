"""Extraction behind a wall: every document is read by a process of its own that dies with its limits."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from weakref import WeakValueDictionary

from cveval.domain.documents import Extracted
from cveval.domain.errors import ExtractionUnavailable, RejectedError, UnreadableDocument, UnsupportedDocument
from cveval_submit.extraction.child import OUT_OF_MEMORY
from cveval_submit.extraction.kinds import Kind
from cveval_submit.extraction.limits import Limits
from cveval_submit.extraction.reader_process import Answer, ForkServerProcess, ReaderProcess

_REFUSALS: dict[str, type[RejectedError]] = {
    refusal.code: refusal for refusal in (UnsupportedDocument, UnreadableDocument)
}
_WAY_OUT = "export it again in a simpler form (text, few pictures) and use that"


class ProcessExtractor:
    """An `Extractor`. No process reads two documents, so nothing passes from one candidate to the next.

    They are forked from a server that has the parsers loaded and sees no document; it starts with the first document, is
    replaced when it dies, and ends with `aclose`.
    """

    def __init__(self, limits: Limits | None = None, *, concurrency: int = 2) -> None:
        self._limits = limits or Limits()
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        # Forgotten once nobody of the owner waits or reads.
        self._of_owner: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._starting = asyncio.Lock()
        self._server: ForkServerProcess | None = None
        self._reading = 0
        self._is_closed = False

    async def extract(self, content: bytes, *, field: str, owner: str | None = None) -> Extracted:
        if not content:
            raise UnreadableDocument(f"{field} is empty: give the document with its content", field=field)
        async with self._slot(owner):
            reader = await self._fork()
            try:
                async with asyncio.timeout(self._limits.wall.total_seconds()):
                    answer = await reader.ask(content)
            except TimeoutError as error:
                seconds = f"{self._limits.wall.total_seconds():g}"
                raise UnreadableDocument(
                    f"{field} was not read within {seconds} seconds, which is the limit: {_WAY_OUT}",
                    field=field,
                ) from error
            finally:
                await reader.stop()
        return self._interpret(answer, field)

    @asynccontextmanager
    async def _slot(self, owner: str | None) -> AsyncIterator[None]:
        """A place to read in. Nobody waits long behind documents that are slow to read, nor at all behind one owner's."""
        async with AsyncExitStack() as places:
            places.push_async_callback(self._end_when_done)  # last of all
            try:
                async with asyncio.timeout(self._limits.queue.total_seconds()):
                    if owner is not None:
                        await places.enter_async_context(self._of_owner.setdefault(owner, self._new_share()))
                    await places.enter_async_context(self._slots)
            except TimeoutError:
                raise ExtractionUnavailable(
                    "too many documents are being read at the moment: try again in a few seconds",
                    retry_after=self._limits.queue,
                ) from None
            self._reading += 1
            try:
                yield
            finally:
                self._reading -= 1

    def _new_share(self) -> asyncio.Semaphore:
        """One owner's: all places but one."""
        return asyncio.Semaphore(max(1, self._concurrency - 1))

    async def aclose(self) -> None:
        """End the server, as soon as no document is being read."""
        self._is_closed = True
        await self._end_when_done()

    async def _end_when_done(self) -> None:
        if self._is_closed and not self._reading and self._server is not None:
            server, self._server = self._server, None
            await server.stop()

    async def _fork(self) -> ReaderProcess:
        """A reader by the server, or by a new server where it died."""
        async with self._starting:
            if self._server is not None:
                with suppress(ExtractionUnavailable):
                    return self._server.fork()
                died, self._server = self._server, None
                await died.stop()
            self._server = await ForkServerProcess.start(self._limits)
            return self._server.fork()

    def _interpret(self, answer: Answer, field: str) -> Extracted:
        """An answer is as untrusted as the document: a reader may have been taken over by it."""
        if answer.returncode != 0:
            raise UnreadableDocument(
                f"{field} {self._cause_of_death(answer.returncode)}: {_WAY_OUT}", field=field
            )
        # ValueError: no JSON, an unknown kind, or a lone surrogate that no database holds.
        with suppress(ValueError):
            match json.loads(answer.said):
                case {"error": str(code), "message": str(message)} if code in _REFUSALS:
                    raise _REFUSALS[code](f"{field} {message}", field=field)
                case {"text": str(text), "mime": str(mime), "warnings": [*warnings]} if "\x00" not in text:
                    text.encode()
                    return Extracted(text, Kind(mime).value, tuple(str(warning) for warning in warnings))
        raise UnreadableDocument(f"{field} could not be read: {_WAY_OUT}", field=field)

    def _cause_of_death(self, returncode: int) -> str:
        memory = f"{self._limits.memory / 1_000_000:,.0f} MB of memory"
        if returncode == OUT_OF_MEMORY:
            return f"needs more than {memory} to be read, which is the limit"
        if returncode == -signal.SIGXCPU:
            return f"needs more than {self._limits.cpu} seconds of computing to be read, which is the limit"
        return f"ended its reader (limits: {memory}, {self._limits.cpu} seconds of computing)"
