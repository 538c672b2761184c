"""Containers are killed, stopped and emptied while jobs flow: every accepted job completes, once."""

import json
import subprocess

import httpx
import pytest

from tests.e2e.stack import Stack, docker, flowing, quoted, uploaded

JOBS = 300
BESIDE_THE_WAY = ("purge", "cron", "s3")
FILL = """
import contextlib
with contextlib.suppress(OSError), open("/small/full", "ab", buffering=0) as file:
    while True:
        file.write(bytes(4096))
"""


@pytest.mark.parametrize("service", ["postgres", "redpanda", "submit", "evaluate", "shim"])
def test_a_killed_container_costs_no_job(stack: Stack, service: str) -> None:
    with flowing(stack, JOBS, f"killed-{service}"):
        docker("kill", stack.container(service)["Id"])
        stack.up()


def test_killed_containers_beside_the_way_of_a_job_cost_none(stack: Stack) -> None:
    with flowing(stack, JOBS, "beside"):
        docker("kill", *(stack.container(service)["Id"] for service in BESIDE_THE_WAY))
        stack.up()


def test_a_broker_that_lost_its_volume_costs_no_job(stack: Stack) -> None:
    with flowing(stack, JOBS, "emptied"):
        stack.compose("rm", "--force", "--stop", "redpanda")
        docker("volume", "rm", f"{stack.project}_redpanda")
        stack.up()


def test_a_database_that_is_restarted_costs_no_job(stack: Stack) -> None:
    with flowing(stack, JOBS, "restarted"):
        stack.compose("restart", "postgres")
        stack.up()


def test_sigterm_during_work_loses_nothing_and_counts_nothing_as_failed(stack: Stack) -> None:
    with flowing(stack, JOBS, "stopped") as flow:
        for service in ("evaluate", "shim", "submit"):
            stack.compose("stop", service)
            assert stack.container(service)["State"]["ExitCode"] == 0, service
        stack.up()
    assert (
        stack.sql(
            "SELECT DISTINCT outcome FROM job_attempts WHERE outcome NOT IN ('completed', 'interrupted') "
            f"AND job_id IN ({quoted(flow.accepted.values())})"
        )
        == []
    )


def test_a_stack_that_is_taken_down_comes_up_on_its_old_volumes(stack: Stack) -> None:
    with flowing(stack, JOBS, "old-volume"):
        stack.compose("down")
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
