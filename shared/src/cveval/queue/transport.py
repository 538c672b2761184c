"""What a transport does: it wakes. Whatever it loses is due again in the database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cveval.delivery import Answer
from cveval.domain.events import EvaluationRequested, RawRecord, Refusal
from cveval.store.schedule import TakenDeadLetter


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a function: an HTTP request without its address."""

    queue: str
    headers: Mapping[str, str]
    body: bytes
    job_id: str | None = None
    """The job that it names: such an event may be dropped, since the job is due again by itself."""
    record: RawRecord | None = None
    """What it was made from, where the transport keeps records."""
    fault: Refusal | None = None
    """Why it cannot even be sent."""


Deliver = Callable[[Delivery], Awaitable[Answer]]
Bury = Callable[[Delivery, Refusal], Awaitable[None]]
"""Make a dead letter durable; a TransientError means that it is not, yet."""


class Queue(Protocol):
    """Redpanda, memory or Redis Streams. At least once, in any order."""

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        """Hand events over; for each, in order, whether it was acknowledged. What was not stays due."""
        ...

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        """Tell whoever listens what was given up; for each whether it was acknowledged."""
        ...

    async def consume(self, deliver: Deliver, bury: Bury) -> None:
        """Deliver events, a bounded number at a time, until cancelled; then wait (bounded) for what is in flight.

        What becomes of each answer is the business of `Dispatcher`, the same for every transport.
        """
        ...


class RemoteQueue(Queue, Protocol):
    """A queue whose memory is another process: a broker."""

    async def ensure_topics(self) -> None:
        """Make what this queue needs there where it is missing; report what differs, change nothing.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        ...

    async def check(self) -> None:
        """Whether the broker answers.

        Raises:
            QueueUnavailable, ConfigurationError
        """
        ...

    async def aclose(self) -> None: ...
