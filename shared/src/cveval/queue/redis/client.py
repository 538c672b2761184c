"""The client, and what its errors mean."""

import logging

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,  # noqa: A004 - its name
    MovedError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from cveval.domain.errors import ConfigurationError, QueueUnavailable
from cveval.queue.redis.settings import RedisSettings

log = logging.getLogger(__name__)

FAULTS = (RedisError, OSError)
"""Everything that a call can end with where Redis, or the way to it, is at fault."""
OLDEST_MAJOR = 7


def connected(settings: RedisSettings) -> Redis:
    """A client that connects on first use, and again once when its connection turns out to be dead.

    Its callers bound their calls by `asyncio.timeout`. With a `socket_timeout` it would wrap them into `asyncio.wait_for`,
    which loses cancellations before Python 3.12.
    """
    return Redis.from_url(
        settings.url.get_secret_value(),
        protocol=2,
        socket_timeout=None,
        socket_connect_timeout=settings.timeout.total_seconds(),
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
        client_name="cveval",
    )


def translated(error: Exception) -> QueueUnavailable | ConfigurationError:
    """An outage, or a mistake that waiting does not mend. Redis' sentences hold no secrets."""
    if isinstance(error, AuthenticationError | AuthorizationError | NoPermissionError):
        return ConfigurationError(f"CVEVAL_REDIS_URL: Redis refuses this user ({error})")
    if isinstance(error, MovedError):
        return ConfigurationError("CVEVAL_REDIS_URL: a Redis Cluster keeps this stream on another node")
    if str(error).startswith("WRONGTYPE"):
        return ConfigurationError("CVEVAL_REDIS_URL: this database has another thing of the stream's name")
    return QueueUnavailable(f"Redis is away or refuses: {str(error) or 'no answer in time'}")


async def ensure_group(client: Redis, stream: str, group: str) -> None:
    """Make stream and group where they are missing; the group begins with what was published before it."""
    try:
        await client.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
    else:
        log.info("consumer group made", extra={"stream": stream, "group": group})


async def warnings(client: Redis) -> list[str]:
    """A sentence for each way in which this Redis may forget, or not find, a stream.

    Raises:
        ConfigurationError: it is too old.
    """
    try:
        info = await client.info("server", "memory")
    except NoPermissionError:
        return ["CVEVAL_REDIS_URL: this user may not ask INFO; see that maxmemory-policy is noeviction"]
    version = str(info.get("redis_version", ""))
    if int(version.partition(".")[0] or OLDEST_MAJOR) < OLDEST_MAJOR:
        raise ConfigurationError(f"CVEVAL_REDIS_URL: Redis {version} is too old; {OLDEST_MAJOR}.0 is needed")
    found = []
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        found.append(
            f"Redis has maxmemory-policy {policy}: at its limit of memory it may drop a stream, and jobs wait until they are "
            "published again; set noeviction"
        )
    if info.get("redis_mode") == "cluster":
        found.append("this Redis is a Cluster, whose other nodes are not asked: use one without")
    return found
