"""Batches in the store: whole or not at all, one a key, ranked by exact numbers; on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from cveval.domain.attempts import GivingUp
from cveval.domain.batches import AcceptedBatch, Batch, Candidate, Standings
from cveval.domain.documents import new_id
from cveval.domain.errors import (
    BatchNotFound,
    IdempotencyKeyReused,
    QuotaExceeded,
    UploadNotFound,
    WrongUploadType,
)
from cveval.domain.jobs import JobStatus
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.store import batches as batches_module
from cveval.store import retention
from cveval.store.queries import Query
from cveval.store.transaction import Store
from cveval_purge.usecase import Limits, Purge
from cveval_submit.room import Room
from cveval_submit.usecase_batches import SubmitBatch
from tests.databases import Database, opened
from tests.samples import a_completion, a_submission, claimed, uploads_in

MONTHS = timedelta(days=100)


async def a_batch(store: Store, size: int = 3, *, key: str | None = None, owner: str = "acme") -> Batch:
    pairs = [await uploads_in(store, owner) for _ in range(size)]
    submissions = (
        a_submission(*pair, owner=owner, place=f"candidates[{n}].") for n, pair in enumerate(pairs)
    )
    return Batch(new_id(), owner, tuple(submissions), key)


def again(batch: Batch) -> Batch:
    """The same request with the ids of another one."""
    return replace(
        batch, id=new_id(), submissions=tuple(replace(s, job_id=new_id()) for s in batch.submissions)
    )


async def submitted(store: Store, batch: Batch, *, quota: int = 1000) -> AcceptedBatch:
    submit = SubmitBatch(store, Policies(), Metrics(), quota=quota, room=Room())
    try:
        return await submit(batch)
    finally:
        await submit.aclose()


async def standings(store: Store, batch_id: str, owner: str = "acme") -> Standings:
    return await store.transact(lambda tx: tx.batches.standings(batch_id, owner))


async def complete(store: Store, job_id: str, score: int = 3, *warnings: str) -> None:
    job = await claimed(store, job_id)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job, score=score, warnings=warnings)]))


async def give_up(store: Store, job_id: str) -> None:
    await claimed(store, job_id)
    given_up = GivingUp(job_id, 1, "worker-1", "timeout", "too slow")
    await store.transact(lambda tx: tx.leases.give_up([given_up]))


async def erase(store: Store, cv_id: str) -> None:
    await store.transact(lambda tx: tx.erasures.erase(cv_id, "acme"))


async def purged(store: Store, database: Database) -> dict[str, int]:
    limits = Limits(batch=2, max_rows=1000, max_time=timedelta(minutes=1))
    return (await Purge(store, Policies(), database.metrics, limits)()).deleted


async def count(database: Database, table: str) -> int:
    [(rows,)] = await database.observe(f"SELECT COUNT(*) FROM {table}")
    return int(rows)


async def nothing_stands(database: Database) -> bool:
    return [await count(database, t) for t in ("batches", "batch_jobs", "jobs", "briefs")] == [0] * 4


# -- whole or not at all -------------------------------------------------------------------------------------------------


async def test_a_batch_makes_one_queued_job_a_candidate_in_their_order(store: Store) -> None:
    batch = await a_batch(store)
    assert await submitted(store, batch) == AcceptedBatch(batch.id, batch.job_ids, was_replayed=False)
    seen = await standings(store, batch.id)
    assert [(c.job_id, c.cv_id, c.project_id) for c in seen.candidates] == [
        (s.job_id, s.cv_id, s.project_id) for s in batch.submissions
    ]
    assert {c.status for c in seen.candidates} == {JobStatus.QUEUED}
    taken = await store.transact(lambda tx: tx.schedule.take_due(lease=timedelta(seconds=15), batch=10))
    assert {t.event.job_id for t in taken} == set(batch.job_ids)


async def test_one_unknown_upload_refuses_the_whole_batch_and_is_named(
    store: Store, database: Database
) -> None:
    batch = await a_batch(store, 5)
    submissions = list(batch.submissions)
    submissions[3] = replace(submissions[3], cv_id=new_id())
    with pytest.raises(UploadNotFound) as refused:
        await submitted(store, replace(batch, submissions=tuple(submissions)))
    assert refused.value.field == "candidates[3].cv_id"
    assert str(refused.value).startswith("candidates[3].cv_id: there is no upload")
    assert await nothing_stands(database)


async def test_swapped_ids_refuse_the_whole_batch_and_are_named_before_the_quota(
    store: Store, database: Database
) -> None:
    batch = await a_batch(store, 3)
    first, second, third = batch.submissions
    third = replace(third, cv_id=third.project_id, project_id=third.cv_id)
    with pytest.raises(WrongUploadType, match="swapped") as refused:
        await submitted(store, replace(batch, submissions=(first, second, third)), quota=1)
    assert refused.value.field == "candidates[2].cv_id"
    assert await nothing_stands(database)


async def test_a_batch_that_is_too_large_for_the_quota_is_refused_as_a_whole_and_told_the_room(
    store: Store, database: Database
) -> None:
    await submitted(store, await a_batch(store, 2))
    with pytest.raises(QuotaExceeded, match=r"needs 4 jobs, and 3 of the 5 .* are free"):
        await submitted(store, await a_batch(store, 4), quota=5)
    assert await count(database, "jobs") == 2
    await submitted(store, await a_batch(store, 3), quota=5)
    with pytest.raises(QuotaExceeded, match="and 0 of the 5"):
        await submitted(store, await a_batch(store, 1), quota=5)


async def test_a_batch_leaves_its_room_counted(store: Store) -> None:
    room = Room()
    room.note({"acme": 100})
    submit = SubmitBatch(store, Policies(), Metrics(), quota=4, room=room)
    await submit(await a_batch(store, 4))
    await submit.aclose()
    assert not room.take(["acme"])


async def test_pairs_that_were_evaluated_before_make_new_jobs(store: Store, database: Database) -> None:
    batch = await a_batch(store, key="one")
    await submitted(store, batch)
    other = await submitted(store, replace(again(batch), key="two"))
    assert not set(other.job_ids) & set(batch.job_ids)
    assert await count(database, "jobs") == 6


# -- one a key -----------------------------------------------------------------------------------------------------------


async def test_the_same_request_with_the_same_key_is_answered_with_the_first_batch(
    store: Store, database: Database
) -> None:
    batch = await a_batch(store, key="k")
    await submitted(store, batch)
    replayed = await submitted(store, again(batch), quota=1)
    assert replayed == AcceptedBatch(batch.id, list(batch.job_ids), was_replayed=True)
    assert (await count(database, "batches"), await count(database, "jobs")) == (1, 3)


async def test_a_key_is_refused_for_other_candidates_another_order_another_job_and_another_queue(
    store: Store,
) -> None:
    batch = await a_batch(store, key="k")
    await submitted(store, batch)
    same = again(batch).submissions
    for others in (
        same[:-1],
        same[::-1],
        tuple(replace(s, job_description="Other") for s in same),
        tuple(replace(s, rubric="Other") for s in same),
        tuple(replace(s, queue="other") for s in same),
    ):
        with pytest.raises(IdempotencyKeyReused):
            await submitted(store, Batch(new_id(), "acme", others, "k"))


async def test_a_key_is_its_owners(store: Store, database: Database) -> None:
    for owner in ("acme", "zenith"):
        accepted = await submitted(store, await a_batch(store, 1, key="k", owner=owner))
        assert not accepted.was_replayed
    assert await count(database, "batches") == 2


async def copies_with_one_key_make_one_batch(store: Store, database: Database) -> None:
    """In several processes, as far as the database can tell."""
    batch = await a_batch(store, key="k")
    async with opened(database) as other:
        answers = await asyncio.gather(*(submitted(s, again(batch)) for s in (store, other) * 5))
    assert len({answer.batch_id for answer in answers}) == 1
    assert sum(not answer.was_replayed for answer in answers) == 1
    assert (await count(database, "batches"), await count(database, "jobs")) == (1, 3)


async def an_expired_key_is_free_and_its_batch_stays(store: Store, database: Database) -> None:
    first, second = await a_batch(store, key="k"), await a_batch(store, key="k")
    await submitted(store, first)
    await database.shift_clock(timedelta(hours=25))
    assert not (await submitted(store, second)).was_replayed
    assert len((await standings(store, first.id)).candidates) == 3


async def a_key_in_force_is_kept(store: Store, database: Database) -> None:
    batch = await a_batch(store, key="k")
    await submitted(store, batch)
    await database.shift_clock(timedelta(hours=23))
    assert (await submitted(store, again(batch))).was_replayed


async def test_running_a_batch_again_after_an_unknown_commit_finds_its_own(
    store: Store, database: Database
) -> None:
    for key in ("k", None):
        batch = await a_batch(store, 2, key=key)
        for _ in range(2):
            # The quota is full of the batch itself: no reason to refuse it.
            accepted = await submitted(store, batch, quota=await count(database, "jobs") or 2)
            assert list(accepted.job_ids) == list(batch.job_ids)
            assert not accepted.was_replayed
        for submission in batch.submissions:
            await erase(store, submission.cv_id)


# -- the ranking ---------------------------------------------------------------------------------------------------------


async def a_batch_is_ranked_by_its_stored_numbers(store: Store, database: Database) -> None:
    batch = await a_batch(store, 5)
    await submitted(store, batch)
    for position, score in ((0, 2), (1, 5), (3, 2)):
        await complete(store, batch.job_ids[position], score)
    await give_up(store, batch.job_ids[2])
    seen = await standings(store, batch.id)
    assert [(rank, batch.job_ids.index(c.job_id)) for rank, c in seen.ranking()] == [
        (1, 1),
        (2, 0),
        (2, 3),
        (None, 4),
        (None, 2),
    ]
    assert seen.ranking()[0][1].numbers == (Decimal("1.00"), Decimal("10.00"))
    assert (seen.ranking()[-1][1].error_code, seen.ranking()[-1][1].error) == ("timeout", "too slow")
    assert not seen.is_finished
    await complete(store, batch.job_ids[4])
    assert (await standings(store, batch.id)).is_finished


def test_equal_numbers_share_a_rank_and_stay_in_the_order_of_the_request() -> None:
    def candidate(
        position: int, numbers: tuple[str, str] | None, status: JobStatus, unranked: str | None = None
    ) -> Candidate:
        exact = None if numbers is None else (Decimal(numbers[0]), Decimal(numbers[1]))
        return Candidate(str(position), "", "", status, exact, unranked, None, None)

    done, failed, queued = JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.QUEUED
    given = [
        (None, failed),
        (("0.5", "6"), done),
        (None, queued),
        (("0.5", "7"), done),
        (("0.9", "2"), done),
        (("0.50", "7.00"), done),
        (None, failed),
        (("0.5", "6"), done),
    ]
    seen = Standings("b", tuple(candidate(n, numbers, status) for n, (numbers, status) in enumerate(given)))
    assert [(rank, int(c.job_id)) for rank, c in seen.ranking()] == [
        (1, 4),
        (2, 3),
        (2, 5),
        (4, 1),
        (4, 7),
        (None, 2),
        (None, 0),
        (None, 6),
    ]


async def a_cv_in_another_language_follows_the_ranked_without_a_rank(
    store: Store, database: Database
) -> None:
    batch = await a_batch(store, 3)
    await submitted(store, batch)
    warning = "cv: not_english: its match rate must not be compared with others"
    await complete(store, batch.job_ids[0], 5, "cv: low_quality:few_words", warning)
    await complete(store, batch.job_ids[1], 2, "project: not_english: its score says little")
    seen = await standings(store, batch.id)
    assert [(rank, batch.job_ids.index(c.job_id), c.unranked) for rank, c in seen.ranking()] == [
        (1, 1, None),
        (None, 0, warning),
        (None, 2, None),
    ]


async def another_owners_batch_is_not_found(store: Store, database: Database) -> None:
    batch = await a_batch(store, 1)
    await submitted(store, batch)
    for batch_id, owner in ((batch.id, "zenith"), (new_id(), "acme")):
        with pytest.raises(BatchNotFound):
            await standings(store, batch_id, owner)


# -- what goes -----------------------------------------------------------------------------------------------------------


async def test_an_erased_candidate_leaves_its_batch_and_the_others_keep_their_order(store: Store) -> None:
    batch = await a_batch(store, 3, key="k")
    await submitted(store, batch)
    for job_id, score in zip(batch.job_ids, (3, 5, 4), strict=True):
        await complete(store, job_id, score)
    await erase(store, batch.submissions[1].cv_id)
    seen = await standings(store, batch.id)
    assert [(rank, c.job_id) for rank, c in seen.ranking()] == [(1, batch.job_ids[2]), (2, batch.job_ids[0])]
    assert seen.is_finished
    replayed = await submitted(store, again(batch))
    assert list(replayed.job_ids) == [batch.job_ids[0], batch.job_ids[2]]


async def test_a_batch_whose_candidates_are_all_erased_is_empty_and_finished(store: Store) -> None:
    batch = await a_batch(store, 2)
    await submitted(store, batch)
    for submission in batch.submissions:
        await erase(store, submission.cv_id)
    seen = await standings(store, batch.id)
    assert (seen.candidates, seen.is_finished) == ((), True)


async def test_a_batch_goes_with_the_last_of_its_jobs(store: Store, database: Database) -> None:
    for _ in range(3):
        batch = await a_batch(store, 2)
        await submitted(store, batch)
        for job_id in batch.job_ids:
            await complete(store, job_id)
    await database.shift_clock(timedelta(days=89))
    assert (await purged(store, database))["batches"] == 0
    await database.shift_clock(MONTHS)
    deleted = await purged(store, database)
    assert (deleted["jobs"], deleted["batches"]) == (6, 3)
    assert await nothing_stands(database)


async def a_batch_stays_as_long_as_one_of_its_jobs(store: Store, database: Database) -> None:
    batch = await a_batch(store, 2)
    await submitted(store, batch)
    await complete(store, batch.job_ids[0])
    await database.shift_clock(MONTHS)
    deleted = await purged(store, database)
    assert (deleted["jobs"], deleted["batches"]) == (1, 0)
    assert [c.job_id for c in (await standings(store, batch.id)).candidates] == [batch.job_ids[1]]


# -- the guards ----------------------------------------------------------------------------------------------------------

Rule = Callable[[Store, Database], Awaitable[None]]
RULES: list[Rule] = [
    copies_with_one_key_make_one_batch,
    an_expired_key_is_free_and_its_batch_stays,
    a_key_in_force_is_kept,
    a_batch_is_ranked_by_its_stored_numbers,
    a_cv_in_another_language_follows_the_ranked_without_a_rank,
    another_owners_batch_is_not_found,
    a_batch_stays_as_long_as_one_of_its_jobs,
]
GUARDS: list[tuple[Rule, str, str, str]] = [
    (copies_with_one_key_make_one_batch, "ADD", ":key,", "NULL,"),
    (an_expired_key_is_free_and_its_batch_stays, "RELEASE_KEY", "WHERE", "WHERE false AND"),
    (a_key_in_force_is_kept, "RELEASE_KEY", "AND created_at <=", "OR created_at <="),
    (a_batch_is_ranked_by_its_stored_numbers, "STANDINGS", "ORDER BY m.position", "ORDER BY m.position DESC"),
    (another_owners_batch_is_not_found, "STANDINGS", "AND b.owner = :owner", "OR b.owner = :owner"),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
async def test_with_every_guard_in_place_the_rule_holds(store: Store, database: Database, rule: Rule) -> None:
    await rule(store, database)


@pytest.mark.parametrize(
    ("rule", "query", "guard", "put"), GUARDS, ids=lambda value: getattr(value, "__name__", "")
)
async def test_without_its_guard_the_rule_is_broken(
    store: Store,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    rule: Rule,
    query: str,
    guard: str,
    put: str,
) -> None:
    whole: Query = getattr(batches_module, query)
    assert guard in whole.text
    monkeypatch.setattr(batches_module, query, replace(whole, text=whole.text.replace(guard, put)))
    with pytest.raises((AssertionError, pytest.fail.Exception, IdempotencyKeyReused)):
        await rule(store, database)


async def test_without_its_guard_purge_fails_at_a_batch_that_has_jobs(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = retention.DELETE["batches"]
    guard = "AND NOT EXISTS (SELECT 1 FROM batch_jobs m WHERE m.batch_id = t.id)"
    assert guard in whole.text
    monkeypatch.setitem(retention.DELETE, "batches", replace(whole, text=whole.text.replace(guard, "")))
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await a_batch_stays_as_long_as_one_of_its_jobs(store, database)
