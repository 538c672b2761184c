"""Which broker the settings name. Its client is imported here only, when it is needed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from pydantic import SecretStr

from cveval.domain.configuration import Settings
from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.kafka.records import Source
from cveval.queue.kafka.settings import KafkaSettings
from cveval.queue.redis.settings import RedisSettings
from cveval.queue.transport import RemoteQueue
from cveval.settings import load

BROKER_SETTING = {"kafka": "CVEVAL_KAFKA_BROKERS", "redis": "CVEVAL_REDIS_URL"}


class _Given(Settings):
    prefix = "CVEVAL_"

    kafka_brokers: str = ""
    redis_url: SecretStr = SecretStr("")


def broker_settings() -> KafkaSettings | RedisSettings | None:
    """Those of the broker that has an address; None where none has.

    Raises:
        ConfigurationError: both have, or a setting of it is wrong.
    """
    given = load(_Given)
    if given.kafka_brokers and given.redis_url.get_secret_value():
        raise ConfigurationError(
            "give one of CVEVAL_KAFKA_BROKERS and CVEVAL_REDIS_URL, not both: there is one broker"
        )
    if given.kafka_brokers:
        return load(KafkaSettings)
    return load(RedisSettings) if given.redis_url.get_secret_value() else None


def open_queue(
    settings: KafkaSettings | RedisSettings,
    policies: Policies,
    metrics: Metrics,
    *,
    queues: Sequence[str],
    destination: str = "",
    source: Source = Source(),  # noqa: B008 - frozen
    drain: timedelta = timedelta(seconds=20),
) -> RemoteQueue:
    """A queue that connects on first use; see `KafkaQueue` for the arguments.

    Raises:
        ConfigurationError: settings do not fit together, or the broker's client is not installed.
    """
    if isinstance(settings, KafkaSettings):
        with _installed("kafka"):
            from cveval.queue.kafka.queue import KafkaQueue  # noqa: PLC0415

        return KafkaQueue(
            settings,
            policies,
            metrics,
            queues=queues,
            destination=destination,
            source=source,
            drain=drain,
        )
    with _installed("redis"):
        from cveval.queue.redis.queue import RedisQueue  # noqa: PLC0415

    return RedisQueue(
        settings,
        policies,
        metrics,
        queues=queues,
        destination=destination,
        source=source,
        drain=drain,
    )


@contextmanager
def _installed(extra: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{BROKER_SETTING[extra]}: the client of this broker is not installed; install cveval[{extra}]"
        ) from None
