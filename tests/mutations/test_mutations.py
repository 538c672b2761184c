"""A guard counts as tested when its rule goes red without it: each is taken away, and red is expected."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import psycopg
import pytest

from cveval.domain.attempts import ClaimedJob, LeaseLost, NotDueYet, Retry
from cveval.domain.jobs import Outcome
from cveval.store import leases, postgres, submissions
from cveval.store.queries import Query
from cveval.store.transaction import Store
from tests.databases import PostgresDatabase
from tests.samples import a_claimed_job, a_completion, a_job, a_submission, claimed, submitted, uploads_in

# -- the rules ----------------------------------------------------------------------------------------------------------


async def a_late_completion_changes_nothing(store: Store, database: PostgresDatabase) -> None:
    late = await a_claimed_job(store)
    await database.shift_clock(timedelta(seconds=120))
    await store.transact(lambda tx: tx.schedule.requeue_lost(max_lost=9, delays=[timedelta(0)]))
    assert isinstance(await claimed(store, late.job_id), ClaimedJob)
    answers = await store.transact(lambda tx: tx.leases.complete([a_completion(late)]))
    assert answers == [LeaseLost(late.job_id)]


async def a_completion_in_anothers_name_changes_nothing(store: Store, database: PostgresDatabase) -> None:
    job = await a_claimed_job(store)
    foreign = replace(a_completion(job), worker="worker-2")
    assert await store.transact(lambda tx: tx.leases.complete([foreign])) == [LeaseLost(job.job_id)]


async def an_accepted_job_is_published(store: Store, database: PostgresDatabase) -> None:
    job_id = await a_job(store)
    taken = await store.transact(lambda tx: tx.schedule.take_due(lease=timedelta(seconds=15), batch=9))
    assert [t.event.job_id for t in taken] == [job_id]


async def copies_with_one_key_make_one_job(store: Store, database: PostgresDatabase) -> None:
    cv_id, project_id = await uploads_in(store)
    copies = [a_submission(cv_id, project_id, key="k") for _ in range(10)]
    answers = await asyncio.gather(*(submitted(store, copy) for copy in copies), return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, BaseException)] == []
    assert await database.observe("SELECT COUNT(*) FROM jobs") == [(1,)]


async def a_second_result_is_refused(store: Store, database: PostgresDatabase) -> None:
    job = await a_claimed_job(store)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    with pytest.raises(psycopg.errors.UniqueViolation):
        await database.observe("INSERT INTO results SELECT * FROM results")


async def what_was_answered_stands(store: Store, database: PostgresDatabase) -> None:
    job_id = await a_job(store)
    found = await database.observe("SELECT id::text FROM jobs")
    assert found == [(job_id,)]


async def a_retry_waits_for_its_time(store: Store, database: PostgresDatabase) -> None:
    job = await a_claimed_job(store)
    later = Retry(job.job_id, 1, "worker-1", Outcome.FAILED, timedelta(seconds=30), "timeout", "slow")
    await store.transact(lambda tx: tx.leases.retry([later]))
    assert isinstance(await claimed(store, job.job_id), NotDueYet)


Rule = Callable[[Store, PostgresDatabase], Awaitable[None]]
RULES: list[Rule] = [
    a_late_completion_changes_nothing,
    a_completion_in_anothers_name_changes_nothing,
    an_accepted_job_is_published,
    copies_with_one_key_make_one_job,
    a_second_result_is_refused,
    what_was_answered_stands,
    a_retry_waits_for_its_time,
]


# -- the guards ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WithoutText:
    """A guard that is a part of a statement."""

    module: ModuleType
    query: str
    text: str
    put: str = ""

    async def __call__(self, monkeypatch: pytest.MonkeyPatch, database: PostgresDatabase) -> None:
        query: Query = getattr(self.module, self.query)
        assert self.text in query.text
        without = replace(query, text=query.text.replace(self.text, self.put))
        monkeypatch.setattr(self.module, self.query, without)


class WithoutCommit:
    """The uploads are kept; whatever comes after them is rolled back where it should be committed."""

    async def __call__(self, monkeypatch: pytest.MonkeyPatch, database: PostgresDatabase) -> None:
        commits = iter([psycopg.AsyncConnection.commit])

        async def commit_once(connection: psycopg.AsyncConnection[Any]) -> None:
            await next(commits, psycopg.AsyncConnection.rollback)(connection)

        monkeypatch.setattr(postgres, "_commit", commit_once)


class WithoutDueTime:
    """A queued job without `due_at`: the CHECK refuses it, so that goes too."""

    async def __call__(self, monkeypatch: pytest.MonkeyPatch, database: PostgresDatabase) -> None:
        await database.observe("ALTER TABLE jobs DROP CONSTRAINT jobs_queued_check")
        await WithoutText(submissions, "ADD_JOBS", "0, 0, 0, t.now_at, t.now_at", "0, 0, 0, t.now_at, NULL")(
            monkeypatch, database
        )


@dataclass(frozen=True)
class WithoutKey:
    """A unique key of the database. Without it ON CONFLICT has nothing to meet, so that goes too.

    (Without the key of `idempotency` a repeated request meets several holders of its key, which is an error of its own.)
    """

    table: str
    module: ModuleType
    queries: tuple[str, ...]

    async def __call__(self, monkeypatch: pytest.MonkeyPatch, database: PostgresDatabase) -> None:
        await database.observe(f"ALTER TABLE {self.table} DROP CONSTRAINT {self.table}_pkey")
        for name in self.queries:
            query: Query = getattr(self.module, name)
            without, conflict, _ = query.text.partition("ON CONFLICT")
            assert conflict
            monkeypatch.setattr(self.module, name, replace(query, text=without))


FENCE = "AND jobs.attempt = mine.my_attempt -- the fence"
MUTATIONS = [
    (WithoutText(leases, "COMPLETE", FENCE), a_late_completion_changes_nothing),
    (
        WithoutText(leases, "COMPLETE", "AND jobs.worker = mine.my_name"),
        a_completion_in_anothers_name_changes_nothing,
    ),
    (WithoutDueTime(), an_accepted_job_is_published),
    (
        WithoutKey("idempotency", submissions, ("ADD_KEYS", "ADD_FINGERPRINTS", "POINT_KEYS")),
        copies_with_one_key_make_one_job,
    ),
    (WithoutKey("results", leases, ("ADD_RESULTS",)), a_second_result_is_refused),
    (WithoutCommit(), what_was_answered_stands),
    (WithoutText(leases, "CLAIM", "AND jobs.run_at <= mine.now_at"), a_retry_waits_for_its_time),
]


@pytest.mark.parametrize("rule", RULES)
async def test_with_every_guard_in_place_the_rule_holds(
    postgres_store: Store, postgres_database: PostgresDatabase, rule: Rule
) -> None:
    await rule(postgres_store, postgres_database)


@pytest.mark.parametrize(("take_away", "rule"), MUTATIONS, ids=lambda value: getattr(value, "__name__", None))
async def test_without_its_guard_the_rule_is_broken(
    postgres_store: Store,
    postgres_database: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    take_away: Callable[[pytest.MonkeyPatch, PostgresDatabase], Awaitable[None]],
    rule: Rule,
) -> None:
    await take_away(monkeypatch, postgres_database)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await rule(postgres_store, postgres_database)


def test_every_rule_has_a_mutation() -> None:
    assert {rule for _, rule in MUTATIONS} == set(RULES)
