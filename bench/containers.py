"""Images and containers: sizes; a container's start to its first answer ÷ hello world in the same image; `make up` to the first accepted job.

The images must be there (make images). Starts alternate, and the quickest are compared: whatever else runs only ever makes them slower.
Sizes are without the base image, which all share but the operator's.

Example: python -m bench containers --quick
"""

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp

from bench.measuring import ROOT, Bench, Row, at_most, free_port, note

PROGRAMS = {"submit": 8080, "evaluate": 8080, "purge": 8080, "shim": 8081}
BASES = {"operator": "postgres:18"}
BASE = "python:3.13-slim"
"""Of all others."""
ENVIRONMENT = {
    "CVEVAL_DATABASE_URL": "postgresql://cveval@127.0.0.1:1/cveval",
    "CVEVAL_KAFKA_BROKERS": "127.0.0.1:1",
    "CVEVAL_SHIM_FUNCTION_URL": "http://127.0.0.1:1/",
}
"""The database is away: a start waits for none."""
HELLO = ("functions-framework", "--asgi", "--target", "hello", "--source", "/hello.py")
PROJECT = "cveval-bench"
VERSION = os.environ.get("CVEVAL_VERSION", "local")
"""The tag of the images, as docker-compose.yml reads it."""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    if not _has_docker():
        yield Row("containers", "no Docker here")
        return
    for name in (*PROGRAMS, "operator"):
        yield Row(
            f"containers: MB of cveval-{name} over its base",
            f"{(_size(f'cveval-{name}:{VERSION}') - _size(BASES.get(name, BASE))) / 1e6:.0f}",
        )
    yield Row("containers: MB of cveval-migrate, whole", f"{_size(f'cveval-migrate:{VERSION}') / 1e6:.0f}")
    spent: dict[str, list[float]] = {name: [] for name in ("hello", *PROGRAMS)}
    for turn in range((4 if bench.quick else 12) + 1):
        for name, times in spent.items():
            took = await _start(name)
            # The first turn fills the caches of files.
            if turn:
                times.append(took)
        note(f"containers: turn {turn}")
    hello = min(spent["hello"])
    for name in PROGRAMS:
        ratio = min(spent[name]) / hello
        yield (
            at_most("containers: start of submit ÷ hello world", ratio, 1.25)
            if name == "submit"
            else Row(f"containers: start of {name} ÷ hello world", f"{ratio:.2f}")
        )
    seconds = "; ".join(f"{min(times) * 1e3:.0f}" for times in spent.values())
    yield Row(f"containers: ms of {'; '.join(spent)}", seconds)
    yield Row("containers: s from make up, images there, to the first accepted job", f"{await _up():.1f}")


def _has_docker() -> bool:
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    )


def _docker(*arguments: str) -> str:
    return _said("docker", *arguments)


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def _size(image: str) -> int:
    return int(_docker("image", "inspect", "--format", "{{.Size}}", image))


async def _start(name: str) -> float:
    """Seconds from `docker start` to the first answer."""
    port = free_port()
    program = "submit" if name == "hello" else name
    environment = [word for one in ENVIRONMENT.items() for word in ("--env", "=".join(one))]
    container = _docker(
        *("create", "--publish", f"127.0.0.1:{port}:{PROGRAMS[program]}", "--no-healthcheck", *environment),
        *("--volume", f"{ROOT}/bench/hello.py:/hello.py:ro", f"cveval-{program}:{VERSION}"),
        *(HELLO if name == "hello" else ()),
    )
    try:
        began = time.perf_counter()
        _docker("start", container)
        async with aiohttp.ClientSession() as session:
            await _until(session, f"http://127.0.0.1:{port}/healthz")
        return time.perf_counter() - began
    finally:
        _docker("rm", "--force", container)


async def _until(session: aiohttp.ClientSession, url: str) -> None:
    while True:
        # Docker's proxy accepts before the program does, and then shuts.
        with suppress(aiohttp.ClientError, OSError):
            async with session.get(url) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.005)


async def _up() -> float:
    port = free_port()
    os.environ |= {"CVEVAL_PORT": str(port), "COMPOSE_PROJECT_NAME": PROJECT}
    began = time.perf_counter()
    try:
        _said("make", "up")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            form = aiohttp.FormData()
            form.add_field("cv", b"Ada Example\nPython engineer, 2019-2024.", filename="cv.txt")
            form.add_field("project", b"The service retries with backoff.", filename="report.txt")
            async with session.post("/v1/upload", data=form) as answer:
                ids = json.loads(await answer.text())
            del ids["warnings"]
            async with session.post("/v1/evaluate", json=ids) as answer:
                assert answer.status == 202, await answer.text()
        return time.perf_counter() - began
    finally:
        _docker("compose", "--profile", "*", "down", "--volumes", "--timeout", "5")
