"""The only place of purge that names adapters."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from cveval.domain.documents import new_id
from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Policies
from cveval.draining import Drain
from cveval.http import Application, health_operations
from cveval.observability import Metrics, log_as_json
from cveval.settings import DatabaseSettings, load_or_exit
from cveval.store.archives import Lease
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_purge.archiving import Archiving
from cveval_purge.handler import Runs
from cveval_purge.s3 import LONGEST, S3Objects
from cveval_purge.settings import ArchiveSettings, PurgeSettings, load_archive
from cveval_purge.usecase import Limits, Purge

log = logging.getLogger(__name__)


def archiving_of(archive: ArchiveSettings, store: Store, metrics: Metrics) -> Archiving | None:
    """The archive, where there is one; connects nothing."""
    if not archive.is_on:
        return None
    # Writing, reading back, and as long again for everything else.
    lease = Lease(new_id(), archive.timeout * LONGEST * 2 * 2)
    return Archiving(store, S3Objects(archive), metrics, archive.at_once, lease)


def purge_of(
    settings: PurgeSettings, archive: ArchiveSettings, policies: Policies, store: Store, metrics: Metrics
) -> Purge:
    """The use case by itself, as the command line runs it."""
    limits = Limits(settings.batch, settings.max_rows, settings.max_time)
    return Purge(store, policies, metrics, limits, archiving_of(archive, store, metrics))


@dataclass(frozen=True, slots=True)
class Purging:
    """The function, and its runs."""

    application: Application
    runs: Runs


def build(
    settings: PurgeSettings, archive: ArchiveSettings, policies: Policies, store: Store, metrics: Metrics
) -> Purging:
    """Connects nothing."""
    runs = Runs(purge_of(settings, archive, policies, store, metrics))
    return Purging(Application([*runs.operations, *health_operations(store, metrics)]), runs)


def from_environment() -> Callable[[Request], Awaitable[Response]]:
    """The function as its container runs it; ends the process when a setting is wrong."""
    log_as_json()
    metrics = Metrics()
    store = open_store(load_or_exit(DatabaseSettings), metrics)
    policies = load_or_exit(Policies)
    try:
        archive = load_archive(policies)
    except ConfigurationError as error:
        raise SystemExit(f"cveval cannot start: {error}") from None
    if not archive.is_on:
        log.warning(
            "no archive: what is past its retention is deleted for good (CVEVAL_ARCHIVE_BUCKET is not set)"
        )
    purging = build(load_or_exit(PurgeSettings), archive, policies, store, metrics)
    drain = Drain(purging.runs.drain)

    async def serve(request: Request) -> Response:
        drain.watch()
        return await purging.application(request)

    return serve
