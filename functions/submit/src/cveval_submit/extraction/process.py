"""Extraction behind a wall: every document is read by a child process of its own that dies with its limits."""

import asyncio
import json
import signal
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cveval.domain.documents import Extracted
from cveval.domain.errors import ExtractionUnavailable, RejectedError, UnreadableDocument, UnsupportedDocument
from cveval_submit.extraction.child import OUT_OF_MEMORY
from cveval_submit.extraction.kinds import Kind
from cveval_submit.extraction.limits import Limits
from cveval_submit.extraction.reader_process import Answer, ReaderProcess

_REFUSALS: dict[str, type[RejectedError]] = {
    refusal.code: refusal for refusal in (UnsupportedDocument, UnreadableDocument)
}
_WAY_OUT = "export it again in a simpler form (text, few pictures) and upload that"


class ProcessExtractor:
    """An `Extractor`. No child reads two documents, so nothing passes from one candidate to the next.

    A spare child per slot waits with its imports done, from the first document on; `aclose` ends them.
    """

    def __init__(self, limits: Limits | None = None, *, concurrency: int = 2) -> None:
        self._limits = limits or Limits()
        self._slots = asyncio.Semaphore(concurrency)
        self._spares: deque[asyncio.Task[ReaderProcess]] = deque()
        self._is_closed = False

    async def extract(self, content: bytes, *, field: str) -> Extracted:
        if not content:
            raise UnreadableDocument(f"{field} is empty: upload the document with its content", field=field)
        async with self._slot():
            child = await self._take_child()
            try:
                async with asyncio.timeout(self._limits.wall.total_seconds()):
                    answer = await child.ask(content)
            except TimeoutError as error:
                seconds = f"{self._limits.wall.total_seconds():g}"
                raise UnreadableDocument(
                    f"{field} was not read within {seconds} seconds, which is the limit: {_WAY_OUT}",
                    field=field,
                ) from error
            finally:
                await child.stop()
                self._prepare_spare()
        return self._interpret(answer, field)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """A place to read in. Nobody waits long behind documents that are slow to read."""
        try:
            async with asyncio.timeout(self._limits.queue.total_seconds()):
                await self._slots.acquire()
        except TimeoutError:
            raise ExtractionUnavailable(
                "too many documents are being read at the moment: try again in a few seconds",
                retry_after=self._limits.queue,
            ) from None
        try:
            yield
        finally:
            self._slots.release()

    async def aclose(self) -> None:
        """End the spare children. Documents that are being read end by themselves."""
        self._is_closed = True
        while self._spares:
            spare = self._spares.popleft()
            spare.cancel()
            [started] = await asyncio.gather(spare, return_exceptions=True)
            if isinstance(started, ReaderProcess):
                await started.stop()

    async def _take_child(self) -> ReaderProcess:
        """A spare that lives, or a new child."""
        while self._spares:
            try:
                spare = await self._spares.popleft()
            except ExtractionUnavailable:
                continue
            if spare.is_alive:
                return spare
            await spare.stop()
        return await ReaderProcess.start(self._limits)

    def _prepare_spare(self) -> None:
        """Start a child for this slot's next document, after this one's, so that they do not compete."""
        if not self._is_closed:
            self._spares.append(asyncio.create_task(ReaderProcess.start(self._limits)))

    def _interpret(self, answer: Answer, field: str) -> Extracted:
        """An answer is as untrusted as the document: a child may have been taken over by it."""
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
