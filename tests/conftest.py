"""Fixtures that build on each other: server → fresh database → store."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cveval.store.transaction import Store
from tests.databases import Database, fresh_postgres, fresh_sqlite, opened, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an embedded Postgres, one for each test process."""
    with postgres_server() as address:
        yield address


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
