"""Consuming one queue: bounded, in any order, committed up to the first unfinished record."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from cveval.domain.events import RawRecord
from cveval.observability import Metrics
from cveval.queue.dispatching import Dispatcher
from cveval.queue.kafka.complaints import Complaints
from cveval.queue.kafka.offsets import Offsets
from cveval.queue.kafka.records import Source, moment_of, to_delivery, topic_of
from cveval.queue.kafka.settings import KafkaSettings

T = TypeVar("T")

log = logging.getLogger(__name__)

POLL = 0.2
BATCH = 100
COMMIT_EVERY = 1.0
LOOK_EVERY = 20.0
"""So often a member without a partition looks at the topic: one that joined while it was gone is not told when it is back."""
LOOKS_WITHIN = 2.0
LEAVES_WITHIN = 10.0
"""So long a leaving member tries to commit while the group rebalances."""
HEARTBEATS_PER_SESSION = 10
"""The others hear of a rebalance with their next heartbeat: until then the partitions that move stand still."""
FULL_FOR = 0.1
"""So long a full consumer just does not poll; then its partitions pause, and polling goes on for the group's sake."""


@dataclass
class _Partition:
    """What is known of an assigned partition."""

    offsets: Offsets = field(default_factory=Offsets)
    tasks: "set[asyncio.Task[bool]]" = field(default_factory=set)
    committed: int | None = None
    begins: int | None = None
    """Where consuming begins, as far as it was asked for: before the first record is taken, the lag is counted from there."""
    is_paused: bool | None = None
    """None: not known. The client keeps a pause beyond a revocation, so a partition that comes back is resumed, too."""


class KafkaConsumer:
    """One member of the group, for one queue.

    All state belongs to the event loop; every call of the client is made on one thread of its own, in order. The client calls
    back inside its poll when partitions go: then that thread waits while the loop drains them.
    """

    def __init__(
        self, settings: KafkaSettings, source: Source, metrics: Metrics, queue: str, *, drain: timedelta
    ) -> None:
        self._settings = settings
        self._source = source
        self._metrics = metrics
        self._queue = queue
        self._topic = topic_of(queue)
        self._drain = drain
        self._complaints = Complaints(f"consumer of {self._topic}")
        self._partitions: dict[int, _Partition] = {}
        self._committed_at = self._looked_at = time.monotonic()
        self._found: int | None = None
        """How many partitions the topic had when this member, having none of them, joined anew or saw no need to."""

    async def run(self, dispatcher: Dispatcher) -> None:
        """Consume until cancelled; then drain (bounded), commit and leave the group."""
        self._dispatcher = dispatcher
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"kafka-{self._topic}")
        self._client = self._subscribed()
        try:
            while True:
                await self._step()
        finally:
            await dispatcher.drain(self._drain)
            await self._commit_before_leaving()
            await self._call(self._leave)
            self._thread.shutdown()
            self._forget(self._partitions.copy())

    async def _call(self, function: Callable[..., T], *arguments: object) -> T:
        return await self._loop.run_in_executor(self._thread, function, *arguments)

    async def _step(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FULL_FOR):
                await self._dispatcher.wait_for_room()
        room = self._dispatcher.room
        pausing, resuming = self._to_pause_and_resume(is_full=not room)
        for message in await self._call(self._poll, room, pausing, resuming):
            self._take(message)
        if time.monotonic() - self._committed_at >= COMMIT_EVERY:
            self._committed_at = time.monotonic()
            ready = self._committable(self._partitions)
            untouched = {n: p.begins for n, p in self._partitions.items() if p.offsets.committable is None}
            unheard = {n for n, p in self._partitions.items() if p.is_paused} | untouched.keys()
            ends, begins = await self._call(
                self._commit_and_look, ready, list(self._partitions), untouched, unheard
            )
            self._show_lag(ends, begins)
        if not self._partitions and time.monotonic() - self._looked_at >= LOOK_EVERY:
            self._looked_at = time.monotonic()
            self._found = await self._call(self._join_anew_if_changed, self._found)

    # -- on the loop ---------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        record = _record(message)
        partition = self._partitions.get(record.partition)
        if partition is None:
            # It went while this batch was on its way; its new owner has it.
            return
        try:
            partition.offsets.start(record.offset)
        except ValueError:
            log.warning(
                "the partition was made anew", extra={"topic": self._topic, "partition": record.partition}
            )
            partition.offsets, partition.committed = Offsets(), None
            partition.offsets.start(record.offset)
        offsets = partition.offsets

        def end(is_done: bool) -> None:  # noqa: FBT001 - called with a task's result
            partition.tasks.discard(task)
            if is_done:
                offsets.finish(record.offset)

        task = self._dispatcher.start(to_delivery(record, self._queue, self._source), end)
        partition.tasks.add(task)

    def _committable(self, partitions: Mapping[int, _Partition]) -> list[TopicPartition]:
        ready = []
        for number, partition in partitions.items():
            offset = partition.offsets.committable
            if offset is not None and offset != partition.committed:
                partition.committed = offset
                ready.append(TopicPartition(self._topic, number, offset))
        return ready

    def _to_pause_and_resume(self, *, is_full: bool) -> tuple[list[TopicPartition], list[TopicPartition]]:
        pausing: list[TopicPartition] = []
        resuming: list[TopicPartition] = []
        for number, partition in self._partitions.items():
            wants_pause = is_full or partition.offsets.skew >= self._settings.max_skew
            if wants_pause is not partition.is_paused:
                partition.is_paused = wants_pause
                (pausing if wants_pause else resuming).append(TopicPartition(self._topic, number))
        return pausing, resuming

    async def _commit_before_leaving(self) -> None:
        """What a rebalance refuses is committed after it: else the next owner would have all of it delivered again."""
        self._commit_again(self._partitions)
        until = time.monotonic() + LEAVES_WITHIN
        while (ready := self._committable(self._partitions)) and time.monotonic() < until:
            await self._call(self._commit_and_go_along, ready)

    async def _give_back(self, numbers: Sequence[int]) -> list[TopicPartition]:
        """Drain partitions that go; what may be committed of them."""
        going = {n: self._partitions[n] for n in numbers if n in self._partitions}
        tasks = {task for partition in going.values() for task in partition.tasks}
        await self._dispatcher.drain(self._drain, tasks)
        # Whether a commit without waiting was refused may not be known yet.
        self._commit_again(numbers)
        ready = self._committable(going)
        self._forget(going)
        return ready

    def _forget(self, going: Mapping[int, _Partition]) -> None:
        self._looked_at, self._found = time.monotonic(), None
        for number in going:
            del self._partitions[number]
            with suppress(KeyError):
                self._metrics.lag.remove(self._queue, str(number))

    # -- on the client's thread --------------------------------------------------------------------------------------

    def _subscribed(self) -> Consumer:
        session = round(self._settings.session_timeout.total_seconds() * 1000)
        client = Consumer(
            {
                **self._settings.client(),
                "group.id": f"{self._settings.group}.{self._topic}",
                "partition.assignment.strategy": "cooperative-sticky",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": session,
                "heartbeat.interval.ms": max(1, session // HEARTBEATS_PER_SESSION),
                "fetch.wait.max.ms": 10,
                # What is fetched ahead is kept small: records wait better in the topic.
                "queued.min.messages": 1_000,
                "queued.max.messages.kbytes": 16_384,
                "error_cb": self._complaints.hear,
                "on_commit": self._committed,
            },
            logger=log,
        )
        self._subscribe(client)
        return client

    def _subscribe(self, client: Consumer) -> None:
        client.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)

    def _join_anew_if_changed(self, found: int | None) -> int | None:
        """Of a spare member the topic stays as it is, and its group in peace. Answers how many partitions there are; None: not known."""
        try:
            topic = self._client.list_topics(self._topic, timeout=LOOKS_WITHIN).topics[self._topic]
        except KafkaException:
            return None
        partitions = 0 if topic.error else len(topic.partitions)
        if partitions != found:
            self._client.unsubscribe()
            self._subscribe(self._client)
        return partitions

    def _poll(
        self, room: int, pausing: list[TopicPartition], resuming: list[TopicPartition]
    ) -> list[Message]:
        """At most so many records; waits for the first one only. With no room: just for the group's sake."""
        for change, partitions in ((self._client.pause, pausing), (self._client.resume, resuming)):
            # One may have gone meanwhile; its revocation is about to be told.
            with suppress(KafkaException):
                change(partitions)
        messages: list[Message] = []
        wait = POLL if room else 0.0
        while len(messages) < max(1, min(room, BATCH)):
            message = self._client.poll(wait)
            if message is None:
                break
            error = message.error()
            if error is None:
                messages.append(message)
            else:
                self._complaints.hear(error)
            wait = 0.0
        return messages

    def _assigned(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        asyncio.run_coroutine_threadsafe(
            self._receive([p.partition for p in partitions]), self._loop
        ).result()

    async def _receive(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._partitions[number] = _Partition()
        log.info("partitions assigned", extra={"topic": self._topic, "partitions": sorted(self._partitions)})

    def _revoked(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        numbers = [p.partition for p in partitions]
        self._commit(
            asyncio.run_coroutine_threadsafe(self._give_back(numbers), self._loop).result(), is_last=True
        )

    def _lost(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        """Somebody else has them already: there is nothing to commit."""
        numbers = [p.partition for p in partitions]
        log.warning("partitions lost", extra={"topic": self._topic, "partitions": numbers})
        asyncio.run_coroutine_threadsafe(self._give_back(numbers), self._loop).result()

    def _commit(self, offsets: list[TopicPartition], *, is_last: bool = False) -> None:
        """Without waiting, but for the last time: then the next owner of the partition must find it."""
        if not offsets:
            return
        try:
            if is_last:
                self._client.commit(offsets=offsets, asynchronous=False)
            else:
                self._client.commit(offsets=offsets)
        except KafkaException as error:
            self._committed(error.args[0], offsets)

    def _commit_and_go_along(self, offsets: list[TopicPartition]) -> None:
        """Commit and wait; a rebalance under way, which would refuse it, goes on inside the poll. What it brings is not taken."""
        self._commit(offsets, is_last=True)
        self._client.poll(0)

    def _committed(self, error: KafkaError | None, offsets: list[TopicPartition]) -> None:
        if error is None or error.code() == KafkaError._NO_OFFSET:  # noqa: SLF001 - its name
            return
        log.warning("offsets were not committed", extra={"topic": self._topic, "error": error.str()})
        self._loop.call_soon_threadsafe(self._commit_again, [offset.partition for offset in offsets])

    def _commit_again(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number in self._partitions:
                self._partitions[number].committed = None

    def _commit_and_look(
        self,
        offsets: list[TopicPartition],
        numbers: Sequence[int],
        untouched: Mapping[int, int | None],
        unheard: AbstractSet[int],
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Commit; and where each partition ends, and where the untouched begin.

        Args:
            unheard: nothing is fetched of these, so that only the broker knows where they end.
        """
        self._commit(offsets)
        ends, begins = {}, {}
        with suppress(KafkaException):
            asked = [TopicPartition(self._topic, n) for n, begin in untouched.items() if begin is None]
            found = self._client.committed(asked, timeout=POLL) if asked else []
            # Nothing committed: from the beginning, as auto.offset.reset says.
            begins = {tp.partition: max(tp.offset, 0) for tp in found}
        for number in numbers:
            with suppress(KafkaException):
                watermarks = self._client.get_watermark_offsets(
                    TopicPartition(self._topic, number), timeout=POLL, cached=number not in unheard
                )
                if watermarks:
                    ends[number] = watermarks[1]
        return ends, begins

    def _leave(self) -> None:
        self._client.close()

    def _show_lag(self, ends: Mapping[int, int], begins: Mapping[int, int]) -> None:
        for number, begin in begins.items():
            if number in self._partitions:
                self._partitions[number].begins = begin
        for number, end in ends.items():
            partition = self._partitions.get(number)
            if partition is None:
                continue
            offset = partition.offsets.committable
            offset = partition.begins if offset is None else offset
            if offset is not None:
                self._metrics.lag.labels(self._queue, str(number)).set(max(0, end - offset))


def _record(message: Message) -> RawRecord:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return RawRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=moment_of(message.timestamp()[1]),
        key=_bytes(message.key()),
        value=_bytes(message.value()),
        headers=_headers(message),
    )


def _headers(message: Message) -> tuple[tuple[str, bytes | None], ...]:
    try:
        headers = message.headers() or ()
    except UnicodeDecodeError:
        # A name that is no UTF-8: without its headers the record is no CloudEvent, and will be buried as that.
        return ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return tuple((name, _bytes(value)) for name, value in pairs)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
