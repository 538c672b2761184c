"""The transport of those who run Redis instead of Redpanda."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cveval.domain.errors import ConfigurationError
from cveval.domain.events import EvaluationRequested
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.dispatching import Dispatcher
from cveval.queue.kafka.records import Source, Written, to_dead_letter, to_record, topic_of
from cveval.queue.redis.client import FAULTS, connected, ensure_group, translated, warnings
from cveval.queue.redis.consumer import RedisConsumer
from cveval.queue.redis.records import to_fields
from cveval.queue.redis.settings import RedisSettings
from cveval.queue.transport import Bury, Deliver
from cveval.store.schedule import TakenDeadLetter

log = logging.getLogger(__name__)


class RedisQueue:
    """Implements `Queue`: publishes the events of any queue, consumes those of some. Connects on first use.

    A stream holds what is not done with and nothing else. It is bounded where it grows: beyond `max_entries` nothing is
    published. A MAXLEN would drop the oldest entries instead, read or not, which are those that have waited longest.
    """

    def __init__(
        self,
        settings: RedisSettings,
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
            drain: how long what is at the function may take once the process goes.
        """
        if settings.timeout >= policies.publish_lease:
            raise ConfigurationError("CVEVAL_REDIS_TIMEOUT must be under CVEVAL_PUBLISH_LEASE")
        self._settings = settings
        self._policies = policies
        self._metrics = metrics
        self._queues = queues
        self._destination = destination
        self._source = source
        self._drain = drain
        self._client = connected(settings)

    async def ensure_topics(self) -> None:
        """Make the streams and groups of its queues where they are missing; report what this Redis does not promise.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        try:
            async with self._in_time():
                for warning in await warnings(self._client):
                    log.warning("%s", warning)
                for queue in self._queues:
                    await ensure_group(self._client, topic_of(queue), self._settings.group)
        except FAULTS as error:
            raise translated(error) from None

    async def check(self) -> None:
        """Whether Redis answers.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        try:
            async with self._in_time():
                await self._client.ping()
        except FAULTS as error:
            raise translated(error) from None

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        now = datetime.now(UTC)
        records = [to_record(event, now) for event in events]
        try:
            async with self._in_time():
                fit = await self._fit(records)
                answers = iter(await self._append([r for r, fits in zip(records, fit, strict=True) if fits]))
                return [fits and next(answers) for fits in fit]
        except FAULTS as error:
            return _nothing_of(records, error)

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        now = datetime.now(UTC)
        records = [to_dead_letter(letter, now, self._destination, self._source) for letter in letters]
        try:
            async with self._in_time():
                return await self._append(records, cut_to=self._settings.max_dead_letters)
        except FAULTS as error:
            return _nothing_of(records, error)

    def _in_time(self) -> asyncio.Timeout:
        return asyncio.timeout(self._settings.timeout.total_seconds())

    async def _fit(self, records: Sequence[Written]) -> list[bool]:
        """For each record, in order, whether its stream has room for it."""
        lengths = {stream: await self._client.xlen(stream) for stream in {record.topic for record in records}}
        fit = []
        for record in records:
            lengths[record.topic] += 1
            fit.append(lengths[record.topic] <= self._settings.max_entries)
        if not all(fit):
            log.warning("a stream is full: jobs wait in the database", extra={"records": fit.count(False)})
        return fit

    async def _append(self, records: Sequence[Written], *, cut_to: int | None = None) -> list[bool]:
        """In one round trip; for each record, in order, whether Redis has it.

        Args:
            cut_to: how long the stream may be, about; None: it is never cut.
        """
        async with self._client.pipeline(transaction=False) as pipe:
            for record in records:
                pipe.xadd(record.topic, to_fields(record), maxlen=cut_to)
            answers = await pipe.execute(raise_on_error=False)
        errors = [answer for answer in answers if isinstance(answer, Exception)]
        if errors:
            _tell(len(errors), len(records), errors[0])
        return [not isinstance(answer, Exception) for answer in answers]

    async def consume(self, deliver: Deliver, bury: Bury) -> None:
        async with asyncio.TaskGroup() as group:
            for queue in self._queues:
                group.create_task(self._consume(queue, deliver, bury))

    async def _consume(self, queue: str, deliver: Deliver, bury: Bury) -> None:
        """Each queue with a stream, a bound and a breaker of its own: none waits for another."""
        policies = self._policies.of(queue)
        dispatcher = Dispatcher(queue, deliver, bury, policies, self._metrics)
        consumer = RedisConsumer(
            self._client,
            self._settings,
            self._source,
            self._metrics,
            queue,
            takeover_after=policies.request_timeout,
            drain=self._drain,
        )
        await consumer.run(dispatcher)

    async def aclose(self) -> None:
        await self._client.aclose()


def _nothing_of(records: Sequence[Written], error: Exception) -> list[bool]:
    _tell(len(records), len(records), error)
    return [False for _ in records]


def _tell(failed: int, of: int, error: Exception) -> None:
    log.warning(
        "records were not acknowledged", extra={"records": failed, "of": of, "error": str(translated(error))}
    )
