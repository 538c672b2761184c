"""The local process is killed with SIGKILL again and again while jobs flow; nothing is lost, nothing happens twice."""

import asyncio
import os
import random
import signal
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

KILLS = 100
SEED = 20261124
SETTINGS = {
    # Leases are short, so that whatever a killed process held is back soon.
    "CVEVAL_LEASE": "3s",
    "CVEVAL_HEARTBEAT": "0.9s",
    "CVEVAL_RATE_LIMIT": "10000",
    "CVEVAL_BACKOFF_FROM": "0.1s",
    # On a busy machine no life is long enough for the job that each begins with.
    "CVEVAL_MAX_LOST": "1000",
}


@dataclass
class Client:
    """Uploads once, then keeps asking for evaluations; remembers what was accepted, and asks again where no answer came."""

    keys: int = 0
    accepted: dict[str, str] = field(default_factory=dict)
    """Idempotency key → job id."""
    unanswered: list[dict[str, str]] = field(default_factory=list)
    """Requests as they were sent: meanwhile there are newer documents. Each one's job description is its key."""
    ids: dict[str, str] = field(default_factory=dict)

    async def upload(self, http: aiohttp.ClientSession) -> None:
        form = aiohttp.FormData()
        form.add_field(
            "cv", b"Ada Example\nPython engineer, 2019-2024. Cut costs by 20 %.", filename="cv.txt"
        )
        form.add_field("project", b"The service retries with backoff and has tests.", filename="report.txt")
        async with http.post("/v1/upload", data=form) as answer:
            assert answer.status == 201, await answer.text()
            self.ids = await answer.json()

    async def flow(self, http: aiohttp.ClientSession) -> None:
        """Until the server dies, with documents being read all the while."""
        ends = await asyncio.gather(self.evaluate(http), self.keep_uploading(http), return_exceptions=True)
        for end in ends:
            if not isinstance(end, aiohttp.ClientError | ConnectionError):
                assert isinstance(end, BaseException)
                raise end

    async def keep_uploading(self, http: aiohttp.ClientSession) -> None:
        while True:
            await self.upload(http)

    async def evaluate(self, http: aiohttp.ClientSession) -> None:
        """Until the server dies."""
        while True:
            if not self.unanswered:
                self.keys += 1
                documents = {name: self.ids[name] for name in ("cv_id", "project_id")}
                # The key's number makes each a request of its own; asked again, it is the same one.
                self.unanswered.append({**documents, "job_description": f"key-{self.keys}"})
            [body] = self.unanswered
            key = body["job_description"]
            async with http.post("/v1/evaluate", json=body, headers={"Idempotency-Key": key}) as answer:
                assert answer.status == 202, await answer.text()
                job_id = (await answer.json())["id"]
            assert self.accepted.setdefault(key, job_id) == job_id
            self.unanswered.remove(body)


@asynccontextmanager
async def served(data: Path, temporary: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cveval_local.commands",
        "serve",
        "--data",
        str(data),
        "--port",
        "0",
        env={**os.environ, **SETTINGS, "TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        address = ""
        while not address.startswith("http"):
            line = (await process.stdout.readline()).decode()
            assert line, "the process ended before it served"
            address = next((word for word in line.split() if word.startswith("http")), "")
        yield process, address
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.slow
async def test_a_process_killed_again_and_again_loses_no_job_and_stores_no_second_result(
    tmp_path: Path,
) -> None:
    chance = random.Random(SEED)
    client = Client()
    data = tmp_path / "data"
    with tempfile.TemporaryDirectory(dir=tmp_path) as temporary:
        for kill in range(KILLS):
            async with (
                served(data, Path(temporary)) as (process, address),
                aiohttp.ClientSession(address) as http,
            ):
                if kill == 0:
                    await client.upload(http)
                flowing = asyncio.create_task(client.flow(http))
                await asyncio.wait([flowing], timeout=chance.uniform(0, 0.4))
                process.kill()
                await flowing
        async with served(data, Path(temporary)) as (_, address), aiohttp.ClientSession(address) as http:
            for job_id in client.accepted.values():
                await _completed(http, job_id)
        assert os.listdir(temporary) == []  # noqa: PTH208 - the async rule forbids the other way
    assert len(client.accepted) >= KILLS
    assert sorted(path.name for path in data.iterdir() if not path.name.endswith(("-wal", "-shm"))) == [
        "cveval.db",
        "lock",
    ]
    with closing(sqlite3.connect(data / "cveval.db")) as database:
        jobs = dict(database.execute("SELECT id, status FROM jobs"))
        results = [job_id for (job_id,) in database.execute("SELECT job_id FROM results")]
        completions = database.execute(
            "SELECT COUNT(*) FROM job_attempts WHERE outcome = 'completed'"
        ).fetchone()
        lost = database.execute("SELECT COUNT(*) FROM job_attempts WHERE outcome = 'lost'").fetchone()
    assert set(client.accepted.values()) <= set(jobs)
    assert set(jobs.values()) == {"completed"}
    assert sorted(results) == sorted(jobs)
    assert completions == (len(jobs),)
    # At least some kills met a job at work, else this proves little.
    assert lost > (0,)


async def _completed(http: aiohttp.ClientSession, job_id: str) -> None:
    async with http.get(f"/v1/result/{job_id}", headers={"Prefer": "wait=30"}) as answer:
        assert (await answer.json())["status"] == "completed", job_id
