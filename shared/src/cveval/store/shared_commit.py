"""Callers share commits: whatever arrives while a transaction is under way shares the next one.

Alone, a caller waits for nobody; under load, commits, round trips and connections are shared.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cveval.domain.errors import CvevalError, StoreUnavailable
from cveval.observability import Metrics

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    answer: "asyncio.Future[Answer]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class SharedCommit(Generic[Item, Answer]):
    """One hot step of the store, shared by the callers of this process.

    Args:
        run: the step for a list of items, in a transaction of its own; one answer each, in order. An answer that is an error
            is raised to its caller.
        names: what an item needs for itself: a batch holds each name at most once, later items wait for the next batch.
        at_once: batches under way at the same time (each needs a connection).
    """

    def __init__(
        self,
        step: str,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | CvevalError]]],
        names: Callable[[Item], Iterable[Hashable]],
        metrics: Metrics,
        *,
        at_once: int = 1,
        largest: int = 100,
    ) -> None:
        self._run = run
        self._names = names
        self._size = metrics.batch_size.labels(step)
        self._largest = largest
        self._free = at_once
        self._waiting: deque[_Waiting[Item, Answer]] = deque()
        self._busy_names: set[Hashable] = set()
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Answer:
        """Run the step for one item, together with whoever else is waiting.

        A caller that is cancelled while it waits is forgotten; once its batch is under way, the batch goes on without it.
        """
        waiting: _Waiting[Item, Answer] = _Waiting(item)
        self._waiting.append(waiting)
        self._start()
        return await waiting.answer

    def _start(self) -> None:
        while self._free and (batch := self._next_batch()):
            self._free -= 1
            task = asyncio.ensure_future(self._finish(batch))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _next_batch(self) -> list[_Waiting[Item, Answer]]:
        """Whoever waits, in order, but nobody whose name is in this batch or in one that is under way."""
        batch: list[_Waiting[Item, Answer]] = []
        later: list[_Waiting[Item, Answer]] = []
        while self._waiting and len(batch) < self._largest:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                continue
            names = set(self._names(waiting.item))
            if names & self._busy_names:
                later.append(waiting)
            else:
                self._busy_names |= names
                batch.append(waiting)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _finish(self, batch: list[_Waiting[Item, Answer]]) -> None:
        self._size.observe(len(batch))
        try:
            await self._answer(batch)
        finally:
            for waiting in batch:
                self._busy_names -= set(self._names(waiting.item))
                if not waiting.answer.done():
                    waiting.answer.cancel()
            self._free += 1
            self._start()

    async def _answer(self, batch: list[_Waiting[Item, Answer]]) -> None:
        try:
            answers = await self._run([waiting.item for waiting in batch])
        except StoreUnavailable as error:
            # It is the database, not a neighbour: running one by one would only make it worse.
            for waiting in batch:
                _fail(waiting, error)
        except Exception as error:  # noqa: BLE001 - handed to its caller, not swallowed
            if len(batch) == 1:
                _fail(batch[0], error)
            else:
                # Nobody pays for another's mistake.
                await asyncio.gather(*(self._answer([waiting]) for waiting in batch))
        else:
            for waiting, answer in zip(batch, answers, strict=True):
                if isinstance(answer, CvevalError):
                    _fail(waiting, answer)
                elif not waiting.answer.done():
                    waiting.answer.set_result(answer)

    async def aclose(self) -> None:
        """Wait for what is under way."""
        while self._under_way:
            with suppress(Exception):
                await asyncio.gather(*self._under_way)


def _fail(waiting: _Waiting[Item, Answer], error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
