"""`make up` and `make down`, as the README has them."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.stack import ROOT, VERSION, Stack, docker, free_port, until_finished, uploaded

NAMES = '{{.Label "com.docker.compose.volume"}}'
REVISION = '{{index .Config.Labels "org.opencontainers.image.revision"}}'


@pytest.fixture
def empty() -> Iterator[Stack]:
    """Nothing runs yet; whatever does in the end is taken away with its data."""
    stack = Stack(f"cveval-make-{os.getpid()}", free_port(), files=("docker-compose.yml",))
    yield stack
    stack.down()


def make(stack: Stack, *words: str) -> str:
    given = os.environ | {"COMPOSE_PROJECT_NAME": stack.project, "CVEVAL_PORT": str(stack.port)}
    done = subprocess.run(
        ["make", *words], cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def volumes(stack: Stack) -> set[str]:
    label = f"label=com.docker.compose.project={stack.project}"
    return set(docker("volume", "ls", "--filter", label, "--format", NAMES).stdout.split())


def test_make_up_brings_what_was_just_built_and_make_down_leaves_what_is_in_volumes(empty: Stack) -> None:
    assert f"cveval answers on {empty.address}" in make(empty, "up")
    with empty.http() as http:
        until_finished(http, http.post("/v1/evaluate", json=uploaded(http)).json()["id"])
    doctor = empty.compose("run", "--rm", "--no-deps", "-T", "cveval", "doctor", "--json").stdout
    assert json.loads(doctor)
    of_one_build = {
        docker("inspect", "--format", REVISION, f"cveval-{program}:{VERSION}").stdout
        for program in ("submit", "operator", "migrate")
    }
    assert len(of_one_build) == 1
    make(empty, "down")
    assert empty.services() == []
    assert volumes(empty) == {"postgres", "redpanda", "backups"}
    empty.down()
    assert volumes(empty) == set()
