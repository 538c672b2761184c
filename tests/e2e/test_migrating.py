"""Migrations as production runs them: one container that ends."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import ROOT, VERSION, Stack, free_port

MIGRATIONS = sorted((ROOT / "deploy/migrations").glob("*.sql"))


@pytest.fixture
def empty_database(stack: Stack) -> Iterator[str]:
    stack.sql("CREATE DATABASE empty")
    yield "postgresql://cveval:local-only@postgres/empty"
    stack.sql("DROP DATABASE empty WITH (FORCE)")


def test_of_many_that_migrate_at_once_each_migration_runs_once(
    stack: Stack, empty_database: str, tmp_path: Path
) -> None:
    # The first takes so long that all of them meet at it.
    slow = tmp_path / "20200101000000_take_long.sql"
    slow.write_text("-- +goose Up\nSELECT pg_sleep(4);\n-- +goose Down\nSELECT 1;\n")
    command = [
        *("docker", "run", "--rm", "--network", f"{stack.project}_inside"),
        *("-v", f"{slow}:/migrations/{slow.name}:ro", "-e", f"CVEVAL_DATABASE_URL={empty_database}"),
        f"cveval-migrate:{VERSION}",
    ]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert "\n".join(said).count("OK ") == len(MIGRATIONS) + 1


def test_the_image_goes_down_and_up_again_and_tells_what_is_missing(
    stack: Stack, empty_database: str
) -> None:
    def migrate(*arguments: str) -> "subprocess.CompletedProcess[str]":
        given = ("-e", f"CVEVAL_DATABASE_URL={empty_database}")
        return stack.compose("run", "--rm", "--no-deps", "-T", *given, "migrate", *arguments, check=False)

    assert migrate("status").returncode == 3
    assert migrate("up").returncode == 0
    assert migrate("status").returncode == 0
    first = MIGRATIONS[0].name.partition("_")[0]
    assert migrate("down-to", first).stdout.count("OK ") == len(MIGRATIONS) - 1
    assert migrate("status").returncode == 3
    assert migrate("up").stdout.count("OK ") == len(MIGRATIONS) - 1
    assert migrate("down-to", "yesterday").returncode == 2
    assert migrate("sideways").returncode == 2


def test_a_failed_migration_leaves_the_services_waiting_and_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "29990101000000_break_something.sql"
    broken.write_text(
        "-- +goose Up\nCREATE TABLE half (id uuid);\nCREATE TABLE jobs (id uuid);\n-- +goose Down\nSELECT 1;\n"
    )
    override = tmp_path / "broken.yml"
    override.write_text(f"services:\n  migrate:\n    volumes: ['{broken}:/migrations/{broken.name}:ro']\n")
    files = ("docker-compose.yml", "tests/e2e/impatient.yml", str(override))
    stack = Stack(f"cveval-e2e-broken-{os.getpid()}", free_port(), files)
    try:
        ended = stack.compose("up", "--detach", "--wait", "--no-build", "submit", check=False)
        assert ended.returncode != 0
        assert stack.container("submit")["State"]["Status"] == "created"
        said = stack.compose("logs", "migrate").stdout
        assert broken.name in said
        assert 'relation "jobs" already exists' in said
        assert "services of this release wait" in said
        assert stack.sql("SELECT to_regclass('half') IS NULL") == [["t"]]
        # Mended, it goes on where it stopped.
        mended = Stack(stack.project, stack.port, files[:2])
        mended.compose("up", "--detach", "--wait", "--no-build", "submit")
    finally:
        stack.down()
