"""Records that nobody can read, put among the jobs'. Each must end as one dead letter."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle

from confluent_kafka import KafkaError, Message, Producer

KEY = "poison-"
Headers = list[tuple[str, str | bytes | None]]


def _kinds() -> Iterator[tuple[bytes | None, Headers]]:
    """Value and headers of each kind, over and over."""
    event: Headers = [("ce_specversion", "1.0"), ("ce_id", "1"), ("ce_source", "/tests")]
    job = json.dumps({"job_id": "no-uuid"}).encode()
    return cycle(
        [
            (b"no event", []),
            (b"\xff\xfe\x00truncated \xc3", [("odd \xfc name", b"\xc3")]),
            (None, []),
            (job, [*event, ("ce_type", "com.example.unknown"), ("content-type", "application/json")]),
            (job, [*event, ("ce_type", "cveval.evaluate_job.v1"), ("content-type", "application/json")]),
            (b'{"specversion": "1.0", "typ', [("content-type", "application/cloudevents+json")]),
        ]
    )


@dataclass
class Poisoner:
    """Publishes such records; `acknowledged` are the keys that the broker has."""

    brokers: str
    topic: str
    acknowledged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._kinds = _kinds()
        self._numbers = count()
        self._client = Producer(
            {
                "bootstrap.servers": self.brokers,
                "acks": "all",
                "enable.idempotence": True,
                "message.timeout.ms": 60_000,
                "log_level": 2,
            }
        )

    def put(self) -> None:
        """One more, without waiting."""
        value, headers = next(self._kinds)
        key = f"{KEY}{next(self._numbers)}"

        def told(error: KafkaError | None, _: Message) -> None:
            if error is None:
                self.acknowledged.add(key)

        self._client.produce(self.topic, value, key, headers=headers, on_delivery=told)
        self._client.poll(0)

    def flush(self) -> None:
        """Wait for the reports."""
        self._client.flush(70)
