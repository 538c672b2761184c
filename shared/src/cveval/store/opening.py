"""Which driver an address means. Drivers are imported here only, when they are needed."""

from pathlib import Path

from cveval.domain.errors import ConfigurationError
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.transaction import Store


def open_store(settings: DatabaseSettings, metrics: Metrics) -> Store:
    """A store that connects on first use.

    Raises:
        ConfigurationError: the address is of no database that we know.
    """
    url = settings.url.get_secret_value()
    if url.startswith(("postgresql://", "postgres://")):
        from cveval.store.postgres import PostgresDriver  # noqa: PLC0415 - 0.3 s of imports, only where needed

        return Store(PostgresDriver(settings, metrics))
    if url.startswith("sqlite:///"):
        from cveval.store.sqlite import SqliteDriver  # noqa: PLC0415

        return Store(
            SqliteDriver(
                Path(url.removeprefix("sqlite:///")),
                metrics,
                busy_timeout=settings.statement_timeout,
                slow_statement=settings.slow_statement,
            )
        )
    raise ConfigurationError(
        "CVEVAL_DATABASE_URL: is no address of a database; write postgresql://user@host/name or sqlite:///folder/file.db"
    )
