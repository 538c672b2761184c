"""Putting failed jobs back: filters, canary, rate, and what is left when it ends early; on both databases."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cveval.domain.attempts import GivingUp
from cveval.domain.errors import CommitUnknown, StoreUnavailable
from cveval.domain.jobs import JobStatus
from cveval.store.jobs import Redrive
from cveval.store.transaction import Store
from cveval_local import redriving as module
from cveval_local.redriving import Redriving
from tests.databases import Database, fresh_sqlite, opened
from tests.samples import a_completion, a_job, claimed


async def failed_jobs(store: Store, count: int, code: str = "timeout", **changes: str) -> list[str]:
    """In the order in which they failed."""
    return [await failed_job(store, await a_job(store, **changes), code) for _ in range(count)]


async def failed_job(store: Store, job_id: str, code: str = "timeout") -> str:
    job = await claimed(store, job_id)
    await store.transact(
        lambda tx: tx.leases.give_up([GivingUp(job_id, job.attempt, "worker-1", code, "no")])
    )
    return job_id


@dataclass
class Worker:
    """Works on what is queued; `fails` says whose attempt fails."""

    store: Store
    fails: Callable[[str], bool] = lambda _: False
    seen: list[str] = field(default_factory=list)

    async def run(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            for job in await self.store.transact(lambda tx: tx.jobs.newest(status=JobStatus.QUEUED)):
                self.seen.append(job.id)
                if self.fails(job.id):
                    await failed_job(self.store, job.id)
                else:
                    mine = a_completion(await claimed(self.store, job.id))
                    await self.store.transact(lambda tx, mine=mine: tx.leases.complete([mine]))  # type: ignore[misc]
            await asyncio.sleep(0)


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    ended = asyncio.Event()
    task = asyncio.create_task(worker.run(ended))
    yield
    ended.set()
    await asyncio.gather(task, return_exceptions=True)


async def statuses(store: Store, ids: Sequence[str]) -> list[str]:
    return [(await store.transact(lambda tx, id_=id_: tx.jobs.get(id_))).status for id_ in ids]  # type: ignore[misc]


# -- which -----------------------------------------------------------------------------------------------------------


async def test_filters_choose_by_code_queue_owner_age_and_id(store: Store, database: Database) -> None:
    old = await failed_jobs(store, 1)
    await database.shift_clock(timedelta(hours=2))
    [plain] = await failed_jobs(store, 1)
    [other_code] = await failed_jobs(store, 1, "documents_gone")
    [bulk] = await failed_jobs(store, 1, queue="evaluate:bulk")
    [theirs] = await failed_jobs(store, 1)
    await database.observe(f"UPDATE jobs SET owner = 'other' WHERE id = '{theirs}'")

    async def chosen(**filters: object) -> list[str]:
        wanted = Redrive(**filters)  # type: ignore[arg-type]
        return [job.id for job in await store.transact(lambda tx: tx.jobs.redrivable(wanted))]

    assert await chosen() == [*old, plain, other_code, bulk, theirs]
    assert await chosen(error_code="documents_gone") == [other_code]
    assert await chosen(queue="evaluate:bulk") == [bulk]
    assert await chosen(owner="other") == [theirs]
    assert await chosen(older_than=timedelta(hours=1)) == old
    assert await chosen(since=datetime.now(UTC) + timedelta(hours=1)) == [plain, other_code, bulk, theirs]
    assert await chosen(ids=(bulk, plain)) == [plain, bulk]
    assert await chosen(ids=()) == []
    assert await chosen(limit=2) == [*old, plain]


# -- canary ------------------------------------------------------------------------------------------------------------


async def test_a_canary_puts_back_one_then_ten_then_all_each_after_the_others_have_ended(
    store: Store,
) -> None:
    ids, told, worker = await failed_jobs(store, 14), list[str](), Worker(store)
    redriving = Redriving(store, stop_above=10, tell=told.append, poll=0)
    async with working(worker):
        await redriving(ids)
    assert [line for line in told if "to go" in line] == [
        "1 back in the queue, 13 to go",
        "11 back in the queue, 3 to go",
        "14 back in the queue, 0 to go",
    ]
    assert worker.seen[0] == ids[0]
    assert set(worker.seen[1:11]) == set(ids[1:11])
    assert sorted(redriving.report.completed) == sorted(ids)
    assert not redriving.has_failed


async def test_a_canary_that_fails_again_leaves_all_others_as_they_were(store: Store) -> None:
    ids, worker = await failed_jobs(store, 5), Worker(store, lambda _: True)
    redriving = Redriving(store, stop_above=99, poll=0)
    async with working(worker):
        await redriving(ids)
    assert redriving.has_failed
    assert [standing.id for standing in redriving.report.failed_again] == ids[:1]
    assert redriving.report.left == ids[1:]
    assert worker.seen == ids[:1]
    # Chosen again, those that were not tried come first.
    again = await store.transact(lambda tx: tx.jobs.redrivable(Redrive()))
    assert [job.id for job in again] == [*ids[1:], ids[0]]


@pytest.mark.parametrize(("broken", "goes_on"), [(1, True), (2, False)])
async def test_a_canary_stops_above_the_share_and_not_at_it(store: Store, broken: int, goes_on: bool) -> None:
    ids = await failed_jobs(store, 13)
    redriving = Redriving(store, stop_above=100 / 11, poll=0)
    async with working(Worker(store, lambda id_: id_ in ids[1 : 1 + broken])):
        await redriving(ids)
    assert redriving.has_failed is not goes_on
    assert len(redriving.report.redriven) == (13 if goes_on else 11)


async def test_a_job_that_is_cancelled_or_erased_has_ended_and_did_not_fail(store: Store) -> None:
    [first, second] = await failed_jobs(store, 2)
    # Ended by an event: cancelled, it was seen to run on for ever, rarely, and why is not known.
    seen = asyncio.Event()

    async def cancel_and_erase() -> None:
        while not seen.is_set():
            for job in await store.transact(lambda tx: tx.jobs.newest(status=JobStatus.QUEUED)):
                if job.id == first:
                    await store.transact(lambda tx: tx.jobs.cancel(first, reason="enough"))
                else:
                    cv_id = job.cv_id
                    await store.transact(lambda tx: tx.erasures.erase(cv_id, "acme"))  # noqa: B023 - run at once
            await asyncio.sleep(0)

    task = asyncio.create_task(cancel_and_erase())
    redriving = Redriving(store, stop_above=0, poll=0)
    await redriving([first, second])
    seen.set()
    await task
    assert redriving.report.redriven == [first, second]
    assert (redriving.report.completed, redriving.report.failed_again) == ([], [])


# -- ending early ------------------------------------------------------------------------------------------------------


async def test_ctrl_c_ends_it_between_two_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRANSACTION", 2)
    ids, stopping = await failed_jobs(store, 5), asyncio.Event()
    redriving = Redriving(store, stopping=stopping)
    hint = store.hint

    async def ctrl_c() -> None:
        await hint()
        stopping.set()

    monkeypatch.setattr(store, "hint", ctrl_c)
    await redriving(ids)
    assert (redriving.report.redriven, redriving.report.left) == (ids[:2], ids[2:])
    assert await statuses(store, ids) == ["queued"] * 2 + ["failed"] * 3


async def test_ctrl_c_ends_waiting_for_a_canary_that_nobody_works_on(store: Store) -> None:
    ids, stopping = await failed_jobs(store, 3), asyncio.Event()
    redriving = Redriving(
        store,
        stop_above=10,
        stopping=stopping,
        tell=lambda text: stopping.set() if "waiting" in text else None,
    )
    async with asyncio.timeout(60):
        await redriving(ids)
    assert (redriving.report.redriven, redriving.report.left) == (ids[:1], ids[1:])


async def test_sigint_ends_the_command_and_it_says_how_to_go_on(tmp_path: Path) -> None:
    with fresh_sqlite(tmp_path) as database:
        async with opened(database) as store:
            ids = await failed_jobs(store, 3)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cveval_local.commands", "redrive", "--all", "--canary"),
            env={"CVEVAL_DATABASE_URL": f"sqlite:///{database.path}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        while b"waiting" not in await process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        told, _ = await process.communicate()
        assert process.returncode == 130
        assert (
            b"1 job(s) are back in the queue\n2 are as they were. To go on with them: the same command"
            in told
        )
        async with opened(database) as store:
            assert await statuses(store, ids) == ["queued", "failed", "failed"]


async def test_a_rate_is_kept_by_pauses(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, pauses = await failed_jobs(store, 5), list[float]()
    redriving = Redriving(store, rate=2)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(redriving, "_sleep", pause)
    await redriving(ids)
    assert pauses == [1.0, 1.0]
    assert redriving.report.redriven == ids


async def test_what_moved_on_meanwhile_is_left_alone_and_told(store: Store) -> None:
    ids = await failed_jobs(store, 2)
    await store.transact(lambda tx: tx.jobs.redrive(ids[:1]))
    redriving = Redriving(store)
    await redriving(ids)
    assert (redriving.report.moved_on, redriving.report.redriven) == (ids[:1], ids[1:])


async def test_an_outage_in_the_middle_leaves_a_true_report(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRANSACTION", 2)
    ids = await failed_jobs(store, 5)
    redriving, hint = Redriving(store), store.hint

    async def goes_away() -> None:
        await hint()
        monkeypatch.setattr(store, "transact", unavailable)

    async def unavailable(_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(store, "hint", goes_away)
    with pytest.raises(StoreUnavailable):
        await redriving(ids)
    assert (redriving.report.redriven, redriving.report.left) == (ids[:2], ids[2:])


async def test_a_commit_of_unknown_outcome_that_stood_counts_as_put_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await failed_jobs(store, 2)
    transact, unknown = store.transact, [CommitUnknown("the connection died")]

    async def dies_once(work: Any) -> Any:
        answer = await transact(work)
        # As `transact` itself does: the same work runs again.
        return await transact(work) if unknown and unknown.pop() else answer

    monkeypatch.setattr(store, "transact", dies_once)
    redriving = Redriving(store)
    await redriving(ids)
    assert (redriving.report.redriven, redriving.report.moved_on) == (ids, [])
