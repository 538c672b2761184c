"""Transactions belong to the use cases: `await store.transact(work)`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from cveval.domain.errors import CommitUnknown, TransactionConflict
from cveval.store.queries import Call, ConnectionLost, Driver, Session

if TYPE_CHECKING:
    from cveval.store.api_keys import ApiKeys
    from cveval.store.archives import Archives
    from cveval.store.batches import Batches
    from cveval.store.dead_letters import DeadLetters
    from cveval.store.erasures import Erasures
    from cveval.store.holds import Holds
    from cveval.store.idempotency import Idempotency
    from cveval.store.jobs import Jobs
    from cveval.store.leases import Leases
    from cveval.store.maintenance import Maintenance
    from cveval.store.results import Results
    from cveval.store.retention import Retention
    from cveval.store.schedule import Schedule
    from cveval.store.submissions import Submissions
    from cveval.store.uploads import Uploads

T = TypeVar("T")

RUNS = 5
LONGEST = timedelta(seconds=10)


class Transaction:
    """The repositories of one open transaction. They never begin or commit."""

    uploads: "Uploads"
    submissions: "Submissions"
    batches: "Batches"
    jobs: "Jobs"
    leases: "Leases"
    schedule: "Schedule"
    results: "Results"
    dead_letters: "DeadLetters"
    idempotency: "Idempotency"
    api_keys: "ApiKeys"
    retention: "Retention"
    archives: "Archives"
    erasures: "Erasures"
    holds: "Holds"
    maintenance: "Maintenance"

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        """A repository, imported when it is first asked for: each program needs few of them, and a cold start none."""
        if name not in Transaction.__annotations__:
            raise AttributeError(name)
        module = import_module(f"cveval.store.{name}")
        repository = getattr(module, Transaction.__annotations__[name])(self._session)
        setattr(self, name, repository)
        return repository


class Store:
    """The only memory. One class over two drivers."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def transact(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        again_when_unknown: bool = True,
        patience: timedelta | None = None,
    ) -> T:
        """Begin, run `work`, commit; run it again after a deadlock, a lost connection or a commit with unknown outcome.

        `work` touches the world through its transaction alone, and its ids are made before it: then running it again finds
        what the first run may have left. Where that does not hold, pass `again_when_unknown=False`.

        Args:
            patience: how long to wait for a locked row before LockTimeout; None = as the settings say.

        Raises:
            StoreUnavailable, LockTimeout, TransactionConflict: nothing stands (CommitUnknown: perhaps).
            and what `work` raises.
        """
        from tenacity import (  # noqa: PLC0415 - 10 ms of a start, in which nothing is transacted
            AsyncRetrying,
            retry_if_exception_type,
            stop_after_attempt,
            stop_after_delay,
            wait_random_exponential,
        )

        worth_it: tuple[type[BaseException], ...] = (TransactionConflict, ConnectionLost)
        if again_when_unknown:
            worth_it += (CommitUnknown,)
        async for run in AsyncRetrying(
            retry=retry_if_exception_type(worth_it),
            stop=stop_after_attempt(RUNS) | stop_after_delay(LONGEST),
            wait=wait_random_exponential(multiplier=0.02, max=1),
            reraise=True,
        ):
            with run:
                async with self._driver.transaction(patience) as session:
                    return await work(Transaction(session))
        raise AssertionError("tenacity ends by an answer or an error")

    async def try_at_once(self, call: Call) -> bool:
        """Run one statement as a transaction of its own; False where it left nothing or nobody knows: see `Driver`."""
        return await self._driver.try_at_once(call)

    async def hint(self) -> None:
        """Wake the relays; after the commit, never inside."""
        await self._driver.hint()

    def hints(self) -> AsyncIterator[None]:
        """Yield whenever somebody hinted."""
        return self._driver.hints()

    async def aclose(self) -> None:
        await self._driver.aclose()
