"""Fixtures that build on each other: server → fresh database → store."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from cveval.store.transaction import Store
from cveval_purge.settings import ArchiveSettings
from tests.brokers import mock_cluster, real_redis
from tests.buckets import moto_server, new_bucket
from tests.databases import Database, PostgresDatabase, fresh_postgres, fresh_sqlite, opened, postgres_server
from tests.transports import Transport, kafka, memory, redis


def _is_history_here() -> bool:
    """Whether the commit of the last release can be looked up: not in an unpacked archive, nor in a shallow clone."""
    if shutil.which("git") is None:
        return False
    look = ["git", "rev-parse", "--is-shallow-repository"]
    looked = subprocess.run(look, capture_output=True, check=False, cwd=Path(__file__).parent)
    return looked.stdout.strip() == b"false"


# They build images and need Docker for themselves: `make e2e`.
collect_ignore = [] if os.environ.get("CVEVAL_TEST_CONTAINERS") else ["e2e"]
if not _is_history_here():
    collect_ignore.append("migrations/test_old_code.py")


def pytest_report_header() -> str | None:
    """What is left out is said."""
    return None if _is_history_here() else "no git history here: old code on the new schema is not tried"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A missing server skips a test on a laptop; where CI is set, nothing is skipped unseen."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an embedded Postgres, one for each test process."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[PostgresDatabase]:
    """A fresh, migrated database on Postgres, for what only it can show."""
    with fresh_postgres(postgres) as fresh:
        yield fresh


@pytest.fixture
async def postgres_store(postgres_database: PostgresDatabase) -> AsyncIterator[Store]:
    async with opened(postgres_database) as store:
        yield store


@pytest.fixture(params=["postgres", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated database of each kind."""
    if request.param == "postgres":
        with fresh_postgres(request.getfixturevalue("postgres")) as fresh:
            yield fresh
    else:
        with fresh_sqlite(tmp_path) as fresh_file:
            yield fresh_file


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with opened(database) as store:
        yield store


@pytest.fixture(scope="session")
def mock_brokers() -> Iterator[str]:
    """librdkafka's mock cluster, one for each test process."""
    with mock_cluster() as addresses:
        yield addresses


@pytest.fixture(params=["memory", "kafka", "redis"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    """Each transport behind `Queue`. Kafka's protocol: on the real broker where there is one, else on a mock cluster."""
    if request.param == "memory":
        opened = memory()
    elif request.param == "redis":
        opened = redis(real_redis())
    elif address := os.environ.get("CVEVAL_TEST_KAFKA"):
        opened = kafka(address, is_mock=False)
    else:
        opened = kafka(request.getfixturevalue("mock_brokers"), is_mock=True)
    yield opened
    await opened.aclose()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of moto's S3, one for each test process."""
    with moto_server() as address:
        yield address


@pytest.fixture
def bucket(s3: str) -> ArchiveSettings:
    """A fresh, empty bucket."""
    return new_bucket(s3)
