"""Purge of 100,000 expired rows: its longest statement, and its time beside a million rows that stay ÷ beside none.

Expired uploads and finished jobs with their attempts are made by SQL, half each; so are those that stay. Without an
archive, which costs what its storage costs; with moto's in this process, a thousand candidates are archived for
comparison. --quick: 10,000 expired rows and 100,000 that stay.

Example: python -m bench purge --quick
"""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import psycopg
from pydantic import SecretStr

from bench.measuring import Bench, Row, at_most, middle, note, percentile
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.opening import open_store
from cveval_purge.settings import ArchiveSettings, PurgeSettings
from cveval_purge.usecase import PurgeReport
from cveval_purge.wiring import purge_of
from tests.buckets import moto_server, new_bucket

CANDIDATES = """
    INSERT INTO uploads (id, owner, type, text, filename, mime, size, sha256, warnings, created_at)
    SELECT gen_random_uuid(), 'owner', 'cv', repeat('Python, five years of it. ', 80), 'cv.txt', 'text/plain', 2000,
      repeat('0', 64), '[]', now() - %(age)s - n * interval '1 second'
    FROM generate_series(1, %(rows)s) AS n
"""
JOBS = """
    INSERT INTO jobs (id, owner, queue, status, cv_id, project_id, job_description_hash, study_case_hash,
      attempt, failures, losses, run_at, created_at, updated_at, first_started_at, started_at, worker)
    SELECT gen_random_uuid(), 'owner', 'evaluate:default', 'completed', gen_random_uuid(), gen_random_uuid(),
      'hash', 'hash', 1, 0, 0, t.at, t.at, t.at, t.at, t.at, 'bench'
    FROM generate_series(1, %(rows)s) AS n
    CROSS JOIN LATERAL (SELECT now() - %(age)s - n * interval '1 second' AS at) AS t
"""
ATTEMPTS = """
    INSERT INTO job_attempts (job_id, attempt, worker, started_at, finished_at, outcome)
    SELECT id, 1, 'bench', updated_at, updated_at, 'completed' FROM jobs WHERE updated_at < now() - interval '120 days'
"""
# A second apart, half a million rows that stay reach back six days.
EXPIRED, STAYING = timedelta(days=150), timedelta(0)
LONGEST = 0.080


async def measure(bench: Bench) -> AsyncIterator[Row]:
    expired, staying = (10_000, 100_000) if bench.quick else (100_000, 1_000_000)
    times: dict[int, list[float]] = {0: [], staying: []}
    longest: list[tuple[float, str]] = []
    deleting: list[float] = []
    for _ in range(1 if bench.quick else 2):
        for others, measured in times.items():
            database = await filled(bench, expired, others)
            metrics = _Longest()
            seconds, report = await _purged(database, ArchiveSettings(), metrics)
            assert report.deleted["uploads"] + report.deleted["jobs"] == expired, report
            measured.append(seconds)
            longest.append(metrics.longest)
            deleting += metrics.deleting
            note(f"purge: {seconds:.1f} s, longest {metrics.longest[0] * 1000:.0f} ms: {metrics.longest[1]}")
    yield Row(
        "purge: a batch's DELETE, p50; p99",
        f"{middle(deleting) * 1000:.1f} ms; {percentile(deleting, 0.99) * 1000:.1f} ms",
    )
    alone, beside = (middle(measured) for measured in times.values())
    yield at_most(
        f"purge: longest round trip, {expired:,} expired rows beside {staying:,}",
        max(longest)[0] * 1000,
        LONGEST * 1000,
        " ms",
    )
    yield at_most(f"purge: time beside {staying:,} rows that stay ÷ beside none", beside / alone, 1.25)
    yield Row("purge: rows/s beside them; alone", f"{expired / beside:.0f}; {expired / alone:.0f}")
    with moto_server() as s3:
        database = await filled(bench, 500, 0)
        seconds, report = await _purged(database, new_bucket(s3), Metrics())
        objects = report.archived["objects"]
    yield Row("purge: objects/s archived and verified (moto, same process)", f"{objects / seconds:.0f}")


class _Longest(Metrics):
    """Hears of every round trip, since the threshold of the slow-statement log is below them all."""

    def __init__(self) -> None:
        super().__init__()
        self.deleting: list[float] = []
        self.longest = (0.0, "")

    def slow_statement(self, names: Sequence[str], seconds: float) -> None:
        self.longest = max(self.longest, (seconds, ", ".join(names)))
        if names[0].startswith("retention.delete"):
            self.deleting.append(seconds)


async def filled(bench: Bench, expired: int, others: int) -> str:
    address = bench.fresh()
    began = time.perf_counter()
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        for rows, age in ((expired, EXPIRED), (others, STAYING)):
            for statement in (CANDIDATES, JOBS):
                await connection.execute(statement.encode(), {"rows": rows // 2, "age": age})
        await connection.execute(ATTEMPTS)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    note(f"purge: {expired + others:,} rows in {time.perf_counter() - began:.0f} s")
    return address


async def _purged(address: str, archive: ArchiveSettings, metrics: Metrics) -> tuple[float, PurgeReport]:
    settings = DatabaseSettings(url=SecretStr(address), slow_statement=timedelta(microseconds=1))
    store = open_store(settings, metrics)
    purge = purge_of(PurgeSettings(max_rows=10**9), archive, Policies(), store, metrics)
    began = time.perf_counter()
    report = await purge()
    seconds = time.perf_counter() - began
    await store.aclose()
    return seconds, report
