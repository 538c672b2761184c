"""Publishing: acknowledged by every in-sync replica, or not published."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from cveval.queue.kafka.complaints import Complaints
from cveval.queue.kafka.records import Written
from cveval.queue.kafka.settings import KafkaSettings

log = logging.getLogger(__name__)

POLL = 0.1
NO_TOPIC = frozenset(
    {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}  # noqa: SLF001 - their names
)


class KafkaProducer:
    """An idempotent producer whose client is polled on a thread of its own; delivery reports come back to the loop."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client: _PolledClient | None = None
        self._opening = asyncio.Lock()
        self.misses_topics = False
        """The broker did not know a topic: it was deleted, or the broker came back empty."""

    async def send(self, records: Sequence[Written]) -> list[KafkaError | None]:
        """Send all, wait for every report; for each, in order, why it was not acknowledged, or None where it was."""
        if not records:
            return []
        async with self._opening:  # queues are published beside each other
            if self._client is None or self._client.is_broken:
                await self.aclose()
                self._client = _PolledClient(self._settings)
            client = self._client
        batch = _Batch(len(records), asyncio.get_running_loop())
        client.send(records, batch)
        errors = await batch.reported
        failed = [error for error in errors if error is not None]
        if failed:
            self.misses_topics |= any(error.code() in NO_TOPIC for error in failed)
            log.warning(
                "records were not acknowledged",
                extra={"records": len(failed), "of": len(errors), "error": _told(failed[0])},
            )
        return errors

    async def aclose(self) -> None:
        """End the client and its thread; what it still holds counts as not published."""
        if self._client is not None:
            client, self._client = self._client, None
            await asyncio.to_thread(client.close)


def _told(error: KafkaError) -> str:
    """Librdkafka repeats what may pass until the time is over, and then tells the time only."""
    if error.code() == KafkaError._MSG_TIMED_OUT:  # noqa: SLF001 - its name
        return "CVEVAL_KAFKA_MESSAGE_TIMEOUT is over: the broker is away, or has too few replicas in sync"
    return error.str()


class _Batch:
    """Reports arrive on the client's thread; the last one wakes the loop, once for all of them."""

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self.reported: asyncio.Future[list[KafkaError | None]] = loop.create_future()
        self._loop = loop
        self._errors: list[KafkaError | None] = [None] * size
        self._open = set(range(size))
        self._lock = threading.Lock()

    def report(self, index: int, error: KafkaError | None, _: Message | None = None) -> None:
        # What could not even be queued is reported by the loop's thread; what a broken client held is reported twice.
        with self._lock:
            if index not in self._open:
                return
            self._open.discard(index)
            self._errors[index] = error
            is_last = not self._open
        if is_last:
            self._loop.call_soon_threadsafe(self._settle)

    def fail(self, error: KafkaError) -> None:
        """Nobody will report the rest."""
        with self._lock:
            still_open = list(self._open)
        for index in still_open:
            self.report(index, error)

    def _settle(self) -> None:
        if not self.reported.done():
            self.reported.set_result(self._errors)


class _PolledClient:
    def __init__(self, settings: KafkaSettings) -> None:
        self.is_broken = False
        self._complaints = Complaints("producer")
        self._batches: set[_Batch] = set()
        self._client = Producer(
            {
                **settings.client(),
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
                "message.timeout.ms": round(settings.message_timeout.total_seconds() * 1000),
                "error_cb": self._complaints.hear,
            },
            logger=log,
        )
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="kafka-producer", daemon=True)
        self._thread.start()

    def send(self, records: Sequence[Written], batch: _Batch) -> None:
        self._batches.add(batch)
        batch.reported.add_done_callback(lambda _: self._batches.discard(batch))
        for index, record in enumerate(records):
            self.produce(record, partial(batch.report, index))
        if self.is_broken:
            # It broke meanwhile: perhaps before this batch could be seen.
            batch.fail(KafkaError(KafkaError._FATAL))  # noqa: SLF001 - its name

    def produce(self, record: Written, report: "partial[None]") -> None:
        try:
            self._client.produce(
                record.topic, record.value, record.key, headers=[*record.headers], on_delivery=report
            )
        except KafkaException as error:
            report(error.args[0])
        except BufferError:
            report(KafkaError(KafkaError._QUEUE_FULL))  # noqa: SLF001 - its name

    def _poll(self) -> None:
        while not self._is_closing.is_set():
            try:
                self._client.poll(POLL)
            except KafkaException as error:
                # Fatal: a gap in the idempotent producer's sequence, as a broker that came back empty leaves it. It reports
                # nothing any more; the next send takes another one.
                self.is_broken = True
                for batch in list(self._batches):
                    batch.fail(error.args[0])
                self._is_closing.wait(POLL)

    def close(self) -> None:
        self._is_closing.set()
        self._thread.join()
        self._client.purge()
        with suppress(KafkaException):
            self._client.flush(1)
