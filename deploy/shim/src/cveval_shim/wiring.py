"""The only place of the shim that names adapters."""

from dataclasses import dataclass

from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Policies
from cveval.http import Application, health_operations
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.kafka.records import Source
from cveval.queue.kafka.settings import KafkaSettings
from cveval.queue.opening import open_queue
from cveval.queue.redis.settings import RedisSettings
from cveval.queue.transport import RemoteQueue
from cveval.relay import Relay
from cveval.settings import DatabaseSettings
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_shim.function import HttpFunction
from cveval_shim.settings import ShimSettings
from cveval_shim.token import StaticToken, TokenFile


@dataclass(frozen=True, slots=True)
class Shim:
    """Everything that runs in the process; connects on first use."""

    store: Store
    queue: RemoteQueue
    relay: Relay
    bury: BuryInStore
    application: Application
    function: HttpFunction | None
    """None where nothing is consumed."""

    async def aclose(self) -> None:
        if self.function is not None:
            await self.function.aclose()
        await self.queue.aclose()
        await self.store.aclose()


def build(
    settings: ShimSettings,
    broker: KafkaSettings | RedisSettings,
    database: DatabaseSettings,
    policies: Policies,
    *,
    consumes: bool,
) -> Shim:
    """Connects nothing.

    Raises:
        ConfigurationError
    """
    metrics = Metrics()
    store = open_store(database, metrics)
    queue = open_queue(
        broker,
        policies,
        metrics,
        queues=_queues(settings, policies),
        destination=settings.function_url,
        source=Source(settings.namespace, settings.source_name),
        drain=settings.drain,
    )
    return Shim(
        store,
        queue,
        Relay(store, queue, policies, metrics),
        BuryInStore(store, metrics),
        Application(health_operations(store, metrics, queue.check)),
        _function(settings, policies) if consumes else None,
    )


def _queues(settings: ShimSettings, policies: Policies) -> tuple[str, ...]:
    if not settings.queue:
        return policies.queue_names
    if settings.queue not in policies.queue_names:
        raise ConfigurationError(
            f"CVEVAL_SHIM_QUEUE: there is no such queue; there are {', '.join(policies.queue_names)} (CVEVAL_QUEUES)"
        )
    return (settings.queue,)


def _function(settings: ShimSettings, policies: Policies) -> HttpFunction:
    if not settings.function_url:
        raise ConfigurationError("CVEVAL_SHIM_FUNCTION_URL: the consumer needs evaluate's address")
    token = (
        TokenFile(settings.token_file)
        if settings.token_file
        else StaticToken(settings.token.get_secret_value())
    )
    return HttpFunction(settings.function_url, token, timeout=policies.request_timeout)
