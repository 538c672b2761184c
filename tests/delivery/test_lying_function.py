"""A function that says yes and does nothing costs time, not a job."""

import asyncio
from datetime import timedelta

from cveval.delivery import Answer
from cveval.domain.evaluations import Assessment, Materials
from cveval.queue.burying import BuryInStore
from cveval.queue.memory import MemoryQueue
from cveval.queue.transport import Delivery
from cveval.relay import Relay
from cveval.store.transaction import Store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build
from cveval_local.delivering import deliver_to
from tests.databases import Database
from tests.samples import a_job, an_assessment
from tests.transports import QUICK, bounded, consuming


class AtOnce:
    async def evaluate(self, materials: Materials) -> Assessment:
        return an_assessment()


async def test_a_function_that_answers_200_and_dies_gets_the_job_again(
    store: Store, database: Database
) -> None:
    evaluate = build(EvaluateSettings(), QUICK, store, database.metrics, evaluator=AtOnce())
    honest = deliver_to(evaluate.application)
    lied, completed = asyncio.Event(), asyncio.Event()

    async def deliver(delivery: Delivery) -> Answer:
        if not lied.is_set():
            lied.set()
            return Answer(200)
        answer = await honest(delivery)
        assert answer.outcome == "completed"
        completed.set()
        return answer

    queue = MemoryQueue(bounded(QUICK, 1), database.metrics)
    relay = Relay(store, queue, QUICK, database.metrics)
    job_id = await a_job(store)
    async with consuming(queue, deliver, BuryInStore(store, database.metrics)):
        await relay.sweep()
        await lied.wait()
        await database.shift_clock(timedelta(minutes=6))
        await relay.sweep()
        await completed.wait()
    assert (await store.transact(lambda tx: tx.jobs.get(job_id))).status == "completed"
