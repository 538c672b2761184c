"""What a transaction promises: all or nothing, run again after a break, and one winner of every race."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from cveval.domain.attempts import ClaimedJob, HeldByAnother, LeaseLost, Recorded
from cveval.domain.batches import AcceptedBatch, Batch
from cveval.domain.documents import new_id
from cveval.domain.errors import (
    CommitUnknown,
    CvevalError,
    JobAlreadyFinished,
    LockTimeout,
    QuotaExceeded,
    RequestInProgress,
    StoreUnavailable,
    UploadNotFound,
)
from cveval.domain.jobs import Accepted
from cveval.domain.policies import Policies
from cveval.store import postgres as postgres_module
from cveval.store.batches import Batches
from cveval.store.leases import Claim
from cveval.store.opening import LateDriver
from cveval.store.postgres import PostgresDriver
from cveval.store.queries import ConnectionLost
from cveval.store.transaction import RUNS, Store, Transaction
from cveval_evaluate.steps import Steps
from cveval_submit.room import Room
from cveval_submit.usecase import SubmitEvaluation
from cveval_submit.usecase_batches import SubmitBatch
from tests.databases import Database, PostgresDatabase, fresh_sqlite, opened
from tests.samples import (
    LEASE,
    a_claimed_job,
    a_completion,
    a_job,
    a_submission,
    an_upload,
    claimed,
    submitted,
    uploads_in,
)

Commit = Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]]


class BugInTheWorkError(Exception):
    """What no store has ever heard of."""


async def count(database: Database, table: str) -> int:
    [(rows,)] = await database.observe(f"SELECT COUNT(*) FROM {table}")
    return int(rows)


async def everything(database: Database) -> list[list[tuple[Any, ...]]]:
    """All that a job's life writes, as a second connection sees it."""
    tables = ("jobs", "job_attempts", "results", "dead_letters", "idempotency")
    return [sorted(await database.observe(f"SELECT * FROM {table}"), key=repr) for table in tables]


async def backend(database: Database) -> int:
    """The backend that has a transaction open and is waiting for its next statement."""
    [(pid,)] = await database.observe(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
    )
    return int(pid)


async def kill_backend(database: Database) -> None:
    """Returns once the backend is gone: the test goes on with a connection that is surely dead."""
    assert await database.observe(f"SELECT pg_terminate_backend({await backend(database)}, 10000)") == [
        (True,)
    ]


def postgres_pool(store: Store) -> AsyncConnectionPool[Any]:
    driver = cast(LateDriver, store._driver)._made
    pool = cast(PostgresDriver, driver)._pool
    assert pool is not None
    return pool


# -- all or nothing -------------------------------------------------------------------------------------------------


async def test_work_that_raises_leaves_nothing(store: Store, database: Database) -> None:
    cv_id, project_id = await uploads_in(store)
    before = await everything(database)

    async def work(tx: Transaction) -> None:
        await tx.uploads.add(an_upload())
        submission = a_submission(cv_id, project_id, key="k")
        await tx.submissions.add([submission], key_retention=timedelta(hours=1), quota=10)
        raise BugInTheWorkError

    with pytest.raises(BugInTheWorkError):
        await store.transact(work)
    assert await everything(database) == before
    assert await count(database, "uploads") == 2
    assert await count(database, "briefs") == 0


async def test_work_that_is_cancelled_leaves_nothing(store: Store, database: Database) -> None:
    written = asyncio.Event()

    async def work(tx: Transaction) -> None:
        await tx.uploads.add(an_upload())
        written.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(store.transact(work))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count(database, "uploads") == 0
    await uploads_in(store)
    assert await count(database, "uploads") == 2


@pytest.mark.parametrize(
    "step",
    [pytest.param(n, id=name) for n, name in enumerate(["open", "begin", "run", "commit", "roll back"])],
)
async def test_whoever_is_cancelled_at_any_step_leaves_sqlites_one_connection_to_the_next(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_sqlite(tmp_path) as database:
        driver = database.driver()
        store, steps, on_thread = Store(driver), itertools.count(), driver._on_thread

        async def cancelled_at_step(work: Callable[[], Any]) -> Any:
            if next(steps) == step:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            return await on_thread(work)

        monkeypatch.setattr(driver, "_on_thread", cancelled_at_step)
        task = asyncio.ensure_future(store.transact(lambda tx: tx.jobs.newest()))
        await asyncio.wait([task])
        assert task.cancelled()
        assert await store.transact(lambda tx: tx.jobs.newest()) == []
        await store.aclose()


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancellation_that_comes_together_with_the_pools_connection_is_heard(
    turns: int, postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = replace(postgres_database, settings={"pool_min_size": 1, "pool_max_size": 1})
    async with opened(one) as store:
        held, may_end = asyncio.Event(), asyncio.Event()

        async def hold(_: Transaction) -> None:
            held.set()
            await may_end.wait()

        holding = asyncio.ensure_future(store.transact(hold))
        await held.wait()
        goes_on_cancelled = False

        async def work(tx: Transaction) -> None:
            nonlocal goes_on_cancelled
            goes_on_cancelled = waiting.cancelling() > 0
            await tx.jobs.newest()

        waiting = asyncio.ensure_future(store.transact(work))
        await asyncio.sleep(0)
        assert postgres_pool(store).get_stats()["requests_waiting"] == 1
        give_back = AsyncConnectionPool.putconn

        async def give_back_and_cancel(*arguments: Any) -> None:
            await give_back(*arguments)
            for _ in range(turns):
                await asyncio.sleep(0)
            waiting.cancel()

        monkeypatch.setattr(AsyncConnectionPool, "putconn", give_back_and_cancel)
        may_end.set()
        await asyncio.wait([holding, waiting])
        monkeypatch.undo()
        assert not goes_on_cancelled
        assert await store.transact(lambda tx: tx.jobs.newest()) == []


async def test_nothing_is_visible_before_the_commit_and_all_of_it_after(
    store: Store, database: Database
) -> None:
    seen: list[int] = []

    async def work(tx: Transaction) -> None:
        await tx.uploads.add(an_upload())
        seen.append(await count(database, "uploads"))
        await tx.uploads.add(an_upload())
        seen.append(await count(database, "uploads"))

    await store.transact(work)
    assert seen == [0, 0]
    assert await count(database, "uploads") == 2


async def test_a_bug_is_not_run_again(store: Store) -> None:
    runs = 0

    async def work(_: Transaction) -> None:
        nonlocal runs
        runs += 1
        raise BugInTheWorkError

    with pytest.raises(BugInTheWorkError):
        await store.transact(work)
    assert runs == 1


# -- the connection dies before COMMIT --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_last_statement", [False, True])
async def test_a_backend_killed_before_commit_costs_one_more_run_and_one_outcome_stands(
    postgres_store: Store, postgres_database: PostgresDatabase, is_last_statement: bool
) -> None:
    submission = a_submission(*await uploads_in(postgres_store), key="k")
    runs = 0

    async def work(tx: Transaction) -> Sequence[Accepted | CvevalError]:
        nonlocal runs
        runs += 1
        added = await tx.submissions.add([submission], key_retention=timedelta(hours=1), quota=10)
        if runs == 1:
            await kill_backend(postgres_database)
            if not is_last_statement:
                await tx.jobs.get(submission.job_id)
        return added.answers

    assert await postgres_store.transact(work) == [Accepted(submission.job_id, was_replayed=False)]
    assert runs == 2
    assert await postgres_database.observe("SELECT CAST(id AS text) FROM jobs") == [(submission.job_id,)]


async def test_a_completion_whose_backend_is_killed_is_recorded_once(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    completion = a_completion(await a_claimed_job(postgres_store))
    runs = 0

    async def work(tx: Transaction) -> Any:
        nonlocal runs
        runs += 1
        answers = await tx.leases.complete([completion])
        if runs == 1:
            await kill_backend(postgres_database)
            await tx.results.find(completion.job_id)
        return answers

    assert await postgres_store.transact(work) == [Recorded(completion.job_id)]
    assert runs == 2
    assert await count(postgres_database, "results") == await count(postgres_database, "job_attempts") == 1


async def test_a_database_that_kills_every_run_is_unavailable_after_a_bounded_number_of_runs(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    runs = 0

    async def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        upload = an_upload()
        await tx.uploads.add(upload)
        await kill_backend(postgres_database)
        await tx.uploads.find(upload.id, upload.owner)

    with pytest.raises(StoreUnavailable):
        await postgres_store.transact(work)
    assert runs == RUNS
    assert await count(postgres_database, "uploads") == 0


# -- the connection dies during COMMIT --------------------------------------------------------------------------------


@contextmanager
def commit_dies_once(*, went_through: bool) -> Iterator[list[bool]]:
    """The next COMMIT never answers; what the server made of it is the parameter. Yields whether each commit died."""
    commit: Commit = postgres_module._commit
    died: list[bool] = []

    async def perhaps_dying(connection: psycopg.AsyncConnection[Any]) -> None:
        died.append(not died)
        if not died[-1]:
            await commit(connection)
            return
        really_commit = connection.commit

        async def die() -> None:
            if went_through:
                await really_commit()
            await connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        with patch.object(connection, "commit", die):
            await commit(connection)

    with patch.object(postgres_module, "_commit", perhaps_dying):
        yield died


@pytest.mark.parametrize("went_through", [True, False])
@pytest.mark.parametrize("key", ["k", None])
async def test_a_submission_whose_commit_is_unknown_is_accepted_as_new_and_makes_one_job(
    postgres_store: Store, postgres_database: PostgresDatabase, went_through: bool, key: str | None
) -> None:
    submission = a_submission(*await uploads_in(postgres_store), key=key)
    with commit_dies_once(went_through=went_through) as died:
        answers = await submitted(postgres_store, submission)
    assert died == [True, False]
    assert answers == [Accepted(submission.job_id, was_replayed=False)]
    assert await postgres_database.observe("SELECT CAST(id AS text) FROM jobs") == [(submission.job_id,)]


@pytest.mark.parametrize("went_through", [True, False])
async def test_the_last_submission_of_a_quota_is_accepted_even_when_its_commit_is_unknown(
    postgres_store: Store, postgres_database: PostgresDatabase, went_through: bool
) -> None:
    submission = a_submission(*await uploads_in(postgres_store), key="k")
    with commit_dies_once(went_through=went_through):
        answers = await submitted(postgres_store, submission, quota=1)
    assert answers == [Accepted(submission.job_id, was_replayed=False)]
    assert await count(postgres_database, "jobs") == 1


@pytest.fixture
async def submit_batch(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> AsyncIterator[SubmitBatch]:
    submit = SubmitBatch(postgres_store, Policies(), postgres_database.metrics, quota=3, room=Room())
    yield submit
    await submit.aclose()


async def a_batch(store: Store, key: str | None = None) -> Batch:
    pairs = [await uploads_in(store) for _ in range(3)]
    return Batch(new_id(), "acme", tuple(a_submission(*pair) for pair in pairs), key)


@pytest.mark.parametrize("went_through", [True, False])
@pytest.mark.parametrize("key", ["k", None])
async def test_a_batch_whose_commit_is_unknown_is_accepted_as_new_even_as_the_last_of_a_quota(
    postgres_store: Store,
    postgres_database: PostgresDatabase,
    submit_batch: SubmitBatch,
    went_through: bool,
    key: str | None,
) -> None:
    batch = await a_batch(postgres_store, key)
    with commit_dies_once(went_through=went_through) as died:
        accepted = await submit_batch(batch)
    assert died == [True, False]
    assert (accepted.batch_id, list(accepted.job_ids)) == (batch.id, list(batch.job_ids))
    assert not accepted.was_replayed
    assert await count(postgres_database, "jobs") == await count(postgres_database, "batch_jobs") == 3


async def test_a_backend_killed_amid_a_batch_leaves_no_part_of_it_and_costs_one_more_run(
    postgres_store: Store,
    postgres_database: PostgresDatabase,
    submit_batch: SubmitBatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = await a_batch(postgres_store, "k")
    add_jobs = Batches.add_jobs
    left: list[int] = []

    async def die_before(batches: Batches, batch: Batch) -> None:
        if not left:
            await kill_backend(postgres_database)
            left.append(sum([await count(postgres_database, t) for t in ("batches", "jobs")]))
        await add_jobs(batches, batch)

    monkeypatch.setattr(Batches, "add_jobs", die_before)
    assert await submit_batch(batch) == AcceptedBatch(batch.id, batch.job_ids, was_replayed=False)
    assert left == [0]
    assert await count(postgres_database, "jobs") == await count(postgres_database, "batch_jobs") == 3


async def test_a_batch_whose_key_another_one_holds_for_too_long_is_told_to_ask_again(
    postgres_store: Store, postgres_database: PostgresDatabase, submit_batch: SubmitBatch
) -> None:
    batch = await a_batch(postgres_store, "k")
    postgres_database.settings["lock_timeout"] = timedelta(milliseconds=50)
    async with opened(postgres_database) as impatient:
        submit = SubmitBatch(impatient, Policies(), postgres_database.metrics, quota=9, room=Room())

        async def work(tx: Transaction) -> None:
            await tx.batches.begin(batch, key_retention=timedelta(days=1))
            with pytest.raises(RequestInProgress):
                await submit(replace(batch, id=new_id()))

        await postgres_store.transact(work)


async def test_batches_at_once_do_not_pass_the_quota_together(
    postgres_store: Store, postgres_database: PostgresDatabase, submit_batch: SubmitBatch
) -> None:
    batches = [await a_batch(postgres_store) for _ in range(3)]
    connected = asyncio.Barrier(len(batches))

    async def connect(tx: Transaction) -> None:
        await tx.api_keys.exist()
        await connected.wait()

    # From here on nobody waits for a connection: all could begin before the first one commits.
    await asyncio.gather(*(postgres_store.transact(connect) for _ in batches))
    answers = await asyncio.gather(*map(submit_batch, batches), return_exceptions=True)
    assert [type(answer) for answer in answers] == [AcceptedBatch, QuotaExceeded, QuotaExceeded]
    assert await count(postgres_database, "jobs") == 3


@pytest.mark.parametrize("went_through", [True, False])
async def test_a_completion_whose_commit_is_unknown_is_recorded_with_one_result(
    postgres_store: Store, postgres_database: PostgresDatabase, went_through: bool
) -> None:
    completion = a_completion(await a_claimed_job(postgres_store))
    with commit_dies_once(went_through=went_through) as died:
        answers = await postgres_store.transact(lambda tx: tx.leases.complete([completion]))
    assert died == [True, False]
    assert answers == [Recorded(completion.job_id)]
    assert await count(postgres_database, "results") == await count(postgres_database, "job_attempts") == 1


@pytest.mark.parametrize("went_through", [True, False])
async def test_a_claim_whose_commit_is_unknown_is_not_run_again_and_left_to_its_lease(
    postgres_store: Store, postgres_database: PostgresDatabase, went_through: bool
) -> None:
    job_id = await a_job(postgres_store)
    steps = Steps(postgres_store, postgres_database.metrics)
    with commit_dies_once(went_through=went_through) as died, pytest.raises(CommitUnknown):
        await steps.claim(Claim(job_id, "worker-1", LEASE))
    assert died == [True]
    [(attempt,)] = await postgres_database.observe("SELECT attempt FROM jobs")
    assert attempt == int(went_through)
    await postgres_database.shift_clock(LEASE * 2)
    await postgres_store.transact(
        lambda tx: tx.schedule.requeue_lost(max_lost=10, delays=[timedelta(0)] * 10)
    )
    assert isinstance(await steps.claim(Claim(job_id, "worker-2", LEASE)), ClaimedJob)


# -- lost races -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def other_store(database: Database, store: Store) -> AsyncIterator[Store]:
    """Another process on the same database."""
    async with opened(database) as other:
        yield other


async def test_of_two_simultaneous_claims_one_gets_the_job_and_the_other_hears_who_holds_it(
    store: Store, other_store: Store
) -> None:
    job_id = await a_job(store)
    answers = await asyncio.gather(
        claimed(store, job_id, "worker-1"), claimed(other_store, job_id, "worker-2")
    )
    [won] = [answer for answer in answers if isinstance(answer, ClaimedJob)]
    assert won.attempt == 1
    assert [answer for answer in answers if answer is not won] == [HeldByAnother(job_id, 1)]


async def test_a_claim_that_waits_for_an_uncommitted_one_sees_it_when_it_commits(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    job_id = await a_job(postgres_store)
    waiting: list[asyncio.Future[Any]] = []

    async def work(tx: Transaction) -> Any:
        answers = await tx.leases.claim([Claim(job_id, "worker-1", LEASE)])
        waiting.append(asyncio.ensure_future(claimed(postgres_store, job_id, "worker-2")))
        # Polls the server, which says when the second claim has met the first one's lock.
        while not await postgres_database.observe(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            assert not waiting[0].done()
        return answers

    [won] = await postgres_store.transact(work)
    assert isinstance(won, ClaimedJob)
    assert await waiting[0] == HeldByAnother(job_id, 1)


async def test_of_cancel_and_complete_at_once_exactly_one_stands(
    store: Store, other_store: Store, database: Database
) -> None:
    job = await a_claimed_job(store)
    cancelled, answers = await asyncio.gather(
        store.transact(lambda tx: tx.jobs.cancel(job.job_id, reason="changed my mind")),
        other_store.transact(lambda tx: tx.leases.complete([a_completion(job)])),
        return_exceptions=True,
    )
    [(status, outcome)] = await database.observe(
        "SELECT j.status, a.outcome FROM jobs j JOIN job_attempts a ON a.job_id = j.id"
    )
    results = await count(database, "results")
    if cancelled is None:
        assert answers == [LeaseLost(job.job_id)]
        assert (status, outcome, results) == ("failed", "cancelled", 0)
    else:
        assert isinstance(cancelled, JobAlreadyFinished)
        assert answers == [Recorded(job.job_id)]
        assert (status, outcome, results) == ("completed", "completed", 1)


async def test_a_completion_after_a_cancel_loses_and_changes_nothing(
    store: Store, database: Database
) -> None:
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.jobs.cancel(job.job_id, reason="changed my mind"))
    before = await everything(database)
    answers = await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    assert answers == [LeaseLost(job.job_id)]
    assert await everything(database) == before


async def test_a_cancel_after_a_completion_is_refused_and_changes_nothing(
    store: Store, database: Database
) -> None:
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    before = await everything(database)
    with pytest.raises(JobAlreadyFinished):
        await store.transact(lambda tx: tx.jobs.cancel(job.job_id, reason="too late"))
    assert await everything(database) == before


@pytest.mark.parametrize("was_claimed_again", [True, False])
async def test_a_late_completion_after_a_lost_lease_changes_nothing(
    store: Store, database: Database, was_claimed_again: bool
) -> None:
    late = await a_claimed_job(store)
    await database.shift_clock(LEASE * 2)
    await store.transact(lambda tx: tx.schedule.requeue_lost(max_lost=10, delays=[timedelta(0)] * 10))
    if was_claimed_again:
        assert isinstance(await claimed(store, late.job_id, "worker-2"), ClaimedJob)
    before = await everything(database)
    answers = await store.transact(lambda tx: tx.leases.complete([a_completion(late)]))
    assert answers == [LeaseLost(late.job_id)]
    assert await everything(database) == before


# -- shared commits ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def submit(store: Store, database: Database) -> AsyncIterator[SubmitEvaluation]:
    submit = SubmitEvaluation(store, Policies(), database.metrics, quota=1000)
    yield submit
    await submit.aclose()


async def test_one_bad_request_among_fifty_gets_its_own_error_and_the_others_are_accepted(
    store: Store, database: Database, submit: SubmitEvaluation
) -> None:
    cv_id, project_id = await uploads_in(store)
    submissions = [
        a_submission(cv_id, project_id, key=f"k{n}", job_description=f"Job {n}") for n in range(50)
    ]
    submissions[20] = a_submission(new_id(), project_id, key="k20", job_description="Job 20")
    answers = await asyncio.gather(*map(submit, submissions), return_exceptions=True)
    assert isinstance(answers[20], UploadNotFound)
    assert answers[20].field == "cv_id"
    good = [*submissions[:20], *submissions[21:]]
    assert [*answers[:20], *answers[21:]] == [Accepted(s.job_id, was_replayed=False) for s in good]
    jobs = await store.transact(lambda tx: tx.jobs.newest(limit=100))
    assert {job.id for job in jobs} == {s.job_id for s in good}


async def test_a_request_that_breaks_the_whole_statement_costs_its_neighbours_a_run_of_their_own_and_no_more(
    store: Store, database: Database, submit: SubmitEvaluation
) -> None:
    cv_id, project_id = await uploads_in(store)
    submissions = [
        a_submission(cv_id, project_id, key=f"k{n}", job_description=f"Job {n}") for n in range(50)
    ]
    # NOT NULL: no check of ours sees it, so the database refuses the batch.
    submissions[20] = a_submission(cv_id, project_id, key="k20", job_description="Job 20", queue=None)
    answers = await asyncio.gather(*map(submit, submissions), return_exceptions=True)
    assert isinstance(answers[20], Exception)
    assert not isinstance(answers[20], StoreUnavailable)
    good = [*submissions[:20], *submissions[21:]]
    assert [*answers[:20], *answers[21:]] == [Accepted(s.job_id, was_replayed=False) for s in good]
    assert await count(database, "jobs") == 49


async def test_fifty_requests_at_once_share_few_transactions(
    store: Store, database: Database, submit: SubmitEvaluation
) -> None:
    cv_id, project_id = await uploads_in(store)
    await asyncio.gather(*(submit(a_submission(cv_id, project_id)) for _ in range(50)))
    batches = database.metrics.registry.get_sample_value(
        "cveval_shared_commit_size_count", {"step": "submit"}
    )
    # The first one starts alone; whoever comes meanwhile shares the next.
    assert batches == 2


@pytest.mark.parametrize(("key", "expected"), [("k", RequestInProgress), (None, LockTimeout)])
async def test_who_waits_too_long_is_told_of_a_key_only_if_there_is_one(
    postgres_database: PostgresDatabase, key: str | None, expected: type[Exception]
) -> None:
    postgres_database.settings |= {"lock_timeout": timedelta(milliseconds=100)}
    async with opened(postgres_database) as store:
        submission = a_submission(*await uploads_in(store), key=key)
        submit = SubmitEvaluation(store, Policies(), postgres_database.metrics, quota=9)
        async with await psycopg.AsyncConnection.connect(postgres_database.address) as other:
            await other.execute("DELETE FROM uploads")
            with pytest.raises(expected):
                await submit(submission)
        await submit.aclose()


# -- what the driver says of an error -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [(TransactionStatus.ACTIVE, ConnectionLost), (TransactionStatus.INERROR, StoreUnavailable)],
)
def test_a_connection_that_is_left_busy_is_lost(status: TransactionStatus, expected: type[Exception]) -> None:
    connection = SimpleNamespace(closed=False, info=SimpleNamespace(transaction_status=status))
    error = psycopg.OperationalError("cannot exit pipeline mode while busy")
    with pytest.raises(StoreUnavailable) as raised:
        postgres_module._translate(error, cast(Any, connection))
    assert type(raised.value) is expected
