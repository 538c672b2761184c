"""What a transport does: it wakes. Whatever it loses is due again in the database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cveval.delivery import Answer
from cveval.domain.events import EvaluationRequested
from cveval.store.schedule import TakenDeadLetter


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a function: an HTTP request without its address."""

    queue: str
    headers: Mapping[str, str]
    body: bytes


Deliver = Callable[[Delivery], Awaitable[Answer]]


class Queue(Protocol):
    """Redpanda, memory or Redis Streams. At least once, in any order."""

    async def publish(self, events: Sequence[EvaluationRequested]) -> Sequence[bool]:
        """Hand events over; for each, in order, whether it was acknowledged. What was not stays due."""
        ...

    async def publish_dead_letters(self, letters: Sequence[TakenDeadLetter]) -> Sequence[bool]:
        """Tell whoever listens what was given up; for each whether it was acknowledged."""
        ...

    async def consume(self, deliver: Deliver) -> None:
        """Deliver events, a bounded number at a time, until cancelled; then wait (bounded) for what is in flight.

        An event whose answer is `again` is delivered again after a backoff with jitter that honours Retry-After.
        """
        ...
