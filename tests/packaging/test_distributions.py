"""Each function is a real distribution: it is built, installed with its own pinned dependencies alone, and served."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from cveval_local import migrating

ROOT = Path(__file__).parents[2]
FUNCTIONS = ("submit", "evaluate", "purge")
FOLDERS = {**{name: ROOT / "functions" / name for name in FUNCTIONS}, "shim": ROOT / "deploy" / "shim"}


def uv() -> str:
    found = shutil.which("uv", path=f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert found, "uv is missing: run the tests with `make test`"
    return found


def installed(program: str, folder: Path) -> Path:
    """A new environment with one program in it; answers with its bin folder."""
    environment = folder / "env"
    run = [uv(), "pip", "install", "--quiet", "--python", str(environment / "bin" / "python")]
    subprocess.run([uv(), "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    subprocess.run(
        [*run, "--require-hashes", "-r", str(ROOT / "requirements" / f"{program}.txt")], check=True
    )
    sources = [folder / "shared", folder / program]
    # Built from a copy, so that no build folder is left in the checkout.
    shutil.copytree(ROOT / "shared", sources[0])
    shutil.copytree(FOLDERS[program], sources[1])
    subprocess.run([*run, "--no-sources", "--no-deps", *map(str, sources)], check=True)
    subprocess.run(
        [uv(), "pip", "check", "--quiet", "--python", str(environment / "bin" / "python")], check=True
    )
    return environment / "bin"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def first_answer(url: str, process: "subprocess.Popen[bytes]") -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the function ended"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except OSError:
            continue
    raise AssertionError("no answer within 30 s")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_serves_with_nothing_but_its_own_dependencies(function: str, tmp_path: Path) -> None:
    bin_folder = installed(function, tmp_path)
    others = [f"cveval_{other}" for other in FUNCTIONS if other != function]
    check = f"import importlib.util as u; assert not any(map(u.find_spec, {others}))"
    subprocess.run([bin_folder / "python", "-c", check], check=True)
    port = free_port()
    with subprocess.Popen(
        [
            bin_folder / "functions-framework",
            "--asgi",
            "--target",
            function,
            "--source",
            tmp_path / function / "main.py",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ],
        env={"PATH": str(bin_folder), "CVEVAL_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"},
    ) as process:
        try:
            assert first_answer(f"http://127.0.0.1:{port}/healthz", process) == 200
        finally:
            process.terminate()


def test_the_shim_serves_with_nothing_but_its_own_dependencies(tmp_path: Path) -> None:
    bin_folder = installed("shim", tmp_path)
    check = (
        f"import importlib.util as u; assert not any(map(u.find_spec, {[f'cveval_{f}' for f in FUNCTIONS]}))"
    )
    subprocess.run([bin_folder / "python", "-c", check], check=True)
    port = free_port()
    migrating.migrate(tmp_path / "x.db")
    environment = {
        "PATH": str(bin_folder),
        "CVEVAL_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}",
        "CVEVAL_KAFKA_BROKERS": f"127.0.0.1:{free_port()}",
        "CVEVAL_SHIM_FUNCTION_URL": "http://127.0.0.1:1/",
        "CVEVAL_SHIM_PORT": str(port),
    }
    with subprocess.Popen([bin_folder / "cveval-shim"], env=environment) as process:
        try:
            assert first_answer(f"http://127.0.0.1:{port}/healthz", process) == 200
        finally:
            process.terminate()
    assert process.returncode == 0


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("setting", "value"),
    [("CVEVAL_DATABASE_URL", "nonsense"), ("CVEVAL_LEASE", "soon"), ("CVEVAL_HEARTBEAT", "50s")],
)
def test_a_wrong_setting_ends_the_process_and_names_itself(function: str, setting: str, value: str) -> None:
    ended = subprocess.run(
        [
            Path(sys.executable).parent / "functions-framework",
            "--asgi",
            "--target",
            function,
            "--source",
            ROOT / "functions" / function / "main.py",
            "--port",
            "1",
        ],
        env={"CVEVAL_DATABASE_URL": "sqlite:///x.db", setting: value},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert setting in ended.stderr.decode()
    assert "Traceback" not in ended.stderr.decode()
