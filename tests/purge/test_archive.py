"""Archived, read back, compared, and only then deleted; whatever comes in between loses nothing and leaves nothing twice."""

import asyncio
import json
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request

from cveval.domain.attempts import GivingUp
from cveval.domain.errors import (
    ArchiveMismatch,
    ArchiveUnavailable,
    CandidateErased,
    CandidateNotFound,
    CandidateOnHold,
    RestoreConflict,
    UploadNotFound,
)
from cveval.domain.policies import Policies
from cveval.http import Application
from cveval.observability import Metrics
from cveval.store.archived import COLUMNS, names
from cveval.store.archives import Archive, Finish, Lease
from cveval.store.transaction import Store
from cveval_purge import archiving
from cveval_purge.archiving import Archiving, packed, unpacked
from cveval_purge.handler import Runs
from cveval_purge.restoring import restore
from cveval_purge.s3 import S3Objects
from cveval_purge.settings import ArchiveSettings, PurgeSettings
from cveval_purge.usecase import Limits, Purge
from cveval_purge.wiring import build
from tests.buckets import small_disk
from tests.databases import Database
from tests.samples import a_completion, a_submission, claimed, submitted, uploads_in

MONTHS = timedelta(days=100)
LEASE = timedelta(minutes=3)
WIDE = Limits(batch=50, max_rows=1000, max_time=timedelta(minutes=5))
TABLES = ("uploads", "jobs", "job_attempts", "results", "dead_letters")


class KilledError(BaseException):
    """The process ends here, without a word."""


async def nothing() -> None:
    pass


@dataclass
class Bucket:
    """The real bucket, and what shall happen around its requests."""

    real: S3Objects
    before_put: Callable[[], Awaitable[None]] = nothing
    after_put: Callable[[], Awaitable[None]] = nothing
    after_get: Callable[[], Awaitable[None]] = nothing
    damage: Callable[[bytes], bytes] = lambda content: content
    written: list[str] = field(default_factory=list)

    async def put(self, name: str, content: bytes) -> None:
        await self.before_put()
        await self.real.put(name, self.damage(content))
        self.written.append(name)
        await self.after_put()

    async def get(self, name: str) -> bytes:
        content = await self.real.get(name)
        await self.after_get()
        return content

    async def delete(self, name: str) -> None:
        await self.real.delete(name)

    def names(self, prefix: str) -> AsyncIterator[str]:
        return self.real.names(prefix)


@pytest.fixture
def objects(bucket: ArchiveSettings) -> Bucket:
    return Bucket(S3Objects(bucket))


def an_archiving(store: Store, objects: Bucket, worker: str = "w1") -> Archiving:
    return Archiving(store, objects, Metrics(), 4, Lease(worker, LEASE))


def a_purge(store: Store, objects: Bucket, limits: Limits = WIDE, worker: str = "w1") -> Purge:
    return Purge(store, Policies(), Metrics(), limits, an_archiving(store, objects, worker))


async def a_candidate(store: Store, project: str | None = None) -> tuple[str, str]:
    """One who was evaluated: (cv_id, project_id)."""
    cv, own = await uploads_in(store)
    [accepted] = await submitted(store, a_submission(cv, project or own))
    job = await claimed(store, accepted.job_id)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    return cv, project or own


async def a_failed_candidate(store: Store) -> tuple[str, str]:
    cv, project = await uploads_in(store)
    [accepted] = await submitted(store, a_submission(cv, project))
    job = await claimed(store, accepted.job_id)
    await store.transact(
        lambda tx: tx.leases.give_up([GivingUp(job.job_id, 1, "worker-1", "bad", "unreadable")])
    )
    [letter] = await store.transact(
        lambda tx: tx.schedule.take_dead_letters(lease=timedelta(seconds=1), batch=1)
    )
    await store.transact(lambda tx: tx.schedule.settle_dead_letters([letter]))
    return cv, project


async def dump(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the archived tables."""
    return {
        table: sorted(
            map(repr, await database.observe(f"SELECT {', '.join(names(table))} FROM {table}"))  # type: ignore[arg-type]
        )
        for table in TABLES
    }


async def ids_in(database: Database, table: str) -> list[str]:
    return [str(row) for (row,) in await database.observe(f"SELECT id FROM {table}")]


async def in_the_archive(objects: Bucket) -> Counter[str]:
    """How often each upload, job and dead letter lies in the bucket."""
    found: Counter[str] = Counter()
    async for name in objects.real.names("archive/"):
        document = unpacked(await objects.real.get(name))
        assert name == f"archive/{document['cv_id']}/{document['archive_id']}.json.gz"
        for table in ("uploads", "jobs", "dead_letters"):
            found.update(row["id"] for row in document["tables"].get(table, ()))
    return found


async def every_id(database: Database) -> set[str]:
    return {id_ for table in ("uploads", "jobs", "dead_letters") for id_ in await ids_in(database, table)}


async def names_of(objects: Bucket, prefix: str = "archive/") -> list[str]:
    return [name async for name in objects.real.names(prefix)]


async def restored(store: Store, objects: Bucket, cv_id: str) -> Any:
    return await restore(store, an_archiving(store, objects), cv_id)


# -- the way of a candidate -------------------------------------------------------------------------------------------


async def test_a_candidate_is_archived_deleted_and_restored_as_it_was(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await a_failed_candidate(store)
    before = await dump(database)
    everything = await every_id(database)
    await database.shift_clock(MONTHS)
    report = await a_purge(store, objects)()
    assert report.is_complete
    assert report.deleted == {
        "idempotency": 0, "dead_letters": 1, "uploads": 4, "jobs": 2, "batches": 0, "briefs": 2,
    }  # fmt: skip
    assert report.archived["objects"] == len(await names_of(objects)) == 5
    assert report.archived["bytes"] > 500
    assert all(not rows for rows in (await dump(database)).values())
    assert await in_the_archive(objects) == Counter(everything)
    for candidate in {name.split("/")[1] for name in await names_of(objects)}:
        await restored(store, objects, candidate)
    assert await dump(database) == before
    assert len(await database.observe("SELECT hash FROM briefs")) == 2
    # It would be past its retention at once, so it is on hold.
    await a_purge(store, objects)()
    assert await dump(database) == before
    await store.transact(lambda tx: tx.holds.remove(cv))
    await a_purge(store, objects)()
    assert cv not in await every_id(database)


async def test_every_column_of_an_archived_table_is_archived(store: Store, database: Database) -> None:
    for table in COLUMNS:
        if database.name == "postgres":
            sql = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        else:
            sql = f"SELECT name FROM pragma_table_info('{table}')"
        assert {name for (name,) in await database.observe(sql)} == set(names(table))


async def test_an_archive_is_packed_and_hashed_off_the_event_loop(
    store: Store, database: Database, objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()

    def noted(real: Callable[..., Any]) -> Callable[..., Any]:
        def on_thread(*arguments: Any) -> Any:
            threads.add(threading.current_thread())
            return real(*arguments)

        return on_thread

    for name in ("packed", "digest"):
        monkeypatch.setattr(archiving, name, noted(getattr(archiving, name)))
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    assert threads
    assert threading.current_thread() not in threads


def test_the_same_rows_make_the_same_bytes() -> None:
    archive = Archive("a", "c", "acme", "uploads", "pending")
    rows = {"uploads": [{"id": "1", "text": "Zoë"}]}
    assert packed(archive, rows) == packed(archive, rows)
    assert json.loads(json.dumps(unpacked(packed(archive, rows))["tables"])) == rows


# -- killed between the steps -----------------------------------------------------------------------------------------


async def killed() -> None:
    raise KilledError


@pytest.mark.parametrize("moment", ["before_put", "after_put", "after_get"])
async def test_killed_between_two_steps_nothing_is_lost_and_the_next_run_leaves_nothing_twice(
    store: Store, database: Database, objects: Bucket, moment: str
) -> None:
    await a_candidate(store)
    await a_failed_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    for _ in range(4):
        setattr(objects, moment, killed)
        with pytest.raises(KilledError):
            await a_purge(store, objects)()
        setattr(objects, moment, nothing)
        # Only what is verified has gone.
        verified = {
            a.id for a in await store.transact(lambda tx: tx.archives.newest()) if a.status == "verified"
        }
        for name in await names_of(objects):
            if name.split("/")[2].removesuffix(".json.gz") not in verified:
                await objects.real.get(name)
        assert await every_id(database) | set(await in_the_archive(objects)) == everything
    begun = set(objects.written)
    await a_purge(store, objects, worker="w2")()
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)
    # Redone into the same objects.
    assert begun <= set(objects.written)
    assert len(await names_of(objects)) == len(set(objects.written))


@pytest.mark.parametrize("query", ["judge", "delete", "verify", "unstamp"])
async def test_killed_amid_the_last_step_nothing_of_it_stands(
    store: Store, database: Database, objects: Bucket, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cveval.store import archives  # noqa: PLC0415

    await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)

    class Dying:
        def __init__(self, real: Any) -> None:
            self.real = real

        def __call__(self, **parameters: object) -> Any:
            raise KilledError

    real = getattr(archives, query.upper())
    dying: Any = {kind: Dying(real[kind]) for kind in real} if isinstance(real, dict) else Dying(real)
    with monkeypatch.context() as patch:
        patch.setattr(archives, query.upper(), dying)
        with pytest.raises(KilledError):
            await a_purge(store, objects)()
    assert await every_id(database) == everything
    await a_purge(store, objects)()
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)


async def test_a_run_that_cannot_even_say_goodbye_is_followed_when_its_leases_end(
    store: Store, database: Database, objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cveval.store.archives import Archives  # noqa: PLC0415

    async def not_released(self: Archives, worker: str) -> None:
        pass

    monkeypatch.setattr(Archives, "release", not_released)
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    objects.after_put = killed
    with pytest.raises(KilledError):
        await a_purge(store, objects)()
    objects.after_put = nothing
    await a_purge(store, objects, worker="w2")()
    assert set(await ids_in(database, "uploads")) <= everything
    assert await ids_in(database, "uploads") != []
    await database.shift_clock(LEASE)
    report = await a_purge(store, objects, worker="w2")()
    assert report.is_complete
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)


async def test_whoever_lost_an_archive_to_another_deletes_nothing(
    store: Store, database: Database, objects: Bucket
) -> None:
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    age = Policies().upload_retention

    async def begin(tx: Any) -> Any:
        return await tx.archives.begin(
            "uploads", await tx.retention.oldest("uploads", age, 10, None), Lease("w1", LEASE)
        )

    [archive] = await store.transact(begin)
    mine = await store.transact(lambda tx: tx.archives.take(archive, Lease("w1", LEASE)))
    assert mine is not None
    assert await store.transact(lambda tx: tx.archives.take(archive, Lease("w2", LEASE))) is None
    await database.shift_clock(LEASE)
    assert await store.transact(lambda tx: tx.archives.take(archive, Lease("w2", LEASE))) == mine
    ended = await store.transact(lambda tx: tx.archives.finish(archive, "w1", mine, 1, "x"))
    assert ended == (Finish.NOT_MINE, 0)
    assert len(await ids_in(database, "uploads")) == 2
    assert await store.transact(lambda tx: tx.archives.finish(archive, "w2", mine, 1, "x")) == (
        Finish.DELETED,
        2,
    )
    assert await store.transact(lambda tx: tx.archives.take(archive, Lease("w1", LEASE))) is None


async def test_two_runs_at_once_share_the_work(store: Store, database: Database, objects: Bucket) -> None:
    for _ in range(6):
        await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    small = replace(WIDE, batch=3)
    await asyncio.gather(*(a_purge(store, objects, small, worker=f"w{n}")() for n in range(2)))
    await a_purge(store, objects)()
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)


# -- what the storage does --------------------------------------------------------------------------------------------


async def test_what_is_read_back_different_is_not_deleted_and_written_again(
    store: Store, database: Database, objects: Bucket
) -> None:
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    objects.damage = lambda content: content[:-1] + b"?"
    with pytest.raises(ArchiveMismatch, match="nothing of them was deleted"):
        await a_purge(store, objects)()
    assert await every_id(database) == everything
    objects.damage = lambda content: content
    assert (await a_purge(store, objects)()).is_complete
    assert await in_the_archive(objects) == Counter(everything)


async def test_one_damaged_object_does_not_hold_up_the_others(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    objects.damage = lambda content: b"?" if cv in str(unpacked(content)) else content
    with pytest.raises(ArchiveMismatch):
        await a_purge(store, objects)()
    assert len(await ids_in(database, "uploads")) == 2
    assert cv in await ids_in(database, "uploads")


async def test_without_its_storage_a_run_deletes_nothing_that_is_archived_and_does_the_rest(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, project = await uploads_in(store)
    [accepted] = await submitted(store, a_submission(cv, project, key="k"))
    job = await claimed(store, accepted.job_id)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    await database.shift_clock(MONTHS)
    everything = await every_id(database)

    async def full() -> None:
        raise ArchiveUnavailable("the disk is full")

    objects.before_put = full
    with pytest.raises(ArchiveUnavailable, match="full"):
        await a_purge(store, objects)()
    assert await every_id(database) == everything
    assert await database.observe("SELECT key FROM idempotency") == []
    [(facts,)] = await database.observe("SELECT facts FROM maintenance WHERE task = 'purge'")
    behind = (facts if isinstance(facts, dict) else json.loads(facts))["behind"]
    assert behind["jobs"] == pytest.approx(timedelta(days=10).total_seconds(), abs=60)
    objects.before_put = nothing
    report = await a_purge(store, objects)()
    assert report.is_complete
    assert not any(report.behind.values())
    assert await in_the_archive(objects) == Counter(everything)


async def test_a_run_that_is_out_of_time_leaves_the_rest_to_the_next(
    store: Store, database: Database, objects: Bucket
) -> None:
    for _ in range(6):
        await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    clock = iter(range(10**6))
    limited = replace(a_purge(store, objects), monotonic=lambda: float(next(clock)))
    limited = replace(limited, limits=replace(WIDE, batch=4, max_time=timedelta(seconds=7)))
    runs = 0
    while not (await limited()).is_complete:
        runs += 1
        assert await every_id(database) | set(await in_the_archive(objects)) == everything
    assert runs > 3
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)


async def test_a_removal_that_is_out_of_time_is_gone_on_with(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    for number in range(6):
        await objects.real.put(f"archive/{cv}/more-{number}.json.gz", b"x")
    await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    clock = iter(range(10**6))
    limited = replace(a_purge(store, objects), monotonic=lambda: float(next(clock)))
    limited = replace(limited, limits=replace(WIDE, max_time=timedelta(seconds=6)))
    left = [len(await names_of(objects, f"archive/{cv}/"))]
    while left[-1]:
        assert not (await limited()).is_complete
        left.append(len(await names_of(objects, f"archive/{cv}/")))
    assert len(left) > 3
    assert (await a_purge(store, objects)()).is_complete


async def test_a_run_is_broken_off_at_the_end_of_its_process_and_the_next_one_goes_on_at_once(
    store: Store, database: Database, objects: Bucket
) -> None:
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    waits = asyncio.Event()

    async def forever() -> None:
        waits.set()
        await asyncio.Event().wait()

    objects.before_put = forever
    runs = Runs(a_purge(store, objects))
    application = Application(runs.operations)
    answer = asyncio.create_task(called(application, "POST", "/"))
    await waits.wait()
    await runs.drain()
    for status, body in (await answer, await called(application, "POST", "/")):
        assert (status, json.loads(body)["code"]) == (503, "shutting_down")
    assert await every_id(database) == everything
    # Its leases were given back: nobody waits for their end.
    objects.before_put = nothing
    assert (await a_purge(store, objects, worker="w2")()).is_complete
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)


# -- what comes in between --------------------------------------------------------------------------------------------


async def test_documents_whose_job_is_redriven_while_they_are_archived_stay(
    store: Store, database: Database, objects: Bucket
) -> None:
    await a_failed_candidate(store)
    await database.observe("DELETE FROM dead_letters")
    await database.shift_clock(MONTHS)
    everything = await every_id(database)

    async def redriven() -> None:
        objects.after_put = nothing
        assert await store.transact(lambda tx: tx.jobs.redrive(ids)) == 1

    ids = await ids_in(database, "jobs")
    objects.after_put = redriven
    report = await a_purge(store, objects)()
    assert report.archived["removed"] == 1
    assert await every_id(database) == everything
    assert await names_of(objects) == []


async def test_a_row_that_changes_while_it_is_archived_is_archived_again_as_it_is_then(
    store: Store, database: Database, objects: Bucket
) -> None:
    await a_candidate(store)
    await database.observe("DELETE FROM uploads")
    await database.shift_clock(MONTHS)

    async def changed() -> None:
        objects.after_get = nothing
        await database.observe("UPDATE results SET cv_feedback = 'Changed.'")

    objects.after_get = changed
    assert (await a_purge(store, objects)()).deleted["jobs"] == 0
    assert await names_of(objects) == []
    assert (await a_purge(store, objects)()).deleted["jobs"] == 1
    [name] = await names_of(objects)
    document = unpacked(await objects.real.get(name))
    assert document["tables"]["results"][0]["cv_feedback"] == "Changed."


async def test_a_hold_that_comes_while_an_upload_is_archived_keeps_it(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, project = await a_candidate(store)
    await database.shift_clock(MONTHS)

    async def held() -> None:
        objects.after_get = nothing
        await store.transact(lambda tx: tx.holds.add(cv, "a lawsuit"))

    objects.after_get = held
    await a_purge(store, objects)()
    assert sorted(await ids_in(database, "uploads")) == sorted([cv, project])
    assert len(await ids_in(database, "jobs")) == 1
    assert await names_of(objects) == []


async def test_an_erasure_that_comes_while_a_candidate_is_archived_leaves_no_object(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)

    async def erased() -> None:
        objects.before_put = nothing
        await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))

    objects.before_put = erased
    await a_purge(store, objects)()
    assert await every_id(database) == set()
    assert await names_of(objects) == []


# -- erasure ----------------------------------------------------------------------------------------------------------


async def test_erasing_a_candidate_removes_its_objects_until_they_are_gone(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    other, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    assert await names_of(objects, f"archive/{cv}/") != []
    await a_purge(store, objects)()
    assert await names_of(objects, f"archive/{cv}/") == []
    assert await names_of(objects, f"archive/{other}/") != []
    # A run that was cut off wrote one in between; after an hour nobody can be writing any more.
    await objects.real.put(f"archive/{cv}/late.json.gz", b"x")
    await database.shift_clock(timedelta(hours=2))
    await a_purge(store, objects)()
    assert await names_of(objects, f"archive/{cv}/") == []
    assert await database.observe("SELECT cv_id FROM erasures WHERE cv_id IS NOT NULL") == []
    assert len(await names_of(objects, "erasures/")) == 1
    left = await database.observe("SELECT cv_id FROM archives")
    assert {str(candidate) for (candidate,) in left} == {other}


async def test_while_the_storage_is_away_an_erasure_stands_and_waits(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))

    async def away() -> None:
        raise ArchiveUnavailable("away")

    objects.before_put = away
    with pytest.raises(ArchiveUnavailable):
        await a_purge(store, objects)()
    assert await names_of(objects) != []
    objects.before_put = nothing
    await a_purge(store, objects)()
    assert await names_of(objects) == []


async def test_an_erased_candidate_is_neither_restored_nor_found(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    with pytest.raises(CandidateErased):
        await restored(store, objects, cv)
    with pytest.raises(CandidateNotFound):
        await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    assert await every_id(database) == set()


async def test_a_report_of_two_candidates_goes_with_both(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, project = await a_candidate(store)
    other, _ = await a_candidate(store, project)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    # Each candidate's unused report apart, one of them is that of the second candidate.
    assert (await in_the_archive(objects))[project] == 2
    await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))
    await a_purge(store, objects)()
    await restored(store, objects, other)
    assert {other, project} <= set(await ids_in(database, "uploads"))


async def test_a_shared_report_does_not_keep_the_second_candidate_from_being_restored(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, project = await a_candidate(store)
    other, _ = await a_candidate(store, project)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await restored(store, objects, cv)
    await restored(store, objects, other)
    assert {cv, other, project} == set(await ids_in(database, "uploads"))


async def test_a_report_goes_with_its_candidate_however_short_the_runs_are(
    store: Store, database: Database, objects: Bucket
) -> None:
    """Its job, which tells whose it is, stays as long."""
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    while not (await a_purge(store, objects, replace(WIDE, batch=1, max_rows=1))()).is_complete:
        pass
    assert await in_the_archive(objects) == Counter(everything)
    assert {name.split("/")[1] for name in await names_of(objects)} == {cv}


async def test_a_report_that_nobody_used_is_archived_and_erased_by_its_own_id(
    store: Store, database: Database, objects: Bucket
) -> None:
    _, project = await uploads_in(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    assert len(await names_of(objects, f"archive/{project}/")) == 1
    await store.transact(lambda tx: tx.erasures.erase(project, "acme"))
    await a_purge(store, objects)()
    assert await names_of(objects, f"archive/{project}/") == []


async def test_a_report_that_is_in_use_is_no_candidate(store: Store, database: Database) -> None:
    _, project = await a_candidate(store)
    with pytest.raises(CandidateNotFound):
        await store.transact(lambda tx: tx.erasures.erase(project, "acme"))


async def test_what_exists_is_not_restored_over(store: Store, database: Database, objects: Bucket) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await restored(store, objects, cv)
    before = await dump(database)
    with pytest.raises(RestoreConflict, match="nothing was restored"):
        await restored(store, objects, cv)
    assert await dump(database) == before


async def test_an_object_that_was_changed_is_not_restored(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    [name, *_] = await names_of(objects, f"archive/{cv}/")
    await objects.real.put(name, b"something else")
    with pytest.raises(ArchiveMismatch):
        await restored(store, objects, cv)
    assert await every_id(database) == set()


# -- legal hold -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [0, 1])
async def test_what_is_on_hold_is_neither_purged_nor_erased(
    store: Store, database: Database, objects: Bucket, which: int
) -> None:
    """A hold on either document keeps both, and the evaluation."""
    ids = await a_candidate(store)
    await store.transact(lambda tx: tx.holds.add(ids[which], "a lawsuit"))
    before = await dump(database)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await Purge(store, Policies(), Metrics(), WIDE)()
    with pytest.raises(CandidateOnHold, match="nothing was erased"):
        await store.transact(lambda tx: tx.erasures.erase(ids[0], "acme"))
    assert await dump(database) == before
    await store.transact(lambda tx: tx.holds.remove(ids[which]))
    assert (await store.transact(lambda tx: tx.erasures.erase(ids[0], "acme"))).jobs == 1


async def test_the_dead_letter_of_a_held_job_stays(store: Store, database: Database, objects: Bucket) -> None:
    cv, _ = await a_failed_candidate(store)
    await store.transact(lambda tx: tx.holds.add(cv, "a lawsuit"))
    before = await dump(database)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await Purge(store, Policies(), Metrics(), WIDE)()
    assert await dump(database) == before


async def test_an_archived_candidate_can_be_held_against_erasure(
    store: Store, database: Database, objects: Bucket
) -> None:
    cv, _ = await a_candidate(store)
    await database.shift_clock(MONTHS)
    await a_purge(store, objects)()
    await store.transact(lambda tx: tx.holds.add(cv, "a lawsuit"))
    with pytest.raises(CandidateOnHold):
        await store.transact(lambda tx: tx.erasures.erase(cv, "acme"))


async def test_nobody_can_be_held_who_is_not_there(store: Store) -> None:
    with pytest.raises(UploadNotFound):
        await store.transact(lambda tx: tx.holds.add("11111111-1111-4111-8111-111111111111", "why"))


# -- over HTTP --------------------------------------------------------------------------------------------------------


async def called(application: Any, method: str, path: str) -> tuple[int, bytes]:
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    response = await application(Request(scope))
    return response.status_code, bytes(response.body)


async def test_cron_hears_what_went_and_why_not(
    store: Store, database: Database, bucket: ArchiveSettings
) -> None:
    await a_candidate(store)
    await database.shift_clock(MONTHS)
    without = bucket.model_copy(update={"bucket": "there-is-no-such-bucket"})
    status, body = await called(
        build(PurgeSettings(), without, Policies(), store, Metrics()).application, "POST", "/"
    )
    assert status == 503
    assert json.loads(body)["code"] == "archive_unavailable"
    assert "NoSuchBucket" in json.loads(body)["detail"]
    assert "test-secret" not in body.decode()
    application = build(PurgeSettings(), bucket, Policies(), store, Metrics()).application
    status, body = await called(application, "POST", "/")
    assert status == 200
    answer = json.loads(body)
    assert answer["archived"]["objects"] == 2
    assert answer["deleted"]["uploads"] == 2
    _, page = await called(application, "GET", "/metrics")
    figures = dict(line.rsplit(" ", 1) for line in page.decode().splitlines() if line[0] != "#")
    assert figures['cveval_purge_behind_seconds{table="uploads"}'] == "0.0"
    assert float(figures["cveval_purge_age_seconds"]) < 60
    assert figures["cveval_archive_pending"] == "0.0"
    assert figures["cveval_backup_age_seconds"] == "+Inf"
    assert figures["cveval_archived_total"] == "2.0"


async def test_a_full_disk_costs_nothing_and_the_next_run_goes_on_once_there_is_room(
    store: Store, database: Database, bucket: ArchiveSettings, objects: Bucket
) -> None:
    for _ in range(3):
        await a_candidate(store)
    await database.shift_clock(MONTHS)
    everything = await every_id(database)
    with small_disk(bucket.endpoint, room=2_000) as disk:
        settings = bucket.model_copy(update={"endpoint": disk.address, "at_once": 1})
        application = build(PurgeSettings(), settings, Policies(), store, Metrics()).application
        for _ in range(2):
            status, body = await called(application, "POST", "/")
            answer = json.loads(body)
            assert (status, answer["code"]) == (503, "archive_unavailable")
            assert "XMinioStorageFull" in answer["detail"]
            # What fitted is archived and gone, what did not is where it was.
            archived = await in_the_archive(objects)
            assert archived
            assert await every_id(database) == everything - set(archived)
        _, page = await called(application, "GET", "/metrics")
        assert re.search(r"^cveval_archive_pending [1-9]", page.decode(), re.MULTILINE)
        disk.room = 10**6
        status, body = await called(application, "POST", "/")
    assert status == 200
    assert json.loads(body)["is_complete"]
    assert await every_id(database) == set()
    assert await in_the_archive(objects) == Counter(everything)
