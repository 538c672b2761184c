"""Which driver an address means. Drivers are imported here only, when they are needed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from cveval.domain.errors import TransientError
from cveval.observability import Metrics
from cveval.settings import SQLITE, DatabaseSettings
from cveval.store.queries import Call, Driver, Session
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

    def postgres() -> Driver:
        from cveval.store.postgres import PostgresDriver  # noqa: PLC0415

        return PostgresDriver(settings, metrics)

    return Store(LateDriver(postgres))


class LateDriver:
    """Made by its first use, in a thread: psycopg is a fifth of what submit would import at its start, and no answer to a health check needs it."""

    def __init__(self, make: Callable[[], Driver]) -> None:
        self._make = make
        self._made: Driver | None = None
        self._making = asyncio.Lock()

    async def _driver(self) -> Driver:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made

    @asynccontextmanager
    async def transaction(self, patience: timedelta | None = None) -> AsyncIterator[Session]:
        async with (await self._driver()).transaction(patience) as session:
            yield session

    async def try_at_once(self, call: Call) -> bool:
        return await (await self._driver()).try_at_once(call)

    async def hint(self) -> None:
        await (await self._driver()).hint()

    async def hints(self) -> AsyncIterator[None]:
        async for hint in (await self._driver()).hints():
            yield hint

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made.aclose()


async def look_at_schema(store: Store) -> None:
    """Find out at the start whether the migrations have run; a database that is away is only told: whoever needs it waits for it.

    Raises:
        ConfigurationError: they have not.
    """
    try:
        await store.transact(lambda tx: tx.schedule.until_next_due())
    except TransientError as error:
        log.warning("%s", error)
