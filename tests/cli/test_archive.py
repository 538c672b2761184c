"""The archive, holds and what follows a restore, by command; and a purge that is killed with SIGKILL."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from cveval.domain.documents import content_hash
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_local import migrating
from cveval_local.commands import main
from cveval_purge.after_restore import after_restore
from cveval_purge.archiving import unpacked
from cveval_purge.s3 import S3Objects
from cveval_purge.settings import ArchiveSettings
from cveval_purge.wiring import archiving_of
from tests.buckets import environment_of
from tests.databases import Database
from tests.samples import a_completion, a_job, a_submission, claimed, submitted, uploads_in


@pytest.fixture
def data(tmp_path: Path, bucket: ArchiveSettings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrated, empty data folder with an archive."""
    migrating.migrate(tmp_path / "cveval.db")
    for name, value in environment_of(bucket).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def answer(*words: str | Path) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def candidates(data: Path, number: int) -> list[str]:
    """So many who were evaluated a year ago; their cv_ids."""

    async def made() -> list[str]:
        store = open_store(DatabaseSettings(url=SecretStr(f"sqlite:///{data / 'cveval.db'}")), Metrics())
        try:
            return [await a_candidate(store) for _ in range(number)]
        finally:
            await store.aclose()

    cvs = asyncio.run(made())
    with closing(sqlite3.connect(data / "cveval.db")) as connection:
        for table, column in (("uploads", "created_at"), ("jobs", "updated_at"), ("briefs", "created_at")):
            connection.execute(f"UPDATE {table} SET {column} = {column} - 365 * 86400 * 1000000")
        connection.commit()
    return cvs


async def a_candidate(store: Store) -> str:
    cv, project = await uploads_in(store)
    [accepted] = await submitted(store, a_submission(cv, project))
    job = await claimed(store, accepted.job_id)
    await store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    return cv


def rows_in(data: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(data / "cveval.db")) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def test_a_candidate_goes_into_the_archive_and_back_by_command(data: Path) -> None:
    [cv] = candidates(data, 1)
    purged = run("purge", "--data", data)
    assert "archive: 2 object(s) written and verified" in purged.output
    listed = answer("archive", "list", "--cv", cv, "--data", data)
    assert [one["status"] for one in listed] == ["verified", "verified"]
    assert "uploads" in run("archive", "show", cv, "--data", data).output
    documents = answer("archive", "show", cv, "--data", data)
    assert {document["cv_id"] for document in documents} == {cv}
    assert rows_in(data, "SELECT id FROM uploads") == []
    restored = run("archive", "restore", cv, "--data", data)
    assert "cveval hold remove" in restored.output
    assert (cv,) in rows_in(data, "SELECT id FROM uploads")
    refused = run("archive", "restore", cv, "--data", data)
    assert refused.exit_code == 1
    assert "restore_conflict" in refused.stderr


def test_a_hold_is_added_listed_obeyed_and_removed_by_command(data: Path) -> None:
    [cv] = candidates(data, 1)
    assert run("hold", "add", cv, "--reason", "case 12", "--data", data).exit_code == 0
    assert [one["reason"] for one in answer("hold", "list", "--data", data)] == ["case 12"]
    refused = run("erase", cv, "--owner", "acme", "--yes", "--data", data)
    assert refused.exit_code == 1
    assert "candidate_on_hold" in refused.stderr
    assert run("hold", "remove", cv, "--data", data).exit_code == 0
    assert "hold_not_found" in run("hold", "remove", cv, "--data", data).stderr
    assert run("erase", cv, "--owner", "acme", "--yes", "--data", data).exit_code == 0


def test_without_an_archive_its_commands_name_the_setting_and_purge_says_it_loudly(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [cv] = candidates(data, 1)
    for name in ("BUCKET", "ENDPOINT", "REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"CVEVAL_ARCHIVE_{name}")
    for words in ("show", "restore"):
        assert "CVEVAL_ARCHIVE_BUCKET" in run("archive", words, cv, "--data", data).stderr
    assert "deleted for good" in run("purge", "--data", data).stderr


def test_a_purge_that_is_killed_again_and_again_loses_nothing_and_leaves_nothing_twice(
    data: Path, bucket: ArchiveSettings
) -> None:
    candidates(data, 40)
    tables = ("uploads", "jobs")
    everything = {id_ for table in tables for (id_,) in rows_in(data, f"SELECT id FROM {table}")}
    command = [sys.executable, "-m", "cveval_local.commands", "purge", "--data", str(data)]
    environment = {**os.environ, "CVEVAL_PURGE_BATCH": "7", "CVEVAL_ARCHIVE_AT_ONCE": "2"}
    for stop_at in (3, 14, 35, 60):
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while len(objects_in(bucket)) < stop_at and process.poll() is None:
                time.sleep(0)
            process.kill()
        # As if the leases of the killed one had ended.
        rows_in(data, "UPDATE archives SET leased_until = 0")
    assert run("purge", "--data", data).exit_code == 0
    assert rows_in(data, "SELECT id FROM uploads UNION SELECT id FROM jobs") == []
    assert asyncio.run(in_the_archive(bucket)) == Counter(everything)
    assert set(rows_in(data, "SELECT DISTINCT status FROM archives")) == {("verified",)}


def objects_in(bucket: ArchiveSettings) -> list[str]:
    url = f"{bucket.endpoint}/{bucket.bucket}?list-type=2&max-keys=1000"
    with urllib.request.urlopen(url, timeout=30) as listed:
        return str(listed.read()).split("<Key>")[1:]


async def in_the_archive(bucket: ArchiveSettings) -> Counter[str]:
    found: Counter[str] = Counter()
    objects = S3Objects(bucket)
    async for name in objects.names("archive/"):
        tables = unpacked(await objects.get(name))["tables"]
        for table in ("uploads", "jobs"):
            found.update(row["id"] for row in tables.get(table, ()))
    return found


async def test_who_was_erased_after_the_backup_is_erased_again_after_its_restore(
    store: Store, database: Database, bucket: ArchiveSettings
) -> None:
    """The restored database knows nothing of the erasure; the archive does."""
    cv, other = await a_candidate(store), await a_candidate(store)
    archiving = archiving_of(bucket, store, Metrics())
    assert archiving is not None
    await archiving.objects.put(f"erasures/{content_hash(cv)}", b"")
    queued = await a_job(store)
    due = lambda tx: tx.schedule.take_due(lease=Policies().publish_lease, batch=10)  # noqa: E731
    assert [taken.event.job_id for taken in await store.transact(due)] == [queued]
    assert await store.transact(due) == []
    done = await after_restore(store, Policies(), archiving)
    assert (done.erased, done.on_hold, done.unfinished) == (1, [], 1)
    left = {str(id_) for (id_,) in await database.observe("SELECT id FROM uploads")}
    assert cv not in left
    assert other in left
    assert [taken.event.job_id for taken in await store.transact(due)] == [queued]
    assert (await after_restore(store, Policies(), archiving)).erased == 0


async def test_an_erased_candidate_whom_the_backup_holds_is_named(
    store: Store, database: Database, bucket: ArchiveSettings
) -> None:
    cv = await a_candidate(store)
    archiving = archiving_of(bucket, store, Metrics())
    assert archiving is not None
    await archiving.objects.put(f"erasures/{content_hash(cv)}", b"")
    await store.transact(lambda tx: tx.holds.add(cv, "old"))
    assert (await after_restore(store, Policies(), archiving)).on_hold == [cv]
    await store.transact(lambda tx: tx.holds.remove(cv))
    assert (await after_restore(store, Policies(), archiving)).erased == 1
