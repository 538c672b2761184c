"""Publishing: acknowledged by every in-sync replica, or not published."""

import asyncio
import logging
import threading
from collections.abc import Sequence
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
        self.misses_topics = False
        """The broker did not know a topic: it was deleted, or the broker came back empty."""

    async def send(self, records: Sequence[Written]) -> list[bool]:
        """Send all, wait for every report; for each, in order, whether it was acknowledged."""
        if not records:
            return []
        if self._client is None or self._client.is_broken:
            await self.aclose()
            self._client = _PolledClient(self._settings)
        batch = _Batch(len(records), asyncio.get_running_loop())
        for index, record in enumerate(records):
            self._client.produce(record, partial(batch.report, index))
        errors = await batch.reported
        failed = [error for error in errors if error is not None]
        if failed:
            self.misses_topics |= any(error.code() in NO_TOPIC for error in failed)
            log.warning(
                "records were not acknowledged",
                extra={"records": len(failed), "of": len(errors), "error": failed[0].str()},
            )
        return [error is None for error in errors]

    async def aclose(self) -> None:
        """End the client and its thread; what it still holds counts as not published."""
        if self._client is not None:
            client, self._client = self._client, None
            await asyncio.to_thread(client.close)


class _Batch:
    """Reports arrive on the client's thread; the last one wakes the loop, once for all of them."""

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self.reported: asyncio.Future[list[KafkaError | None]] = loop.create_future()
        self._loop = loop
        self._errors: list[KafkaError | None] = [None] * size
        self._left = size
        self._lock = threading.Lock()

    def report(self, index: int, error: KafkaError | None, _: Message | None = None) -> None:
        self._errors[index] = error
        # What could not even be queued is reported by the loop's thread.
        with self._lock:
            self._left -= 1
            is_last = not self._left
        if is_last:
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if not self.reported.done():
            self.reported.set_result(self._errors)


class _PolledClient:
    def __init__(self, settings: KafkaSettings) -> None:
        self.is_broken = False
        self._complaints = Complaints("producer")
        self._client = Producer(
            {
                **settings.client(),
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
                "message.timeout.ms": round(settings.message_timeout.total_seconds() * 1000),
                "error_cb": self._heard,
            },
            logger=log,
        )
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="kafka-producer", daemon=True)
        self._thread.start()

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
            self._client.poll(POLL)

    def _heard(self, error: KafkaError) -> None:
        self._complaints.hear(error)
        # The idempotent producer cannot go on after a gap in its sequence; another one can.
        self.is_broken |= error.fatal()

    def close(self) -> None:
        self._is_closing.set()
        self._thread.join()
        self._client.purge()
        self._client.flush(1)
