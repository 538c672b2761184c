"""While a release rolls out, the old programs run on the new schema: they keep the promises of their own tests there."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.databases import MIGRATIONS

ROOT = Path(__file__).parents[2]


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, (
        f"git {' '.join(arguments)} (is the history here? git fetch --unshallow)\n{done.stderr}"
    )
    return done.stdout.strip()


def last_release() -> str:
    """The commit before this one that gave the newest release's changes their name, whether or not the clone has its tag."""
    newest = re.search(r"^## \d+\.\d+\.\d+ ", git("show", "HEAD^:CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    return git("log", "-1", "--format=%H", f"-S{newest[0]}", "HEAD^", "--", "CHANGELOG.md")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The last release, whole, with today's migrations."""
    packed, folder = tmp_path / "old.tar", tmp_path / "old"
    git("archive", f"--output={packed}", last_release())
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    shutil.rmtree(folder / "deploy" / "migrations")
    shutil.copytree(MIGRATIONS, folder / "deploy" / "migrations")
    # Its tests bring an empty database up to date, each file at once.
    for file in (folder / "deploy" / "migrations").glob("*.sql"):
        file.write_text(file.read_text().replace(" CONCURRENTLY", ""))
    return folder


def contract_of(old: Path) -> "subprocess.CompletedProcess[str]":
    """Its own contract suite of the store, with its own code, on Postgres. SQLite's program migrates its file itself and is alone with it."""
    sources = [str(path) for path in sorted(old.glob("**/src")) if path.is_dir()]
    # What this process has told its own embedded Postgres is not for the other one.
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST_") and name != "XDG_RUNTIME_DIR"
    }
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--exitfirst",
            "-p",
            "no:cacheprovider",
            "-k",
            "postgres",
            "tests/contract",
        ],
        cwd=old,
        env={**ours, "PYTHONPATH": os.pathsep.join(sources)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
def test_the_last_release_runs_on_todays_schema(old: Path) -> None:
    done = contract_of(old)
    assert done.returncode == 0, f"{last_release()} on today's migrations:\n{done.stdout[-6000:]}"


@pytest.mark.slow
def test_a_migration_that_takes_away_what_the_last_release_writes_is_noticed(old: Path) -> None:
    contracting = old / "deploy" / "migrations" / "29990101000000_contract_too_early.sql"
    contracting.write_text(
        "-- +goose Up\nALTER TABLE jobs DROP COLUMN failures;\n-- +goose Down\nSELECT 1;\n"
    )
    done = contract_of(old)
    assert done.returncode == 1
    assert 'column "failures"' in done.stdout
