"""What Postgres makes of the hot statements: whatever its statistics say, rows that are named are found by their ids."""

import re
from collections.abc import AsyncIterator

import psycopg
import pytest

from cveval.store import leases, schedule
from cveval.store.postgres import words
from cveval.store.queries import Query
from tests.databases import PostgresDatabase

FINISHED = """
    INSERT INTO jobs (id, owner, queue, status, cv_id, project_id, job_description_hash, study_case_hash, attempt, failures, losses,
      run_at, due_at, worker, started_at, created_at, updated_at)
    SELECT gen_random_uuid(), 'acme', 'evaluate:default', 'completed', gen_random_uuid(), gen_random_uuid(), repeat('a', 64),
      repeat('b', 64), 1, 0, 0, now(), NULL, 'worker', now(), now(), now()
    FROM generate_series(1, 5000)
"""
BY_IDS = [
    leases.CLAIM,
    leases.MATERIALS,
    leases.HEARTBEAT,
    leases.COMPLETE,
    leases.RETRY,
    leases.GIVE_UP,
    leases.ADD_ATTEMPTS,
    schedule.SETTLE,
    schedule.REQUEUE_LOST,
    schedule.FAIL_LOST,
]
BY_TIME = [schedule.TAKE_DUE, schedule.LOST]
SCAN = re.compile(r"\w+ \w+ (?:using \w+ )?on jobs\b")
PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@pytest.fixture
async def connection(
    postgres_database: PostgresDatabase,
) -> AsyncIterator[psycopg.AsyncConnection[tuple[str]]]:
    """To a database of finished jobs alone: that is what its statistics tell."""
    options = postgres_database.own_driver()._options()
    async with await psycopg.AsyncConnection.connect(
        postgres_database.address, autocommit=True, options=options
    ) as connection:
        await connection.execute(FINISHED)
        await connection.execute("VACUUM ANALYZE jobs")
        yield connection


async def looks_at_jobs(connection: psycopg.AsyncConnection[tuple[str]], query: Query) -> set[str]:
    """How the plan of a statement that is used often finds jobs."""
    text = query.render(words("clock_timestamp()"))
    for number, name in enumerate(dict.fromkeys(PARAMETER.findall(text)), start=1):
        text = re.sub(rf"(?<![:\w]):{name}\b", f"${number}", text)
    rows = await (await connection.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode())).fetchall()
    return {found[0] for (line,) in rows if (found := SCAN.search(line))}


@pytest.mark.parametrize("query", BY_IDS, ids=lambda query: query.name)
async def test_jobs_that_are_named_are_found_by_their_ids(
    connection: psycopg.AsyncConnection[tuple[str]], query: Query
) -> None:
    assert await looks_at_jobs(connection, query) == {"Index Scan using jobs_pkey on jobs"}


@pytest.mark.parametrize("query", BY_TIME, ids=lambda query: query.name)
async def test_due_jobs_are_found_by_their_time(
    connection: psycopg.AsyncConnection[tuple[str]], query: Query
) -> None:
    looks = await looks_at_jobs(connection, query)
    assert "Index Scan using jobs_due_at_idx on jobs" in looks
    assert looks <= {"Index Scan using jobs_due_at_idx on jobs", "Index Scan using jobs_pkey on jobs"}
