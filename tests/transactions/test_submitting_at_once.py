"""Submit in one statement (Postgres): all of a batch when everything is sound and new, else nothing, and the steps decide."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cveval.domain.jobs import Submission
from cveval.store import submitting
from cveval.store.transaction import Store
from tests.databases import PostgresDatabase
from tests.samples import a_submission, submitted, uploads_in


async def another(store: Store, **changes: str) -> Submission:
    return a_submission(*await uploads_in(store), **changes)


async def stands_at_once(store: Store, *submissions: Submission) -> bool:
    return await store.try_at_once(submitting.all_new(submissions, timedelta(days=1), None))


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
    (with_a_key_in_use, "(SELECT COUNT(*) FROM keys) = (SELECT COUNT(key) FROM asked)", "true"),
    (
        asked_before_with_another_key,
        "(SELECT COUNT(*) FROM fingerprints) = (SELECT COUNT(key) FROM asked)",
        "true",
    ),
    (whose_job_is_there, "(SELECT COUNT(*) FROM made) = (SELECT COUNT(*) FROM asked)", "true"),
]


@pytest.mark.parametrize("case", [of_another_owner, *(case for case, _, _ in GUARDS)])
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
    assert guard in submitting.ALL_NEW.text
    broken = replace(submitting.ALL_NEW, text=submitting.ALL_NEW.text.replace(guard, put))
    monkeypatch.setattr(submitting, "ALL_NEW", broken)
    await submitted(postgres_store, await another(postgres_store))
    assert await stands_at_once(
        postgres_store, await another(postgres_store, key="usual"), await case(postgres_store)
    )


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
