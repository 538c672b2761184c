"""Submit in one statement (Postgres): all of a batch when everything is sound and new, else nothing, and the steps decide."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from cveval.domain.errors import LockTimeout
from cveval.domain.jobs import Accepted, Submission
from cveval.store import submissions, submitting
from cveval.store.queries import Query
from cveval.store.submitting import submit
from cveval.store.transaction import Store
from tests.databases import PostgresDatabase, opened
from tests.samples import a_submission, submitted, uploads_in

WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def another(store: Store, **changes: str) -> Submission:
    return a_submission(*await uploads_in(store), **changes)


async def stands_at_once(store: Store, *submissions: Submission) -> bool:
    return await store.try_at_once(submitting.all_new(submissions, timedelta(days=1), None))


def without(monkeypatch: pytest.MonkeyPatch, guard: str, put: str) -> None:
    """Take a guard away from the statement."""
    assert guard in submitting.ALL_NEW.text
    broken = replace(submitting.ALL_NEW, text=submitting.ALL_NEW.text.replace(guard, put))
    monkeypatch.setattr(submitting, "ALL_NEW", broken)


async def everything(database: PostgresDatabase) -> list[tuple[object, ...]]:
    return await database.observe(
        "SELECT id::text, 'job' FROM jobs UNION ALL SELECT job_id::text, scope FROM idempotency ORDER BY 1, 2"
    )


# -- what is not sound and new ------------------------------------------------------------------------------------------


async def of_another_owner(store: Store) -> Submission:
    return a_submission(*await uploads_in(store, owner="somebody else"))


async def with_a_cv_of_another_owner(store: Store) -> Submission:
    (cv_id, _), (_, project_id) = await uploads_in(store, owner="somebody else"), await uploads_in(store)
    return a_submission(cv_id, project_id)


async def with_a_report_of_another_owner(store: Store) -> Submission:
    (cv_id, _), (_, project_id) = await uploads_in(store), await uploads_in(store, owner="somebody else")
    return a_submission(cv_id, project_id)


async def with_two_cvs(store: Store) -> Submission:
    (one, _), (other, _) = await uploads_in(store), await uploads_in(store)
    return a_submission(one, other)


async def with_two_reports(store: Store) -> Submission:
    (_, one), (_, other) = await uploads_in(store), await uploads_in(store)
    return a_submission(one, other)


async def with_a_new_job_description(store: Store) -> Submission:
    return await another(store, job_description="Not stored yet")


async def with_a_new_brief(store: Store) -> Submission:
    return await another(store, study_case_brief="Not stored yet")


async def with_a_new_rubric(store: Store) -> Submission:
    return await another(store, rubric="Not stored yet")


async def with_a_key_in_use(store: Store) -> Submission:
    await submitted(store, await another(store, key="used"))
    return await another(store, key="used")


async def asked_before_with_another_key(store: Store) -> Submission:
    earlier = await another(store, key="other")
    await submitted(store, earlier)
    return replace(earlier, job_id=(await another(store)).job_id, key="mine")


async def whose_job_is_there(store: Store) -> Submission:
    earlier = await another(store)
    await submitted(store, earlier)
    return earlier


Case = Callable[[Store], Awaitable[Submission]]
GUARDS: list[tuple[Case, str, str]] = [
    (with_a_cv_of_another_owner, "AND c.owner = a.owner", ""),
    (with_a_report_of_another_owner, "AND d.owner = a.owner", ""),
    (with_two_reports, "AND c.type = 'cv'", ""),
    (with_two_cvs, "AND d.type = 'project'", ""),
    (with_a_new_job_description, "a.job_description_hash IN (SELECT hash FROM texts)", "true"),
    (with_a_new_brief, "a.study_case_hash IN (SELECT hash FROM texts)", "true"),
    (with_a_new_rubric, "a.rubric_hash IN (SELECT hash FROM texts)", "true"),
]
SEEN: list[tuple[Case, str]] = [
    (
        with_a_key_in_use,
        "(SELECT k.job_id FROM idempotency k WHERE k.owner = r.owner AND k.scope = 'evaluate:key' AND k.key = r.key)",
    ),
    (
        asked_before_with_another_key,
        "(SELECT k.job_id FROM idempotency k WHERE k.owner = r.owner AND k.scope = 'evaluate:request' AND k.key = r.fingerprint)",
    ),
    (with_two_cvs, "(SELECT COUNT(*) FROM sound) = (SELECT COUNT(*) FROM asked)"),
]
UNUSUAL = [
    of_another_owner,
    *(case for case, _, _ in GUARDS),
    *(case for case, _ in SEEN[:2]),
    whose_job_is_there,
]


@pytest.mark.parametrize("case", UNUSUAL)
async def test_one_unusual_request_leaves_nothing_of_its_batch(
    postgres_store: Store, postgres_database: PostgresDatabase, case: Case
) -> None:
    await submitted(postgres_store, await another(postgres_store))
    unusual, usual = await case(postgres_store), await another(postgres_store, key="usual")
    before = await everything(postgres_database)
    assert not await stands_at_once(postgres_store, usual, unusual)
    assert await everything(postgres_database) == before


@pytest.mark.parametrize(("case", "guard", "put"), GUARDS)
async def test_without_its_guard_the_batch_stands(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch, case: Case, guard: str, put: str
) -> None:
    without(monkeypatch, guard, put)
    await submitted(postgres_store, await another(postgres_store))
    assert await stands_at_once(
        postgres_store, await another(postgres_store, key="usual"), await case(postgres_store)
    )


async def what_it_says(database: PostgresDatabase, *submissions: Submission) -> object:
    driver = database.driver()
    try:
        async with driver.transaction() as session:
            [[row]] = await session.run(submitting.all_new(submissions, timedelta(days=1), None))
    finally:
        await driver.aclose()
    return row["stands"]


@pytest.mark.parametrize(("case", "_"), SEEN)
async def test_what_can_be_seen_beforehand_is_no_error_of_the_database(
    postgres_store: Store, postgres_database: PostgresDatabase, case: Case, _: str
) -> None:
    await submitted(postgres_store, await another(postgres_store))
    assert await what_it_says(postgres_database, await case(postgres_store)) == 0


@pytest.mark.parametrize(("case", "look"), SEEN)
async def test_without_its_look_it_is_one(
    postgres_store: Store,
    postgres_database: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
    look: str,
) -> None:
    without(monkeypatch, look, "true" if "COUNT" in look else "NULL")
    await submitted(postgres_store, await another(postgres_store))
    unusual = await case(postgres_store)
    with pytest.raises(psycopg.errors.DivisionByZero):
        await what_it_says(postgres_database, await another(postgres_store), unusual)


# -- what comes between the look and the writing ------------------------------------------------------------------------

BETWEEN = [
    (
        "UPDATE idempotency SET key = 'k' WHERE scope = 'evaluate:key'",
        "(SELECT COUNT(*) FROM keys) = (SELECT COUNT(key) FROM asked)",
    ),
    (
        "UPDATE idempotency SET key = '{fingerprint}' WHERE scope = 'evaluate:request'",
        "(SELECT COUNT(*) FROM fingerprints) = (SELECT COUNT(key) FROM asked)",
    ),
    (
        "UPDATE jobs SET id = '{job_id}' WHERE id NOT IN (SELECT job_id FROM idempotency)",
        "(SELECT COUNT(*) FROM made) = (SELECT COUNT(*) FROM asked)",
    ),
]


async def at_once_while(store: Store, database: PostgresDatabase, submission: Submission, sql: str) -> bool:
    """Whether it stands, when another transaction has done something that it cannot see and commits while it waits."""
    async with await psycopg.AsyncConnection.connect(database.address) as other:
        await other.execute(sql.format(fingerprint=submission.fingerprint, job_id=submission.job_id).encode())
        trying = asyncio.create_task(stands_at_once(store, submission))
        while not trying.done() and not await database.observe(WAITS):
            pass
        await other.commit()
        return await trying


async def others_with_names(store: Store) -> None:
    await submitted(store, await another(store), await another(store, key="another"))


@pytest.mark.parametrize(("sql", "_"), BETWEEN)
async def test_what_comes_between_takes_everything_back(
    postgres_store: Store, postgres_database: PostgresDatabase, sql: str, _: str
) -> None:
    await others_with_names(postgres_store)
    submission = await another(postgres_store, key="k")
    assert not await at_once_while(postgres_store, postgres_database, submission, sql)
    assert len(await everything(postgres_database)) == 4


@pytest.mark.parametrize(("sql", "guard"), BETWEEN)
async def test_without_the_count_something_of_it_stands(
    postgres_store: Store,
    postgres_database: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    sql: str,
    guard: str,
) -> None:
    without(monkeypatch, guard, "true")
    await others_with_names(postgres_store)
    submission = await another(postgres_store, key="k")
    assert await at_once_while(postgres_store, postgres_database, submission, sql)


# -- what is being deleted -----------------------------------------------------------------------------------------------

LOCKS = [("uploads", "{lock_keys u}"), ("briefs", "{lock_keys b}")]
SHORT = timedelta(milliseconds=100)


async def submits_while_deleted(database: PostgresDatabase, table: str, *, at_once: bool) -> None:
    """A submit of what another transaction has deleted, and not committed; the settings alone would wait for a minute."""
    database.settings |= {"lock_timeout": timedelta(minutes=1), "statement_timeout": timedelta(seconds=20)}
    async with opened(database) as store:
        submission = await another(store)
        await submitted(store, await another(store))
        async with await psycopg.AsyncConnection.connect(database.address) as other:
            await other.execute(f"DELETE FROM {table}".encode())
            await submit(
                store,
                [submission],
                key_retention=timedelta(days=1),
                quota=9,
                has_room=at_once,
                patience=SHORT,
            )


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("table", "_"), LOCKS)
async def test_a_submit_waits_a_little_for_who_deletes_what_it_needs(
    postgres_database: PostgresDatabase, table: str, _: str, at_once: bool
) -> None:
    with pytest.raises(LockTimeout):
        await submits_while_deleted(postgres_database, table, at_once=at_once)


@pytest.mark.parametrize(("table", "lock"), LOCKS)
async def test_without_its_lock_one_statement_makes_a_job_of_what_is_gone(
    postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, table: str, lock: str
) -> None:
    without(monkeypatch, lock, "")
    await submits_while_deleted(postgres_database, table, at_once=True)


@pytest.mark.parametrize(
    ("table", "lock", "query"), [(*LOCKS[0], "UPLOADS_KNOWN"), (*LOCKS[1], "BRIEFS_KNOWN")]
)
async def test_without_its_lock_the_steps_do(
    postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, table: str, lock: str, query: str
) -> None:
    known: Query = getattr(submissions, query)
    assert lock in known.text
    monkeypatch.setattr(submissions, query, replace(known, text=known.text.replace(lock, "")))
    await submits_while_deleted(postgres_database, table, at_once=False)


async def test_a_deadlock_leaves_the_decision_to_the_steps(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    submission = await another(postgres_store)
    await submitted(postgres_store, await another(postgres_store))
    first, last = sorted((submission.cv_id, submission.project_id))
    async with await psycopg.AsyncConnection.connect(postgres_database.address) as other:
        # This one waits for a second before it looks for deadlocks, the other for a minute: it is ours that is ended.
        await other.execute("SET deadlock_timeout = '1min'")
        await other.execute("SELECT 1 FROM uploads WHERE id = %s FOR UPDATE", [last])
        trying = asyncio.create_task(submitted(postgres_store, submission, has_room=True))
        while not await postgres_database.observe(WAITS):
            pass
        await other.execute("SELECT 1 FROM uploads WHERE id = %s FOR UPDATE", [first])
    assert await trying == [Accepted(submission.job_id, was_replayed=False)]


# -- what is ------------------------------------------------------------------------------------------------------------


async def test_sound_and_new_requests_stand_as_the_steps_would_have_made_them(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    by_steps, at_once = await another(postgres_store, key="one"), await another(postgres_store, key="two")
    await submitted(postgres_store, by_steps)
    assert await stands_at_once(postgres_store, at_once)
    [one, other] = await postgres_database.observe(
        """SELECT owner, queue, status, job_description_hash, study_case_hash, rubric_hash, attempt, failures, losses,
        run_at = created_at, due_at = created_at, updated_at = created_at, request_id, traceparent FROM jobs"""
    )
    assert one == other
    names = await postgres_database.observe(
        "SELECT job_id::text, scope, key, request_hash, expires_at > now() + interval '23 hours' FROM idempotency"
    )
    for s in (by_steps, at_once):
        assert (s.job_id, "evaluate:key", s.key, s.request_hash, True) in names
        assert (s.job_id, "evaluate:request", s.fingerprint, s.fingerprint, True) in names
    assert len(names) == 4


async def test_a_connection_that_dies_leaves_the_decision_to_the_steps(
    postgres_store: Store, postgres_database: PostgresDatabase
) -> None:
    submission = await another(postgres_store)
    await submitted(postgres_store, await another(postgres_store))
    await postgres_database.observe(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    [accepted] = await submitted(postgres_store, submission, has_room=True)
    assert accepted.job_id == submission.job_id
    assert (submission.job_id, "job") in await everything(postgres_database)
