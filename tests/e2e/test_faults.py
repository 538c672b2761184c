"""Containers are killed, stopped and emptied while jobs flow: every accepted job completes, once, and nobody's documents go unarchived."""

import json
import re
import subprocess
from time import monotonic

import httpx
import pytest

from tests.e2e.stack import LONG, ROOT, Flow, Stack, docker, flowing, quoted, uploaded

JOBS = 300
OLD = 200
"""Documents that purge has to archive: it takes some seconds for them."""
AGE = """
    INSERT INTO uploads (id, owner, type, text, filename, mime, size, sha256, warnings, created_at)
    SELECT gen_random_uuid(), '{owner}', type, text, filename, mime, size, sha256, warnings, created_at - interval '31 days'
    FROM uploads, generate_series(1, {count}) WHERE id = '{cv}'
"""
NAMES = """
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:5000/cveval-archive?prefix=archive/").read().decode())
"""
HOLD_UP_BACKUPS = "BEGIN; LOCK TABLE holds; SELECT 'held', pg_sleep(600)"
FILL = """
import contextlib
with contextlib.suppress(OSError), open("/small/full", "ab", buffering=0) as file:
    while True:
        file.write(bytes(4096))
"""


def is_under_way(stack: Stack, flow: Flow) -> bool:
    """Whether jobs are still to come, or to be completed: what befell a container befell it at work."""
    unfinished = f"SELECT count(*) FROM jobs WHERE cv_id = '{flow.ids['cv_id']}' AND status <> 'completed'"
    return len(flow.accepted) < JOBS or stack.sql(unfinished) != [["0"]]


@pytest.mark.parametrize("service", ["postgres", "redpanda", "submit", "evaluate", "shim"])
def test_a_killed_container_costs_no_job(stack: Stack, service: str) -> None:
    with flowing(stack, JOBS, f"killed-{service}") as flow:
        docker("kill", stack.container(service)["Id"])
        assert is_under_way(stack, flow)
        stack.up()


@pytest.mark.parametrize("service", ["purge", "cron", "s3"])
def test_a_container_killed_while_purge_archives_costs_no_job_and_nothing_that_is_not_in_the_archive(
    stack: Stack, service: str
) -> None:
    owner = f"killed-{service}"
    verified = f"SELECT cv_id, id FROM archives WHERE owner = '{owner}' AND status = 'verified'"

    def left() -> int:
        return int(stack.sql(f"SELECT count(*) FROM uploads WHERE owner = '{owner}'")[0][0])

    with flowing(stack, JOBS, f"purging-{service}") as flow:
        stack.sql(AGE.format(owner=owner, count=OLD, cv=flow.ids["cv_id"]))
        # A new cron calls at once.
        stack.compose("restart", "--timeout", "5", "cron")
        stack.until(verified)
        docker("kill", stack.container(service)["Id"])
        gone = {cv for cv, _ in stack.sql(verified)}
        if service != "cron":
            # What purge had begun by itself, it goes on with.
            assert left() == OLD - len(gone) > 0
        stack.up()
    deadline = monotonic() + LONG
    while left():
        assert monotonic() < deadline
        # Those that a killed purge had taken are taken again when its leases end.
        stack.compose("run", "--rm", "--no-deps", "-T", "cveval", "purge")
    archived = stack.sql(verified)
    assert len(archived) == len({cv for cv, _ in archived}) == OLD
    kept = stack.compose("exec", "-T", "s3", "python", "-c", NAMES).stdout
    expected = {f"archive/{cv}/{one}.json.gz" for cv, one in archived if service != "s3" or cv not in gone}
    assert expected <= set(re.findall(r"<Key>(.*?)</Key>", kept))


def test_a_backup_that_is_killed_costs_no_job_and_the_next_one_is_whole(stack: Stack) -> None:
    holding = ("exec", "-T", "postgres", "psql", "-U", "cveval", "-d", "cveval", "-c", HOLD_UP_BACKUPS)
    with flowing(stack, JOBS, "backing-up"):
        holder = subprocess.Popen(
            ["docker", "compose", "--project-name", stack.project, *holding],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            stack.until("SELECT 'held' FROM pg_locks WHERE relation = 'holds'::regclass AND granted")
            with stack.backing_up():
                stack.until("SELECT 'waits' FROM pg_locks WHERE relation = 'holds'::regclass AND NOT granted")
                docker("kill", stack.container("backup")["Id"])
        finally:
            stack.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'"
            )
            holder.wait(LONG)
    with stack.backing_up():
        stack.until("SELECT 'restored' FROM maintenance WHERE task = 'backup_verify'")
    operator = ("run", "--rm", "--no-deps", "-T")
    listed = json.loads(stack.compose(*operator, "cveval", "backup", "list", "--json").stdout)
    kept = stack.compose(*operator, "--entrypoint", "ls", "cveval", "/backups").stdout.split()
    # Half a backup is none, and the next one clears it away.
    assert sorted(one["name"] for one in listed) == sorted(kept)


def test_a_broker_that_lost_its_volume_costs_no_job(stack: Stack) -> None:
    with flowing(stack, JOBS, "emptied") as flow:
        stack.compose("rm", "--force", "--stop", "redpanda")
        assert is_under_way(stack, flow)
        docker("volume", "rm", f"{stack.project}_redpanda")
        stack.up()


def test_a_database_that_is_restarted_costs_no_job(stack: Stack) -> None:
    with flowing(stack, JOBS, "restarted") as flow:
        stack.compose("restart", "postgres")
        assert is_under_way(stack, flow)
        stack.up()


def test_sigterm_during_work_loses_nothing_and_counts_nothing_as_failed(
    stack: Stack, http: httpx.Client
) -> None:
    owner = "stopped"
    left = f"SELECT count(*) FROM uploads WHERE owner = '{owner}'"
    cv = uploaded(http)["cv_id"]
    with flowing(stack, JOBS, "stopped") as flow:
        stack.sql(AGE.format(owner=owner, count=OLD, cv=cv))
        stack.compose("restart", "--timeout", "5", "cron")
        stack.until(f"SELECT 'begun' FROM archives WHERE owner = '{owner}' AND status = 'verified'")
        containers = [
            stack.container(service)["Id"] for service in ("purge", "submit", "evaluate", "shim", "cron")
        ]
        docker("kill", "--signal", "TERM", *containers)
        assert docker("wait", *containers).stdout.split() == ["0"] * len(containers)
        assert is_under_way(stack, flow)
        assert stack.sql(left) != [["0"]]
        stack.up()
    # Purge has given its archives back, so the next run waits for no lease.
    stack.compose("run", "--rm", "--no-deps", "-T", "cveval", "purge")
    assert stack.sql(left) == [["0"]]
    assert (
        stack.sql(
            "SELECT DISTINCT outcome FROM job_attempts WHERE outcome NOT IN ('completed', 'interrupted') "
            f"AND job_id IN ({quoted(flow.accepted.values())})"
        )
        == []
    )


def test_a_stack_that_is_taken_down_comes_up_on_its_old_volumes(stack: Stack) -> None:
    with flowing(stack, JOBS, "old-volume") as flow:
        stack.compose("down")
        assert len(flow.accepted) < JOBS
        stack.up()


def test_a_full_disk_of_the_archive_costs_nothing_and_the_next_run_goes_on(
    stack: Stack, http: httpx.Client
) -> None:
    def operator(*words: str) -> "subprocess.CompletedProcess[str]":
        return stack.compose("run", "--rm", "--no-deps", "-T", "cveval", *words, check=False)

    def expired() -> str:
        cv = uploaded(http)["cv_id"]
        stack.sql(f"UPDATE uploads SET created_at = created_at - interval '31 days' WHERE id = '{cv}'")
        return cv

    def is_there(cv: str) -> bool:
        return stack.sql(f"SELECT count(*) FROM uploads WHERE id = '{cv}'") == [["1"]]

    # The storage looks for its disk when it first needs one; that must not be full yet.
    first = expired()
    assert operator("purge").returncode == 0
    assert not is_there(first)
    for _ in range(3):
        second = expired()
        stack.compose("exec", "-T", "s3", "python", "-c", FILL)
        refused = operator("purge")
        if refused.returncode:
            break
        # The storage may let go of an object's file afterwards, which leaves room for one more.
        assert not is_there(second)
    assert refused.returncode == 1, refused.stderr
    assert "[archive_unavailable]" in refused.stderr
    assert is_there(second)
    stack.compose("exec", "-T", "s3", "python", "-c", "import os; os.remove('/small/full')")
    assert operator("purge").returncode == 0
    assert not is_there(second)
    assert len(json.loads(operator("archive", "list", "--cv", second, "--json").stdout)) == 1
