"""The transport of production."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from confluent_kafka import KafkaError

from cveval.domain.errors import ConfigurationError, QueueUnavailable
from cveval.domain.events import EvaluationRequested
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.dispatching import Dispatcher
from cveval.queue.kafka.consumer import KafkaConsumer
from cveval.queue.kafka.producer import KafkaProducer
from cveval.queue.kafka.records import (
    DEAD_LETTERS,
    Source,
    Written,
    to_dead_letter,
    to_record,
    topic_of,
    without_record,
)
from cveval.queue.kafka.settings import KafkaSettings
from cveval.queue.kafka.topics import Topics
from cveval.queue.transport import Bury, Deliver
from cveval.store.schedule import TakenDeadLetter

log = logging.getLogger(__name__)


class KafkaQueue:
    """Implements `Queue`: publishes the events of any queue, consumes those of some. Connects on first use."""

    def __init__(
        self,
        settings: KafkaSettings,
        policies: Policies,
        metrics: Metrics,
        *,
        queues: Sequence[str] = (DEFAULT_QUEUE,),
        destination: str = "",
        source: Source = Source(),  # noqa: B008 - frozen
        drain: timedelta = timedelta(seconds=20),
    ) -> None:
        """Connects nothing.

        Args:
            queues: which it consumes.
            destination: where events go, for `knativeerrordest`.
            drain: how long what is at the function may take once partitions or the process go.
        """
        if settings.message_timeout >= policies.publish_lease:
            raise ConfigurationError("CVEVAL_KAFKA_MESSAGE_TIMEOUT must be under CVEVAL_PUBLISH_LEASE")
        self._settings = settings
        self._policies = policies
        self._metrics = metrics
        self._queues = queues
        self._destination = destination
        self._source = source
        self._drain = drain
        self._producer = KafkaProducer(settings)
        self._topics = Topics(settings)
        self._known: set[str] = set()

    async def ensure_topics(self) -> None:
        """Make the topics of its queues where they are missing; report those that differ.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        topics = {topic_of(queue) for queue in self._queues}
        await self._ensure(topics | {topic + DEAD_LETTERS for topic in topics})

    async def check(self) -> None:
        """Whether the broker answers.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        await asyncio.to_thread(self._topics.look)

    async def _ensure(self, topics: set[str]) -> None:
        missing = topics - self._known
        if missing and self._settings.make_topics:
            for difference in await asyncio.to_thread(self._topics.ensure, sorted(missing)):
                log.warning("%s; it is left as it is", difference)
            self._known |= missing

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        now = datetime.now(UTC)
        return [error is None for error in await self._send([to_record(event, now) for event in events])]

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        errors = await self._send([self._written(letter) for letter in letters])
        return [
            error is None or (_is_too_large(error) and await self._send_smaller(letter))
            for letter, error in zip(letters, errors, strict=True)
        ]

    async def _send_smaller(self, letter: TakenDeadLetter) -> bool:
        """Alone (a topic's limit counts for what is sent together), then without its record: else it would be tried for ever."""
        for smaller in (letter, without_record(letter)):
            [error] = await self._send([self._written(smaller)])
            if error is None or not _is_too_large(error):
                return error is None
        log.error(
            "the dead-letter topic takes no letter as small as this one; it is in the database only",
            extra={"topic": topic_of(letter.queue) + DEAD_LETTERS, "dead_letter": letter.id},
        )
        return True

    def _written(self, letter: TakenDeadLetter) -> Written:
        return to_dead_letter(letter, datetime.now(UTC), self._destination, self._source)

    async def _send(self, records: Sequence[Written]) -> Sequence[KafkaError | None]:
        """For each, in order, why it was not acknowledged; None where it was."""
        try:
            await self._ensure({record.topic for record in records})
        except (QueueUnavailable, ConfigurationError) as error:
            log.error("%s", error)  # noqa: TRY400 - its place says nothing
            return [KafkaError(KafkaError._UNKNOWN_TOPIC) for _ in records]  # noqa: SLF001 - its name
        errors = await self._producer.send(records)
        if self._producer.misses_topics:
            # The broker came back empty, perhaps: what was known of it is not.
            self._known.clear()
            self._producer.misses_topics = False
        return errors

    async def consume(self, deliver: Deliver, bury: Bury) -> None:
        async with asyncio.TaskGroup() as group:
            for queue in self._queues:
                group.create_task(self._consume(queue, deliver, bury))

    async def _consume(self, queue: str, deliver: Deliver, bury: Bury) -> None:
        """Each queue with a bound, a breaker and a client of its own: none waits for another."""
        policies = self._policies.of(queue)
        dispatcher = Dispatcher(queue, deliver, bury, policies, self._metrics)
        consumer = KafkaConsumer(self._settings, self._source, self._metrics, queue, drain=self._drain)
        await consumer.run(dispatcher)

    async def aclose(self) -> None:
        """End the producer and its thread."""
        await self._producer.aclose()


def _is_too_large(error: KafkaError) -> bool:
    return bool(error.code() == KafkaError.MSG_SIZE_TOO_LARGE)
