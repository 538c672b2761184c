"""Which driver an address means. Drivers are imported here only, when they are needed."""

from pathlib import Path

from cveval.observability import Metrics
from cveval.settings import SQLITE, DatabaseSettings
from cveval.store.transaction import Store


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
