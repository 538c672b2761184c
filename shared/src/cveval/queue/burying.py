"""How a dead letter becomes durable before its record counts as done."""

import logging
from dataclasses import dataclass

from cveval.domain.documents import new_id
from cveval.domain.events import Refusal, UnreadableRecord
from cveval.observability import Metrics
from cveval.queue.transport import Delivery
from cveval.store.transaction import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuryInStore:
    """Implements `Bury`."""

    store: Store
    metrics: Metrics

    async def __call__(self, delivery: Delivery, refusal: Refusal) -> None:
        unreadable = UnreadableRecord(new_id(), delivery.queue, delivery.job_id, delivery.record, refusal)
        # Seen twice, or committed without our knowing, it is there once.
        if not await self.store.transact(lambda tx: tx.dead_letters.add_record(unreadable)):
            return
        self.metrics.buried.labels(refusal.error_code).inc()
        log.error(
            "a record nobody can read is a dead letter now; `cveval dead` shows it",
            extra={"job_id": delivery.job_id, "code": refusal.error_code},
        )
        await self.store.hint()
