"""deploy/compose/backup.py, with a `cveval` that says what the test wants."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "deploy" / "compose" / "backup.py"


@contextmanager
def running(folder: Path, cveval: str, every: str = "3600") -> Iterator["subprocess.Popen[str]"]:
    fake = folder / "cveval"
    fake.write_text(f"#!/bin/sh\n{cveval}\n")
    fake.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, PROGRAM, every],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> tuple[object, ...]:
    assert process.stdout
    said = json.loads(process.stdout.readline())
    return said["command"], said["status"], said.get("answer", said.get("error"))


def test_each_backup_is_verified_and_each_answer_said(tmp_path: Path) -> None:
    with running(tmp_path, """echo "{\\"asked\\": \\"$*\\"}" """, every="0.01") as process:
        for _ in range(2):
            assert line(process) == ("backup", 0, {"asked": "backup --json"})
            assert line(process) == ("backup verify", 0, {"asked": "backup verify --json"})


def test_what_failed_is_said_not_verified_and_tried_again(tmp_path: Path) -> None:
    with running(tmp_path, 'echo "no room" >&2; exit 1', every="0.01") as process:
        for _ in range(2):
            assert line(process) == ("backup", 1, "no room")


def test_sigterm_interrupts_what_runs_with_its_children_and_waits_for_it(tmp_path: Path) -> None:
    """A shell hears of a signal once its child has ended, which only a signal to both brings about."""
    os.mkfifo(tmp_path / "begun")
    waiting = f"trap 'echo cleaned up >&2; exit 3' INT; cd {tmp_path}; mkfifo never; echo > begun; cat never"
    with running(tmp_path, waiting) as process:
        (tmp_path / "begun").read_text()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert json.loads(said)["error"] == "cleaned up"
        assert process.returncode == 0
