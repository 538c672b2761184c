"""What is inside the images, and what is not."""

import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from packaging.markers import Marker

from tests.e2e.stack import LONG, ROOT, VERSION, docker

PROGRAMS = {
    "submit": ("cveval", "cveval-submit"),
    "evaluate": ("cveval", "cveval-evaluate"),
    "purge": ("cveval", "cveval-purge"),
    "shim": ("cveval", "cveval-shim"),
    "operator": ("cveval", "cveval-submit", "cveval-evaluate", "cveval-purge", "cveval-local"),
}
FUNCTIONS = ("submit", "evaluate", "purge")
LISTED = "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions(path=['/app/lib/python3.13/site-packages'])]))"


def inside(image: str, *command: str) -> "subprocess.CompletedProcess[str]":
    return docker(
        "run", "--rm", "--entrypoint", command[0], f"cveval-{image}:{VERSION}", *command[1:], check=False
    )


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(program: str) -> set[str]:
    """What the lock names for Linux and CPython 3.13."""
    lock = (ROOT / "requirements" / f"{'local' if program == 'operator' else program}.txt").read_text()
    lines = re.findall(r"^([A-Za-z0-9._-]+)==\S+ *(?:; *([^\\\n]+))?", lock, re.MULTILINE)
    there = {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": "3.13",
        "python_full_version": "3.13.5",
    }
    return {normal(name) for name, marker in lines if not marker or Marker(marker).evaluate(there)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_image_holds_its_lock_and_its_wheels_and_nothing_else(program: str) -> None:
    installed = {normal(name) for name in json.loads(inside(program, "python", "-c", LISTED).stdout)}
    assert installed == pinned(program) | set(PROGRAMS[program])


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_bill_of_materials_lists_what_is_installed(program: str) -> None:
    bill = json.loads(inside(program, "cat", "/app/sbom.cdx.json").stdout)
    assert bill["bomFormat"] == "CycloneDX"
    assert {normal(one["name"]) for one in bill["components"]} == pinned(program) | set(PROGRAMS[program])


@pytest.mark.parametrize(
    ("program", "without"),
    [
        ("submit", {"confluent-kafka", "boto3", "openai", "qdrant-client"}),
        ("evaluate", {"confluent-kafka", "boto3", "pypdf"}),
        ("purge", {"confluent-kafka", "openai", "qdrant-client", "pypdf"}),
        ("shim", {"functions-framework", "boto3", "openai", "qdrant-client", "pypdf"}),
    ],
)
def test_a_program_carries_no_driver_of_another(program: str, without: set[str]) -> None:
    assert not without & pinned(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_compiler_no_installer_and_no_test_is_inside(program: str) -> None:
    script = "import shutil; print(*filter(shutil.which, 'pip pip3 uv cc gcc g++ make git curl wget pytest go'.split()))"
    assert inside(program, "python", "-c", script).stdout.split() == []
    assert inside(program, "/usr/local/bin/python", "-m", "pip", "--version").returncode != 0
    assert (
        inside(program, "find", "/app", "-name", "conftest.py", "-o", "-type", "d", "-name", "tests").stdout
        == ""
    )


@pytest.mark.parametrize("image", [*PROGRAMS, "migrate"])
def test_an_image_has_labels_a_user_and_no_shell_around_its_command(image: str) -> None:
    config = json.loads(docker("image", "inspect", f"cveval-{image}:{VERSION}").stdout)[0]["Config"]
    labels = config["Labels"]
    for name in ("title", "description", "licenses", "version", "revision"):
        assert labels[f"org.opencontainers.image.{name}"]
    assert config["User"].partition(":")[0] == "10001"
    words = [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]
    assert words
    assert not {"sh", "bash", "/bin/sh", "-c"} & set(words)


@pytest.fixture
def files_of_migrate(tmp_path: Path) -> Iterator[tarfile.TarFile]:
    """Nothing inside could list them."""
    container = docker("create", f"cveval-migrate:{VERSION}").stdout.strip()
    docker("export", container, "--output", str(tmp_path / "files.tar"))
    docker("rm", container)
    with tarfile.open(tmp_path / "files.tar") as archive:
        yield archive


def test_the_migrations_image_holds_goose_and_the_migrations_only(files_of_migrate: tarfile.TarFile) -> None:
    names = files_of_migrate.getnames()
    commands = [name for name in names if re.match(r"(usr/(local/)?)?s?bin/.", name)]
    assert commands == ["usr/local/bin/migrate"], names
    ours = sorted(file.name for file in (ROOT / "deploy/migrations").glob("*.sql"))
    assert sorted(n.removeprefix("migrations/") for n in names if n.endswith(".sql")) == ours


def test_the_bill_of_materials_lists_the_modules_of_the_migrations_image(
    files_of_migrate: tarfile.TarFile,
) -> None:
    written = files_of_migrate.extractfile("app/sbom.cdx.json")
    assert written is not None
    bill = json.load(written)
    assert bill["bomFormat"] == "CycloneDX"
    required = re.findall(r"^\s+(\S+) (v\S+)", (ROOT / "deploy/migrate/go.mod").read_text(), re.MULTILINE)
    assert {(one["name"], one["version"]) for one in bill["components"]} == set(required)


AWAY = "postgresql://cveval@127.0.0.1:1/cveval"


@contextmanager
def running(program: str, *options: str) -> Iterator[str]:
    """Confined as docker-compose.yml confines it."""
    confined = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none")
    started = docker("run", "--detach", *confined, *options, f"cveval-{program}:{VERSION}")
    container = started.stdout.strip()
    try:
        yield container
    finally:
        docker("rm", "--force", container)


def until_healthy(container: str) -> None:
    deadline = monotonic() + LONG
    while monotonic() < deadline:
        state = json.loads(docker("inspect", container).stdout)[0]["State"]
        assert state["Running"], docker("logs", container).stderr
        if state["Health"]["Status"] == "healthy":
            return
    raise AssertionError(docker("logs", container).stderr)


@pytest.mark.parametrize("program", [*FUNCTIONS, "shim"])
def test_a_container_listens_where_the_platform_says_and_ends_well_at_sigterm(program: str) -> None:
    settings = {
        "PORT": "9191",
        # The shim looks for its schema; a database that is away it waits for.
        "CVEVAL_DATABASE_URL": AWAY if program == "shim" else "sqlite:////tmp/x.db",
        "CVEVAL_KAFKA_BROKERS": "127.0.0.1:1",
        "CVEVAL_SHIM_FUNCTION_URL": "http://127.0.0.1:1/",
    }
    with running(
        program, *(word for one in settings.items() for word in ("--env", "=".join(one)))
    ) as container:
        # The health check asks at PORT.
        until_healthy(container)
        docker("stop", "--time", "40", container)
        state = json.loads(docker("inspect", container).stdout)[0]["State"]
        assert state["ExitCode"] == 0
        said = docker("logs", container)
        assert "Read-only file system" not in said.stdout + said.stderr
