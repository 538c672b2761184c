"""What a transaction needs is imported by the first one, once, and no start waits for it."""

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from cveval.store.opening import LateDriver
from cveval.store.queries import Driver
from cveval.store.transaction import Store, Transaction
from tests.databases import Database

START = "import sys; from cveval_{}.wiring import from_environment; from_environment(); print(*sys.modules)"


async def nothing(_: Transaction) -> None:
    pass


@pytest.mark.parametrize("function", ["submit", "evaluate", "purge"])
def test_a_start_imports_nothing_that_only_transactions_need(function: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", START.format(function)],
        env=os.environ | {"CVEVAL_DATABASE_URL": "postgresql://cveval@127.0.0.1:1/cveval"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert f"cveval_{function}.wiring" in loaded
    assert not {"psycopg", "psycopg_pool", "tenacity", "cveval.store.postgres"}.intersection(loaded)


async def test_first_transactions_that_come_together_make_one_driver_and_keep_the_loop_free(
    database: Database,
) -> None:
    made: list[int] = []

    def make() -> Driver:
        made.append(threading.get_ident())
        return database.driver()

    store = Store(LateDriver(make))
    await asyncio.gather(*(store.transact(nothing) for _ in range(5)))
    await store.aclose()
    assert len(made) == 1
    assert made[0] != threading.get_ident()


async def test_a_driver_that_could_not_be_made_is_made_by_the_next_use(database: Database) -> None:
    faults = [MemoryError()]

    def make() -> Driver:
        if faults:
            raise faults.pop()
        return database.driver()

    store = Store(LateDriver(make))
    with pytest.raises(MemoryError):
        await store.transact(nothing)
    await store.transact(nothing)
    await store.aclose()


async def test_a_store_that_nobody_used_closes_without_a_driver() -> None:
    def make() -> Driver:
        raise AssertionError("nobody used it")

    await Store(LateDriver(make)).aclose()
