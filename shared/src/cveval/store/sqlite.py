"""SQLite, for one machine: one connection on one thread, WAL, every commit flushed."""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NoReturn, TypeVar

from cveval.domain.errors import ConfigurationError, LockTimeout, StoreUnavailable
from cveval.observability import Metrics
from cveval.store.queries import Call, Query, Row, Words

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OnThread = Callable[[Callable[[], list[list[Row]]]], Awaitable[list[list[Row]]]]
BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED"}


def _rows(columns: str) -> str:
    names = (column.split()[0] for column in columns.split(","))
    picked = ", ".join(f"value->>'{name}' AS {name}" for name in names)
    return f"(SELECT {picked} FROM json_each(:rows)) AS r"


# Times are integers: microseconds since 1970, UTC. They add and compare like Postgres' timestamps.
WORDS: Words = {
    "now": lambda _: "(SELECT cveval_now())",
    "seconds": lambda n: f"CAST(({n}) * 1000000 AS INTEGER)",
    "rows": _rows,
    "greatest": lambda _: "MAX",
    "least": lambda _: "MIN",
    # One writer at a time (BEGIN IMMEDIATE): there is nobody to lock out.
    "skip_locked": lambda _: "",
    "lock_rows": lambda _: "",
    "lock_keys": lambda _: "",
    "age_seconds": lambda span: f"({span}) / 1000000.0",
    "json": lambda _: "TEXT",
    "uuid": lambda _: "TEXT",
    "timestamp": lambda _: "INTEGER",
}


def microseconds(moment: datetime) -> int:
    """A time as this database keeps it."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _system_clock() -> datetime:
    return datetime.now(UTC)


class SqliteDriver:
    """Opens transactions on the one connection. `clock` is replaced by tests only."""

    def __init__(
        self,
        path: Path,
        metrics: Metrics,
        *,
        clock: Callable[[], datetime] = _system_clock,
        busy_timeout: timedelta = timedelta(seconds=5),
        slow_statement: timedelta = timedelta(milliseconds=200),
    ) -> None:
        self._path = path
        self._metrics = metrics
        self._clock = clock
        self._busy_timeout = busy_timeout
        self._slow = slow_statement.total_seconds()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._one_at_a_time = asyncio.Lock()
        self._connection: sqlite3.Connection | None = None
        self._hinted = asyncio.Event()

    @asynccontextmanager
    async def transaction(
        self,
        patience: timedelta | None = None,  # noqa: ARG002 - there are no locked rows to wait for
    ) -> AsyncIterator["SqliteSession"]:
        """One transaction: committed at the end of the block, rolled back by an error.

        Raises:
            StoreUnavailable, LockTimeout: surely rolled back.
        """
        async with self._one_at_a_time:
            connection = await self._on_thread(self._open)
            try:
                # Within, since who is cancelled here leaves a transaction begun.
                await self._on_thread(lambda: _translated(lambda: connection.execute("BEGIN IMMEDIATE")))
                yield SqliteSession(connection, self._clock, self._on_thread, self._slow, self._metrics)
                await self._on_thread(lambda: _translated(connection.commit))
            finally:
                await self._on_thread(lambda: _rolled_back(connection))

    async def _on_thread(self, step: Callable[[], T]) -> T:
        """Run on the connection's thread; a cancelled caller still waits for a step under way, so that none overlaps the next."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, step)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            with suppress(Exception):
                await running
            raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _translated(lambda: connect(self._path, self._busy_timeout))
        return self._connection

    async def try_at_once(self, call: Call) -> bool:  # noqa: ARG002 - SQLite has no data-modifying CTE
        return False

    async def hint(self) -> None:
        """Wake the relay of this process."""
        self._hinted.set()

    async def hints(self) -> AsyncIterator[None]:
        """Yield at every hint."""
        while True:
            await self._hinted.wait()
            self._hinted.clear()
            yield

    async def aclose(self) -> None:
        if self._connection is not None:
            await self._on_thread(self._connection.close)
            self._connection = None
        self._thread.shutdown()


class SqliteSession:
    """One transaction on the one connection."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Callable[[], datetime],
        on_thread: OnThread,
        slow: float,
        metrics: Metrics,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._on_thread = on_thread
        self._slow = slow
        self._metrics = metrics

    async def run(self, *calls: Call) -> Sequence[Sequence[Row]]:
        return await self._on_thread(lambda: _translated(lambda: [self._fetch(call) for call in calls]))

    def _fetch(self, call: Call) -> list[Row]:
        read_clock_once(self._connection, self._clock)
        began = time.perf_counter()
        rows = self._connection.execute(_render(call.query), _encode(call)).fetchall()
        elapsed = time.perf_counter() - began
        if elapsed > self._slow:
            self._metrics.slow_statement([call.query.name], elapsed)
        return rows


def connect(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    """A connection that keeps the promises: WAL, `synchronous=FULL`, foreign keys on, transactions begun by us."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=busy_timeout.total_seconds()
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.row_factory = _row
    return connection


def read_clock_once(connection: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
    """One statement sees one time, however often it says {now}: SQLite reads each mention by itself."""
    moment = microseconds(clock())
    connection.create_function("cveval_now", 0, lambda: moment)


def _row(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> Row:
    return {
        column[0]: EPOCH + timedelta(microseconds=value)
        if column[0].endswith("_at") and isinstance(value, int)
        else value
        for column, value in zip(cursor.description, values, strict=True)
    }


@cache
def _render(query: Query) -> str:
    return query.render(WORDS)


def _encode(call: Call) -> dict[str, object]:
    return {name: _encoded(value) for name, value in call.parameters.items()}


def _encoded(value: object) -> object:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, list | dict):
        return json.dumps(value, default=_json_value)
    return value


def _json_value(value: object) -> object:
    return microseconds(value) if isinstance(value, datetime) else str(value)


def _translated(step: Callable[[], T]) -> T:
    """Driver errors stop here. What is no OperationalError is a bug and passes as it is."""
    try:
        return step()
    except sqlite3.OperationalError as error:
        _translate(error)


def _translate(error: sqlite3.OperationalError) -> NoReturn:
    name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    if name.split("_SNAPSHOT")[0] in BUSY:
        raise LockTimeout("another process is writing to the database file") from error
    if re.match(r"no such (table|column)|table \S+ has no column", str(error)):
        raise ConfigurationError(
            "CVEVAL_DATABASE_URL: the database file lacks what the migrations make; run cveval migrate"
        ) from error
    if name == "SQLITE_ERROR":
        raise error  # a mistake in the SQL: a bug
    raise StoreUnavailable(f"the database file cannot be used ({name})") from error


def _rolled_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.rollback()
