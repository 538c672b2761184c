"""Which driver an address means. Drivers are imported here only, when they are needed."""

import logging
from pathlib import Path

from cveval.domain.errors import TransientError
from cveval.observability import Metrics
from cveval.settings import SQLITE, DatabaseSettings
from cveval.store.transaction import Store

log = logging.getLogger(__name__)


def open_store(settings: DatabaseSettings, metrics: Metrics) -> Store:
    """A store that connects on first use."""
    url = settings.url.get_secret_value()
    if url.startswith(SQLITE):
        from cveval.store.sqlite import SqliteDriver  # noqa: PLC0415

        return Store(
            SqliteDriver(
                Path(url.removeprefix(SQLITE)),
                metrics,
                busy_timeout=settings.statement_timeout,
                slow_statement=settings.slow_statement,
            )
        )
    from cveval.store.postgres import PostgresDriver  # noqa: PLC0415 - 0.3 s of imports, only where needed

    return Store(PostgresDriver(settings, metrics))


async def look_at_schema(store: Store) -> None:
    """Find out at the start whether the migrations have run; a database that is away is only told: whoever needs it waits for it.

    Raises:
        ConfigurationError: they have not.
    """
    try:
        await store.transact(lambda tx: tx.schedule.until_next_due())
    except TransientError as error:
        log.warning("%s", error)
