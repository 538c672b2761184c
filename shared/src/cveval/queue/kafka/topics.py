"""Topics: made where they are missing, never changed. One that differs is reported."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    PartitionMetadata,
    ResourceType,
)

from cveval.domain.errors import ConfigurationError, QueueUnavailable
from cveval.queue.kafka.settings import KafkaSettings

log = logging.getLogger(__name__)

LOOK = 2.0
SHORT_RETENTION = timedelta(hours=1)
"""Consumers may be away for longer, and whoever looks after dead letters is."""
MOST_BYTES = 1_000_000
"""What a producer sends at most, and brokers take by default."""


class Topics:
    """Blocking: call it on a thread."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._patience = settings.message_timeout.total_seconds()
        self._refusal: KafkaError | None = None

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient(self._settings.client() | {"error_cb": self._heard}, logger=log)

    def _heard(self, error: KafkaError) -> None:
        """A refused login is told here only, among other complaints; the call that needed it just times out."""
        if error.code() in _WAYS_OUT:
            self._refusal = error

    def look(self) -> None:
        """Ask the broker for anything.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        try:
            self._admin.list_topics(timeout=LOOK)
        except KafkaException as error:
            raise self._translated(error.args[0]) from None

    def ensure(self, names: Iterable[str]) -> list[str]:
        """Make what is missing; one sentence for each way in which a topic differs from the settings.

        Raises:
            QueueUnavailable: the broker is away.
            ConfigurationError: it refuses, and will again.
        """
        try:
            there = self._admin.list_topics(timeout=self._patience).topics
            differences: list[str] = []
            for name in names:
                if name in there:
                    differences += self._differences(name, [*there[name].partitions.values()])
                else:
                    self._make(name)
        except KafkaException as error:
            raise self._translated(error.args[0]) from None
        return differences

    def _translated(self, error: KafkaError) -> QueueUnavailable | ConfigurationError:
        # Nobody else lets this client say what it has heard.
        self._admin.poll(0)
        heard, self._refusal = self._refusal, None
        for told in (heard, error):
            if told is not None and told.code() in _WAYS_OUT:
                return ConfigurationError(f"{_WAYS_OUT[told.code()]} ({told.str()})")
        return QueueUnavailable(f"the broker is away or refuses: {error.str()}")

    def _make(self, name: str) -> None:
        config = {"min.insync.replicas": str(self._settings.min_insync_replicas)}
        try:
            # Redpanda in its developer mode would acknowledge before it has written.
            self._create(name, {**config, "write.caching": "false"})
        except KafkaException as error:
            if error.args[0].code() != KafkaError.INVALID_CONFIG:
                raise
            self._create(name, config)
        log.info("topic made", extra={"topic": name})

    def _create(self, name: str, config: dict[str, str]) -> None:
        topic = NewTopic(
            name,
            num_partitions=self._settings.partitions,
            replication_factor=self._settings.replication,
            config=config,
        )
        try:
            for made in self._admin.create_topics([topic], request_timeout=self._patience).values():
                made.result(timeout=2 * self._patience)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise

    def _differences(self, name: str, partitions: Sequence[PartitionMetadata]) -> Iterator[str]:
        wanted = {"min.insync.replicas": str(self._settings.min_insync_replicas), "write.caching": "false"}
        try:
            found = self._config(name)
        except KafkaException as error:
            # Only looking needs this right: neither the relay nor the consumer does.
            if error.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise
            found = {}
            yield f"topic {name} cannot be compared with the settings: CVEVAL_KAFKA_SASL_USERNAME may not DescribeConfigs"
        for key, value in wanted.items():
            if key in found and found[key] != value:
                yield f"topic {name} has {key}={found[key]}, the settings say {value}"
        if len(partitions) != self._settings.partitions:
            yield f"topic {name} has {len(partitions)} partitions, the settings say {self._settings.partitions}"
        copies = min((len(partition.replicas) for partition in partitions), default=0)
        if copies != self._settings.replication:
            yield f"topic {name} has replication {copies}, the settings say {self._settings.replication}"
        yield from _losses(name, found)

    def _config(self, name: str) -> dict[str, str]:
        resource = ConfigResource(ResourceType.TOPIC, name)
        for asked in self._admin.describe_configs([resource], request_timeout=self._patience).values():
            entries: dict[str, ConfigEntry] = asked.result(timeout=2 * self._patience)
            return {key: entry.value for key, entry in entries.items() if entry.value is not None}
        raise AssertionError("one resource, one answer")


def _losses(name: str, found: Mapping[str, str]) -> Iterator[str]:
    """What no setting says, and would cost records."""
    if "compact" in found.get("cleanup.policy", ""):
        yield f"topic {name} has cleanup.policy={found['cleanup.policy']}: of each job only the last record is kept"
    retention = int(found.get("retention.ms", -1))
    if 0 <= retention < SHORT_RETENTION / timedelta(milliseconds=1):
        yield f"topic {name} has retention.ms={retention}: under an hour, and records go before they are read"
    most = int(found.get("max.message.bytes", MOST_BYTES))
    if most < MOST_BYTES:
        yield f"topic {name} has max.message.bytes={most}: records of up to {MOST_BYTES} are sent"


_WAYS_OUT = {
    KafkaError.INVALID_REPLICATION_FACTOR: "CVEVAL_KAFKA_REPLICATION: there are not so many brokers",
    KafkaError.INVALID_CONFIG: "CVEVAL_KAFKA_MIN_INSYNC_REPLICAS: the broker refuses the topic's settings",
    KafkaError.INVALID_PARTITIONS: "CVEVAL_KAFKA_PARTITIONS: the broker refuses so many",
    KafkaError.POLICY_VIOLATION: "CVEVAL_KAFKA_…: the broker's policy refuses the topic",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "CVEVAL_KAFKA_SASL_USERNAME: may not make topics",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "CVEVAL_KAFKA_SASL_USERNAME: may not make topics",
    KafkaError._AUTHENTICATION: "CVEVAL_KAFKA_SASL_USERNAME, CVEVAL_KAFKA_SASL_PASSWORD: refused",  # noqa: SLF001 - its name
    KafkaError.SASL_AUTHENTICATION_FAILED: "CVEVAL_KAFKA_SASL_USERNAME, CVEVAL_KAFKA_SASL_PASSWORD: refused",
}
