"""The real goose, as an operator would call it."""

import subprocess


def run(goose: str, *arguments: str) -> str:
    done = attempt(goose, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout + done.stderr


def attempt(goose: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Whether or not it works."""
    return subprocess.run(
        [goose, "-env=none", *arguments], capture_output=True, text=True, timeout=300, check=False
    )
