"""What the client complains of: librdkafka repeats itself with every attempt to reconnect."""

import logging
import time

from confluent_kafka import KafkaError

log = logging.getLogger(__name__)

EVERY = 10.0


class Complaints:
    """Logs each kind of error at most every ten seconds."""

    def __init__(self, client: str) -> None:
        self._client = client
        self._told_at: dict[int, float] = {}

    def hear(self, error: KafkaError) -> None:
        now = time.monotonic()
        if now - self._told_at.get(error.code(), float("-inf")) >= EVERY:
            self._told_at[error.code()] = now
            log.warning("the broker's client complains", extra={"client": self._client, "error": error.str()})
