"""One SQL text for both databases.

A query is written once with `:name` parameters and a few words in braces that the drivers fill in:

    {now}                       the database's time, read once a statement
    {seconds :n}                a duration of n seconds, to add to a time
    {rows job_id uuid, n int}   the parameter `rows` (a list of dicts) as a table with the alias r
    {greatest} {least}          of several values
    {skip_locked} {lock_rows} {lock_keys}   FOR UPDATE SKIP LOCKED · FOR UPDATE · FOR KEY SHARE of the table named after it
    {age_seconds a - b}         the seconds between two times
    {json} {uuid} {timestamp}   types, for CAST

No data-modifying CTE, no `::`, no arrays, no intervals: SQLite has none.

`status || '' = 'queued'` guards rows that are found otherwise. Bare, Postgres may go through every unfinished job by their partial
index instead: its statistics may be of a time when there were none.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from cveval.domain.errors import StoreUnavailable


class ConnectionLost(StoreUnavailable):
    """The connection died before COMMIT was sent: the transaction is surely rolled back and may run again."""


Row = Mapping[str, Any]
Words = Mapping[str, Callable[[str], str]]

_WORD = re.compile(r"\{(\w+)(?: ([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Query:
    """A named statement. The name is what the slow-query log shows; parameters never are."""

    name: str
    text: str

    def __call__(self, **parameters: object) -> "Call":
        return Call(self, parameters)

    def render(self, words: Words) -> str:
        """The text in one database's words."""
        return _WORD.sub(lambda word: words[word[1]](word[2] or ""), self.text)


@dataclass(frozen=True, slots=True)
class Call:
    """A query with its parameters: lists and dicts travel as JSON."""

    query: Query
    parameters: Mapping[str, object]


class Driver(Protocol):
    """A database: transactions, and hints that something is due."""

    def transaction(self, patience: timedelta | None = None) -> AbstractAsyncContextManager["Session"]:
        """Open a transaction: committed at the end of the block, rolled back by an error.

        Args:
            patience: how long to wait for a locked row; None = as the settings say. (SQLite has no locked rows.)

        Raises:
            ConnectionLost, TransactionConflict, LockTimeout, StoreUnavailable: surely rolled back.
            CommitUnknown: the connection died during COMMIT.
        """
        ...

    async def try_at_once(self, call: Call) -> bool:
        """Run one statement as a transaction of its own, in one round trip.

        Its one row says whether it `stands`; it may also divide by zero, and then it leaves nothing. False: it left nothing, or
        met another transaction; or this database has no data-modifying CTE; or the connection was lost, and nobody knows. What
        runs next must find what stands.

        Raises:
            LockTimeout, StoreUnavailable: it left nothing.
        """
        ...

    async def hint(self) -> None:
        """Say that something is due. Sent after the commit; a lost hint costs one poll."""
        ...

    def hints(self) -> AsyncIterator[None]:
        """Yield whenever somebody hinted."""
        ...

    async def aclose(self) -> None: ...


class Session(Protocol):
    """One open transaction, as repositories see it."""

    async def run(self, *calls: Call) -> Sequence[Sequence[Row]]:
        """Run statements in order, in one round trip where the database can; one list of rows for each.

        Columns whose name ends in `_at` are aware UTC datetimes, ids are strings, JSON is text.

        Raises:
            StoreUnavailable, TransactionConflict, LockTimeout
        """
        ...
