"""The whole system in containers, as docker-compose.yml describes it, and a client of it that does not give in."""

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "deploy/local/src/cveval_local/samples"
VERSION = os.environ.get("CVEVAL_VERSION", "local")
"""The tag of the images, as docker-compose.yml reads it."""
LONG = 180
"""Seconds that are for ever."""


def docker(
    *arguments: str, check: bool = True, given: str | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run it; what it printed is in the error where it fails."""
    done = subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        input=given,
        cwd=ROOT,
    )
    assert not check or done.returncode == 0, (
        f"docker {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    )
    return done


@dataclass
class Stack:
    """One compose project of its own."""

    project: str
    port: int
    files: tuple[str, ...] = ("docker-compose.yml", "tests/e2e/impatient.yml")

    def compose(
        self, *arguments: str, check: bool = True, given: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        named = [word for file in self.files for word in ("--file", file)]
        os.environ["CVEVAL_PORT"] = str(self.port)
        return docker("compose", "--project-name", self.project, *named, *arguments, check=check, given=given)

    def up(self, *services: str) -> None:
        """Until everything is healthy. What runs already is left alone."""
        self.compose("up", "--detach", "--wait", "--no-build", "--no-recreate", *services)

    def is_well(self) -> bool:
        """Whether every service is healthy, and migrate has ended: a fifth of what `up` takes to find out."""
        said = self.compose("ps", "--all", "--format", "json").stdout
        states = {one["Service"]: one for one in map(json.loads, said.splitlines())}
        wanted = self.compose("config", "--services").stdout.split()
        return all(
            name in states and (states[name]["Health"] == "healthy" or name == "migrate") for name in wanted
        )

    def down(self) -> None:
        self.compose(
            "--profile",
            "*",
            "down",
            "--volumes",
            "--remove-orphans",
            "--timeout",
            "5",
        )

    def container(self, service: str) -> dict[str, Any]:
        """What Docker says of a service's container, running or not."""
        name = self.compose("ps", "--all", "--quiet", service).stdout.strip()
        found: dict[str, Any] = json.loads(docker("inspect", name).stdout)[0]
        return found

    def services(self) -> list[str]:
        return self.compose("ps", "--all", "--services").stdout.split()

    def sql(self, statement: str) -> list[list[str]]:
        """Rows as text."""
        rows = self.compose(
            "exec", "-T", "postgres", "psql", "-U", "cveval", "-d", "cveval", "-qtAF", "\t", "-c", statement
        ).stdout.splitlines()
        return [row.split("\t") for row in rows]

    def until(self, statement: str) -> str:
        """Ask until there is a row; answers with its first value. Each question takes Docker a fifth of a second."""
        deadline = monotonic() + LONG
        while monotonic() < deadline:
            if rows := self.sql(statement):
                return rows[0][0]
        raise AssertionError(f"nothing within {LONG} s: {statement}")

    @contextmanager
    def backing_up(self) -> Iterator[None]:
        """Inside the block a new container makes and tries backups; what earlier ones found out is forgotten."""
        of_backup = ("--profile", "backup")
        self.sql("DELETE FROM maintenance WHERE task LIKE 'backup%'")
        self.compose(*of_backup, "up", "--detach", "--no-build", "--no-deps", "--force-recreate", "backup")
        try:
            yield
        finally:
            self.compose(*of_backup, "stop", "backup")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=60)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def uploaded(http: httpx.Client) -> dict[str, str]:
    """Sample documents, as the README sends them."""
    with (
        (SAMPLES / "ada-sampleton.pdf").open("rb") as cv,
        (SAMPLES / "strong-report.pdf").open("rb") as project,
    ):
        answer = http.post("/v1/upload", files={"cv": cv, "project": project})
    assert answer.status_code == 201, answer.text
    ids = answer.json()
    return {"cv_id": ids["cv_id"], "project_id": ids["project_id"]}


@dataclass
class Flow:
    """Jobs that come in one after the other, each with a key and asked for again until it is accepted."""

    stack: Stack
    ids: dict[str, str]
    accepted: dict[str, str] = field(default_factory=dict)
    """Key → job id."""
    well_under_way: threading.Event = field(default_factory=threading.Event)
    all_runs_again: threading.Event = field(default_factory=threading.Event)

    def send(self, count: int, name: str) -> None:
        http = self.stack.http()
        try:
            for number in range(count):
                key, began = f"{name}-{number}", monotonic()
                while not self._is_accepted(http, key):
                    # Connections of a server that is gone may not come to themselves.
                    http.close()
                    assert self.all_runs_again.wait(LONG)
                    assert monotonic() - began < LONG, f"{key} was not accepted within {LONG} s"
                    http = self.stack.http()
                if number == count // 4:
                    self.well_under_way.set()
        finally:
            self.well_under_way.set()
            http.close()

    def _is_accepted(self, http: httpx.Client, key: str) -> bool:
        # The same request under another key would be the same job.
        request = {**self.ids, "job_description": f"Backend engineer with Python and PostgreSQL, place {key}"}
        try:
            answer = http.post("/v1/evaluate", json=request, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return False
        if answer.status_code in (409, 503):
            return False
        assert answer.status_code == 202, answer.text
        self.accepted[key] = answer.json()["id"]
        return True


@contextmanager
def flowing(stack: Stack, jobs: int, name: str) -> Iterator[Flow]:
    """Inside the block a quarter of the jobs is in and the others come; after it all are accepted and completed, each once."""
    with stack.http() as http:
        flow = Flow(stack, uploaded(http))
    with ThreadPoolExecutor(1) as pool:
        sending: Future[None] = pool.submit(flow.send, jobs, name)
        assert flow.well_under_way.wait(LONG)
        try:
            yield flow
        finally:
            flow.all_runs_again.set()
        sending.result(LONG)
    assert len(flow.accepted) == jobs
    ids = set(flow.accepted.values())
    assert len(ids) == jobs
    with stack.http() as http:
        for job_id in ids:
            until_finished(http, job_id)
    of_this_flow = f"job_id IN ({quoted(ids)})"
    assert stack.sql(f"SELECT count(*) FROM results WHERE {of_this_flow}") == [[str(jobs)]]
    assert stack.sql(f"SELECT count(*) FROM dead_letters WHERE {of_this_flow}") == [["0"]]
    assert stack.sql(f"SELECT count(*) FROM jobs WHERE cv_id = '{flow.ids['cv_id']}'") == [[str(jobs)]]


def quoted(ids: Iterable[str]) -> str:
    return ", ".join(f"'{one}'" for one in ids)


def until_finished(http: httpx.Client, job_id: str) -> dict[str, Any]:
    """The completed job; the server holds each question for some seconds."""
    deadline = monotonic() + LONG
    while monotonic() < deadline:
        job: dict[str, Any] = http.get(f"/v1/result/{job_id}", headers={"Prefer": "wait=10"}).json()
        if job.get("status") == "completed":
            return job
        assert job.get("status") != "failed", job
    raise AssertionError(f"{job_id} is not completed within {LONG} s")
