"""Postgres, through psycopg 3 and its pool: a thin driver."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus as _Status
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader
from psycopg_pool import AsyncConnectionPool

from cveval.domain.errors import (
    CommitUnknown,
    ConfigurationError,
    LockTimeout,
    StoreUnavailable,
    TransactionConflict,
)
from cveval.observability import Metrics
from cveval.settings import MIGRATE_POSTGRES, DatabaseSettings
from cveval.store.queries import Call, ConnectionLost, Query, Row, Words

HINT_CHANNEL = "cveval_due"

SET_PATIENCE = Query("postgres.set_patience", "SELECT set_config('lock_timeout', :milliseconds, true)")
_COLUMN_TYPES = {"json": "jsonb", "time": "timestamptz"}


def _rows(columns: str) -> str:
    typed = (column.split() for column in columns.split(","))
    described = ", ".join(f"{name} {_COLUMN_TYPES.get(kind, kind)}" for name, kind in typed)
    return f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS r ({described})"


def words(now: str) -> Words:
    """What the words of `queries` mean to Postgres."""
    return {
        # A scalar subquery is read once a statement; bare, clock_timestamp() is volatile and no index serves it.
        "now": lambda _: f"(SELECT {now})",
        "seconds": lambda n: f"make_interval(secs => {n})",
        "rows": _rows,
        "greatest": lambda _: "GREATEST",
        "least": lambda _: "LEAST",
        "skip_locked": lambda table: f"FOR UPDATE OF {table} SKIP LOCKED",
        "lock_rows": lambda table: f"FOR UPDATE OF {table}",
        "lock_keys": lambda table: f"FOR KEY SHARE OF {table}",
        "age_seconds": lambda span: f"EXTRACT(EPOCH FROM {span})",
        "json": lambda _: "jsonb",
        "uuid": lambda _: "uuid",
        "timestamp": lambda _: "timestamptz",
    }


class PostgresDriver:
    """Opens transactions on a bounded pool. `now` is replaced by tests only."""

    def __init__(
        self, settings: DatabaseSettings, metrics: Metrics, *, now: str = "clock_timestamp()"
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._render = lru_cache(maxsize=None)(_renderer(words(now)))
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[dict[str, Any]]] | None = None
        self._hinting: psycopg.AsyncConnection[Any] | None = None
        self._opening = asyncio.Lock()
        self._one_hint = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self, patience: timedelta | None = None) -> AsyncIterator["PostgresSession"]:
        """One transaction: committed at the end of the block, rolled back by an error.

        Raises:
            StoreUnavailable: no connection within the pool's timeout, or it died before COMMIT: surely rolled back.
            CommitUnknown: it died during COMMIT.
            TransactionConflict, LockTimeout: surely rolled back.
        """
        async with self._connection() as connection:
            session = self._session(connection)
            if patience is not None:
                session.begin_with(SET_PATIENCE(milliseconds=f"{round(patience.total_seconds() * 1000)}ms"))
            try:
                yield session
                await _commit(connection)
            except BaseException:
                await _roll_back(connection)
                raise

    async def try_at_once(self, call: Call) -> bool:
        """Run one statement as a transaction of its own, in one round trip; see `Driver`."""
        async with self._connection() as connection:
            await connection.set_autocommit(True)
            try:
                [[row]] = await self._session(connection).run(call)
            except (errors.DivisionByZero, ConnectionLost, TransactionConflict):
                return False
            finally:
                await _roll_back(connection)
                if not connection.closed:
                    await connection.set_autocommit(False)
        return bool(row["stands"])

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[dict[str, Any]]]:
        """One of the pool's.

        Raises:
            StoreUnavailable: none within the pool's timeout.
        """
        pool = await self._open_pool()
        waiting_since = time.perf_counter()
        cancellations = _cancellations()
        try:
            connection = await pool.getconn()
        except psycopg.OperationalError as error:
            raise StoreUnavailable("no connection to the database") from error
        self._metrics.pool_wait.observe(time.perf_counter() - waiting_since)
        try:
            if _cancellations() > cancellations:
                # The pool forgets one that comes together with its connection, and the caller would go on for ever.
                raise asyncio.CancelledError
            yield connection
        finally:
            # The pool replaces a broken connection.
            await pool.putconn(connection)

    def _session(self, connection: psycopg.AsyncConnection[dict[str, Any]]) -> "PostgresSession":
        return PostgresSession(
            connection, self._render, self._settings.slow_statement.total_seconds(), self._metrics
        )

    async def _open_pool(self) -> AsyncConnectionPool[psycopg.AsyncConnection[dict[str, Any]]]:
        """Open on first use: functions-framework has no lifespan hook, and the pool belongs to the running loop."""
        async with self._opening:
            if self._pool is None:
                pool: AsyncConnectionPool[psycopg.AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
                    self._settings.url.get_secret_value(),
                    connection_class=psycopg.AsyncConnection[dict[str, Any]],
                    kwargs={"options": self._options(), "row_factory": dict_row, "connect_timeout": 5},
                    min_size=self._settings.pool_min_size,
                    max_size=self._settings.pool_max_size,
                    timeout=self._settings.pool_timeout.total_seconds(),
                    max_waiting=self._settings.pool_max_waiting,
                    max_lifetime=self._settings.pool_max_lifetime.total_seconds(),
                    max_idle=self._settings.pool_max_idle.total_seconds(),
                    configure=_configure,
                    open=False,
                )
                await pool.open()
                self._pool = pool
            return self._pool

    def _options(self) -> str:
        limits = {
            "statement_timeout": self._settings.statement_timeout,
            "lock_timeout": self._settings.lock_timeout,
            "idle_in_transaction_session_timeout": self._settings.idle_in_transaction_timeout,
        }
        told = {name: round(limit.total_seconds() * 1000) for name, limit in limits.items()}
        # Postgres' own 4 is of disks that turn: a few rows by their ids would be found by reading all of a table with some thousands.
        return " ".join(f"-c {name}={value}" for name, value in {**told, "random_page_cost": 1.1}.items())

    async def hint(self) -> None:
        """Wake the relays, after the commit and without a flush of its own: inside the transaction NOTIFY takes a global lock.

        A hint that cannot be sent costs one poll, so that is no error.
        """
        async with self._one_hint:
            try:
                if self._hinting is None or self._hinting.closed:
                    self._hinting = await self._connect("-c synchronous_commit=off")
                await self._hinting.execute(f"NOTIFY {HINT_CHANNEL}")
            except psycopg.OperationalError:
                await self._stop_hinting()

    async def hints(self) -> AsyncIterator[None]:
        """Yield at every hint. LISTEN needs a direct connection, not PgBouncer in transaction mode.

        Raises:
            StoreUnavailable
        """
        try:
            async with await self._connect("") as connection:
                await connection.execute(f"LISTEN {HINT_CHANNEL}")
                async for _ in connection.notifies():
                    yield
        except psycopg.OperationalError as error:
            raise StoreUnavailable("the connection that listens for hints was lost") from error

    async def _connect(self, options: str) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._settings.url.get_secret_value(), autocommit=True, options=options, connect_timeout=5
        )

    async def _stop_hinting(self) -> None:
        if self._hinting is not None:
            await self._hinting.close()
            self._hinting = None

    async def aclose(self) -> None:
        await self._stop_hinting()
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


class PostgresSession:
    """One transaction on one connection. Several statements share one round trip (pipeline mode)."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection[dict[str, Any]],
        render: Callable[[Query], bytes],
        slow: float,
        metrics: Metrics,
    ) -> None:
        self._connection = connection
        self._render = render
        self._slow = slow
        self._metrics = metrics
        self._first: tuple[Call, ...] = ()

    def begin_with(self, call: Call) -> None:
        """Send this along with the first statements, without a round trip of its own."""
        self._first = (call,)

    async def run(self, *calls: Call) -> Sequence[Sequence[Row]]:
        began = time.perf_counter()
        try:
            return await self._run(calls)
        except psycopg.OperationalError as error:
            _translate(error, self._connection)
        except (errors.UndefinedTable, errors.UndefinedColumn) as error:
            raise ConfigurationError(
                f"CVEVAL_DATABASE_URL: the database lacks what the migrations make; run {MIGRATE_POSTGRES}"
            ) from error
        finally:
            elapsed = time.perf_counter() - began
            if elapsed > self._slow:
                self._metrics.slow_statement([call.query.name for call in calls], elapsed)

    async def _run(self, calls: Sequence[Call]) -> Sequence[Sequence[Row]]:
        first, self._first = self._first, ()
        return (await self._fetch((*first, *calls)))[len(first) :]

    async def _fetch(self, calls: Sequence[Call]) -> Sequence[Sequence[Row]]:
        if len(calls) == 1:
            cursors = [await self._execute(calls[0])]
        else:
            async with self._connection.pipeline():
                cursors = [await self._execute(call) for call in calls]
        return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]

    async def _execute(self, call: Call) -> psycopg.AsyncCursor[dict[str, Any]]:
        return await self._connection.execute(self._render(call.query), _encode(call))


def _cancellations() -> int:
    """How often the running task was told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


def _renderer(vocabulary: Words) -> Callable[[Query], bytes]:
    def render(query: Query) -> bytes:
        """`:name` becomes psycopg's `%(name)s`."""
        text = query.render(vocabulary).replace("%", "%%")
        return re.sub(r"(?<![:\w]):([a-z_][a-z0-9_]*)", r"%(\1)s", text).encode()

    return render


def _encode(call: Call) -> dict[str, object]:
    return {
        name: json.dumps(value, default=_json_time) if isinstance(value, list | dict) else value
        for name, value in call.parameters.items()
    }


def _json_time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """Ids and JSON arrive as text, as they do from SQLite; times in UTC."""
    connection.adapters.register_loader("uuid", TextLoader)
    connection.adapters.register_loader("jsonb", TextLoader)
    connection.prepare_threshold = 2
    await connection.execute("SET TIME ZONE 'UTC'")
    await connection.commit()


async def _roll_back(connection: psycopg.AsyncConnection[Any]) -> None:
    """Leave nothing open; a connection that cannot even roll back is closed, and the server does it."""
    try:
        await connection.rollback()
    except psycopg.Error:
        await connection.close()


async def _commit(connection: psycopg.AsyncConnection[Any]) -> None:
    try:
        await connection.commit()
    except (errors.DeadlockDetected, errors.SerializationFailure) as error:
        raise TransactionConflict("the transaction met another one and was rolled back") from error
    except psycopg.OperationalError as error:
        raise CommitUnknown("the connection died during COMMIT") from error


def _translate(error: psycopg.OperationalError, connection: psycopg.AsyncConnection[Any]) -> NoReturn:
    """Driver errors stop here. What is no OperationalError is a bug and passes as it is."""
    if isinstance(error, errors.LockNotAvailable):
        raise LockTimeout("another transaction holds a row that this one needs") from error
    if isinstance(error, errors.DeadlockDetected | errors.SerializationFailure):
        raise TransactionConflict("the transaction met another one and was rolled back") from error
    # Killed amid a pipeline, a connection may be left busy instead of closed.
    if connection.closed or connection.info.transaction_status in (_Status.ACTIVE, _Status.UNKNOWN):
        raise ConnectionLost("the connection to the database was lost") from error
    raise StoreUnavailable(f"the database refused for now ({type(error).__name__})") from error
