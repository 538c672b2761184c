"""What goes, what stays, and within which limits; on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request

from cveval.domain.attempts import GivingUp
from cveval.domain.errors import UploadNotFound
from cveval.domain.policies import Policies
from cveval.store.transaction import Store
from cveval_purge.settings import ArchiveSettings, PurgeSettings
from cveval_purge.usecase import Limits, Purge
from cveval_purge.wiring import build
from tests.databases import Database
from tests.samples import a_claimed_job, a_completion, a_job, a_submission, claimed, submitted, uploads_in

MONTHS = timedelta(days=100)
WIDE = Limits(batch=2, max_rows=1000, max_time=timedelta(minutes=1))


def a_purge(store: Store, database: Database, limits: Limits = WIDE) -> Purge:
    return Purge(store, Policies(), database.metrics, limits)


async def a_finished_job(store: Store) -> str:
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    return job.job_id


async def count(database: Database, table: str) -> Any:
    [(rows,)] = await database.observe(f"SELECT COUNT(*) FROM {table}")
    return rows


async def test_what_is_past_its_retention_goes_and_the_report_says_so(
    store: Store, database: Database
) -> None:
    for _ in range(5):
        await a_finished_job(store)
    await database.shift_clock(MONTHS)
    report = await a_purge(store, database)()
    assert report.is_complete
    assert report.deleted == {
        "idempotency": 0, "jobs": 5, "batches": 0, "dead_letters": 0, "uploads": 10, "briefs": 2,
    }  # fmt: skip
    for table in ("jobs", "job_attempts", "results", "uploads", "briefs"):
        assert await count(database, table) == 0


async def test_what_is_within_its_retention_stays(store: Store, database: Database) -> None:
    await a_finished_job(store)
    await database.shift_clock(timedelta(days=29))
    assert sum((await a_purge(store, database)()).deleted.values()) == 0


async def test_unfinished_jobs_and_their_uploads_stay_however_old(store: Store, database: Database) -> None:
    queued = await a_job(store)
    processing = (await a_claimed_job(store)).job_id
    await database.shift_clock(MONTHS)
    await a_purge(store, database)()
    assert await count(database, "jobs") == 2
    assert await count(database, "uploads") == 4
    assert await count(database, "briefs") == 2
    assert {queued, processing} == {j.id for j in await store.transact(lambda tx: tx.jobs.newest())}


async def test_a_failed_job_waits_with_its_uploads_for_a_redrive_as_long_as_its_dead_letter_stays(
    store: Store, database: Database
) -> None:
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.leases.give_up([GivingUp(job.job_id, 1, "worker-1", "x", "y")]))
    await database.shift_clock(timedelta(days=89))
    await a_purge(store, database)()
    assert await count(database, "uploads") == 2
    await database.shift_clock(timedelta(days=2))
    # The dead letter's own purge waits until it was published.
    [letter] = await store.transact(
        lambda tx: tx.schedule.take_dead_letters(lease=timedelta(seconds=1), batch=1)
    )
    await store.transact(lambda tx: tx.schedule.settle_dead_letters([letter]))
    await a_purge(store, database)()
    await a_purge(store, database)()
    assert await count(database, "uploads") == 0


async def test_expired_keys_go(store: Store, database: Database) -> None:
    cv, project = await uploads_in(store)
    await submitted(
        store, *(a_submission(cv, project, key=f"k{n}", job_description=f"job {n}") for n in range(5))
    )
    assert await count(database, "idempotency") == 10
    await database.shift_clock(timedelta(hours=25))
    assert (await a_purge(store, database)()).deleted["idempotency"] == 10


async def test_a_run_stops_at_its_limit_and_the_next_one_goes_on(store: Store, database: Database) -> None:
    for _ in range(5):
        await a_finished_job(store)
    await database.shift_clock(MONTHS)
    limited = a_purge(store, database, replace(WIDE, max_rows=2))
    report = await limited()
    assert not report.is_complete
    assert report.deleted["jobs"] == 2
    while not (await limited()).is_complete:
        pass
    assert await count(database, "jobs") == 0
    assert await count(database, "uploads") == 0


async def test_a_run_that_is_out_of_time_begins_no_further_batch(store: Store, database: Database) -> None:
    await a_finished_job(store)
    await database.shift_clock(MONTHS)
    report = await a_purge(store, database, replace(WIDE, max_time=timedelta(0)))()
    assert not report.is_complete
    assert await count(database, "jobs") == 1


async def test_rows_that_must_stay_do_not_hold_up_the_ones_behind_them(
    store: Store, database: Database
) -> None:
    for _ in range(3):
        await a_job(store)
    await a_finished_job(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, database)()
    assert await count(database, "uploads") == 6


async def test_an_erased_candidate_is_gone_and_remembered_as_a_hash(store: Store, database: Database) -> None:
    cv, project = await uploads_in(store)
    [accepted] = await submitted(store, a_submission(cv, project, key="k"))
    job = await claimed(store, accepted.job_id)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    erased = await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    assert (erased.jobs, erased.uploads) == (1, 2)
    for table in ("jobs", "results", "job_attempts", "idempotency", "uploads"):
        assert await count(database, table) == 0
    [(remembered,)] = await database.observe("SELECT candidate_hash FROM erasures")
    assert remembered != cv
    [answer] = await submitted(store, a_submission(cv, project))
    assert isinstance(answer, UploadNotFound)


async def test_a_report_that_another_candidate_shares_survives_an_erasure(
    store: Store, database: Database
) -> None:
    cv, project = await uploads_in(store)
    other_cv, _ = await uploads_in(store)
    await submitted(store, a_submission(cv, project), a_submission(other_cv, project))
    await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    assert await store.transact(lambda tx: tx.uploads.find(project, "acme")) is not None
    assert await count(database, "jobs") == 1


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 405)])
async def test_cron_calls_purge_over_http(store: Store, database: Database, method: str, status: int) -> None:
    function = build(PurgeSettings(), ArchiveSettings(), Policies(), store, database.metrics).application
    scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": []}
    response = await function(Request(scope))
    assert response.status_code == status
