"""Consuming one queue: bounded, in any order; what is done with leaves the stream."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from cveval.observability import Metrics
from cveval.queue.dispatching import Dispatcher
from cveval.queue.kafka.records import Source, to_delivery, topic_of
from cveval.queue.redis.client import FAULTS, ensure_group
from cveval.queue.redis.records import to_raw_record
from cveval.queue.redis.settings import RedisSettings

log = logging.getLogger(__name__)

BATCH = 100
WAIT = 0.5
"""Seconds that a read, or a full consumer, waits at a time: so much later SIGTERM is heard."""
LOOK_EVERY = 1.0
PAUSE = 0.5
MOST_PENDING = 20_000
A_DAY_MS = 86_400_000
MISSING = ("NOGROUP", "UNBLOCKED")
"""How Redis says that group or stream are gone, at once or in the middle of a read."""


class RedisConsumer:
    """One consumer of the group, for one stream.

    An entry that was read is pending in the group under this consumer's name until it is acknowledged; the name is new with each
    process. A live consumer renews what it holds; what was not renewed for `takeover_after` is anybody's.
    """

    def __init__(
        self,
        client: Redis,
        settings: RedisSettings,
        source: Source,
        metrics: Metrics,
        queue: str,
        *,
        takeover_after: timedelta,
        drain: timedelta,
    ) -> None:
        self._client = client
        self._group = settings.group
        self._timeout = settings.timeout.total_seconds()
        self._source = source
        self._metrics = metrics
        self._queue = queue
        self._stream = topic_of(queue)
        self._name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self._takeover_ms = max(1, round(takeover_after.total_seconds() * 1000))
        self._renew_every = takeover_after.total_seconds() / 3
        self._look_every = min(LOOK_EVERY, self._renew_every)
        self._wait = min(WAIT, self._look_every / 2)
        self._drain = drain
        self._in_flight: set[bytes] = set()
        self._done: set[bytes] = set()
        self._acknowledging: asyncio.Task[None] | None = None
        self._looked_at = float("-inf")
        self._renewed_at = time.monotonic()
        self._is_leaving = False
        self._told = ""

    async def run(self, dispatcher: Dispatcher) -> None:
        """Consume until cancelled; then drain (bounded), acknowledge, and give back what was not done."""
        self._dispatcher = dispatcher
        # Told to leave and not cancelled: entries whose reading is cut off would be delivered to nobody.
        working = asyncio.create_task(self._work())
        try:
            await asyncio.shield(working)
        finally:
            self._is_leaving = True
            await asyncio.gather(working, return_exceptions=True)
            await dispatcher.drain(self._drain)
            await self._leave()

    async def _work(self) -> None:
        while not self._is_leaving:
            try:
                await self._step()
            except FAULTS as error:
                await self._mend(error)
            else:
                self._tell("")

    async def _step(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait):
                await self._dispatcher.wait_for_room()
        async with asyncio.timeout(self._timeout):
            await self._look_after()
            if self._dispatcher.room:
                await self._read()

    async def _mend(self, error: Exception) -> None:
        """Redis came back empty, perhaps: then group and stream are made anew. Else it is waited for."""
        try:
            if isinstance(error, ResponseError) and str(error).startswith(MISSING):
                await ensure_group(self._client, self._stream, self._group)
                return
        except FAULTS as another:
            error = another
        self._tell(str(error) or "no answer in time")
        await asyncio.sleep(PAUSE)

    def _tell(self, error: str) -> None:
        """Once for each thing that is wrong, and once when nothing is."""
        if error == self._told:
            return
        self._told = error
        if error:
            log.warning("the consumer waits for Redis", extra={"stream": self._stream, "error": error})
        else:
            log.info("the consumer has Redis again", extra={"stream": self._stream})

    # -- taking ------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        answer: Any = await self._client.xreadgroup(
            self._group,
            self._name,
            {self._stream: ">"},
            count=min(self._dispatcher.room, BATCH),
            block=max(1, round(self._wait * 1000)),
        )
        for _, entries in answer or ():
            for entry_id, fields in entries:
                self._take(entry_id, fields)

    async def _take_over(self) -> None:
        """What a consumer that is dead, or has left, did not acknowledge."""
        cursor = b"0-0"
        while room := min(self._dispatcher.room, BATCH):
            cursor, entries, *_ = await self._client.xautoclaim(
                self._stream, self._group, self._name, self._takeover_ms, start_id=cursor, count=room
            )
            if entries:
                log.info("taken over", extra={"stream": self._stream, "entries": len(entries)})
            for entry_id, fields in entries:
                self._take(entry_id, fields)
            if cursor == b"0-0":
                return

    def _take(self, entry_id: bytes, fields: Mapping[bytes, bytes]) -> None:
        if self._is_leaving or entry_id in self._in_flight or entry_id in self._done:
            # Given back soon; or our own, which we were late to renew.
            return

        def end(is_done: bool) -> None:  # noqa: FBT001 - called with a task's result
            self._in_flight.discard(entry_id)
            if is_done:
                self._done.add(entry_id)
                self._acknowledge_soon()

        self._in_flight.add(entry_id)
        record = to_raw_record(self._stream, entry_id, fields)
        self._dispatcher.start(to_delivery(record, self._queue, self._source), end)

    # -- ending ------------------------------------------------------------------------------------------------------

    def _acknowledge_soon(self) -> None:
        """What ends while one acknowledgement is under way shares the next."""
        if self._acknowledging is None or self._acknowledging.done():
            self._acknowledging = asyncio.create_task(self._acknowledge())
            # What failed is told, and tried again, by the next look.
            self._acknowledging.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _acknowledge(self) -> None:
        while batch := [*self._done]:
            # No MULTI, which Redis refuses when it is out of memory. Deleted first: cut off in between, what is pending and not
            # there is dropped by the next XAUTOCLAIM; acknowledged and still there it would stay for ever.
            async with (
                asyncio.timeout(self._timeout),
                self._client.pipeline(transaction=False) as pipe,
            ):
                pipe.xdel(self._stream, *batch)
                pipe.xack(self._stream, self._group, *batch)
                await pipe.execute()
            self._done.difference_update(batch)

    async def _leave(self) -> None:
        """Give back what was not done, so that the next consumer need not wait for it."""
        with suppress(KeyError):
            self._metrics.lag.remove(self._queue, "0")
        try:
            async with asyncio.timeout(self._timeout):
                await self._acknowledge()
                await self._give_back()
        except FAULTS as error:
            log.warning(
                "left without a word to Redis: what was held is taken over later",
                extra={"stream": self._stream, "error": str(error)},
            )

    async def _give_back(self) -> None:
        """What is pending under this name, whether it was taken or not, is made to look idle for a day."""
        held = await self._client.xpending_range(
            self._stream, self._group, "-", "+", MOST_PENDING, consumername=self._name
        )
        if held:
            ids: list[Any] = [entry["message_id"] for entry in held]
            await self._client.xclaim(
                self._stream, self._group, self._name, 0, ids, idle=A_DAY_MS, justid=True
            )

    # -- looking after -----------------------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < self._look_every:
            return
        # First: while it fails nothing more is taken, or what is done would pile up.
        await self._acknowledge()
        if now - self._renewed_at >= self._renew_every:
            await self._renew()
            await self._forget_the_dead()
            self._renewed_at = now
        await self._take_over()
        entries = await self._client.xlen(self._stream)
        self._metrics.lag.labels(self._queue, "0").set(entries)
        self._looked_at = now

    async def _renew(self) -> None:
        """What is in flight, retries and a breaker's pause included, is not idle."""
        if self._in_flight:
            await self._client.xclaim(
                self._stream, self._group, self._name, 0, [*self._in_flight], justid=True
            )

    async def _forget_the_dead(self) -> None:
        """Names of consumers that left or were killed, once nothing is pending under them: it would go with the name."""
        for consumer in await self._client.xinfo_consumers(self._stream, self._group):
            if not consumer["pending"] and consumer["idle"] > self._takeover_ms:
                await self._client.xgroup_delconsumer(self._stream, self._group, consumer["name"])
