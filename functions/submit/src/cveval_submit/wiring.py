"""The only place of submit that names adapters."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from cveval.domain.documents import Extractor
from cveval.domain.errors import ShuttingDown
from cveval.domain.policies import Policies
from cveval.draining import Drain
from cveval.http import Application, health_operations, problem, request_id_of
from cveval.observability import Metrics, log_as_json
from cveval.settings import DatabaseSettings, load_or_exit
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.handler import Handlers, operations
from cveval_submit.owners import Owners
from cveval_submit.rate_limit import RateLimit
from cveval_submit.settings import SubmitSettings
from cveval_submit.usecase import AwaitResult, StoreDocuments, SubmitEvaluation
from cveval_submit.usecase_batches import AwaitBatch, SubmitBatch


@dataclass(frozen=True, slots=True)
class Submit:
    """The function, and how to stop it."""

    application: Application
    submit_evaluation: SubmitEvaluation
    submit_batch: SubmitBatch
    extractor: Extractor

    async def aclose(self) -> None:
        """Finish what is under way and end the extraction's server."""
        await self.submit_evaluation.aclose()
        await self.submit_batch.aclose()
        if isinstance(self.extractor, ProcessExtractor):
            await self.extractor.aclose()


def build(
    settings: SubmitSettings,
    policies: Policies,
    store: Store,
    metrics: Metrics,
    *,
    extractor: Extractor | None = None,
) -> Submit:
    """Connects nothing."""
    extractor = extractor or ProcessExtractor(concurrency=settings.extractions_at_once)
    submit_evaluation = SubmitEvaluation(store, policies, metrics, quota=settings.quota)
    submit_batch = SubmitBatch(store, policies, metrics, quota=settings.quota, room=submit_evaluation.room)
    handlers = Handlers(
        settings=settings,
        queues=policies.queue_names,
        store=store,
        owners=Owners(store, settings.auth),
        rate_limit=RateLimit(settings.rate_limit, settings.rate_burst),
        store_documents=StoreDocuments(store, extractor, policies),
        submit_evaluation=submit_evaluation,
        await_result=AwaitResult(store),
        submit_batch=submit_batch,
        await_batch=AwaitBatch(store),
        uploading=asyncio.Semaphore(settings.uploads_at_once),
    )
    application = Application([*operations(handlers), *health_operations(store, metrics)])
    return Submit(application, submit_evaluation, submit_batch, extractor)


def from_environment() -> Callable[[Request], Awaitable[Response]]:
    """The function as its container runs it; ends the process when a setting is wrong."""
    log_as_json()
    metrics = Metrics()
    store = open_store(load_or_exit(DatabaseSettings), metrics)
    submit = build(load_or_exit(SubmitSettings), load_or_exit(Policies), store, metrics)
    drain = Drain(submit.aclose)

    async def serve(request: Request) -> Response:
        drain.watch()
        if drain.has_begun:
            return problem(ShuttingDown("this instance is going down: ask again"), request_id_of(request))
        return await submit.application(request)

    return serve
