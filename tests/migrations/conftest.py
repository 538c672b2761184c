import os
import shutil

import psycopg
import pytest

from tests.databases import named


@pytest.fixture
def goose() -> str:
    """The real goose, from CVEVAL_TEST_GOOSE or the PATH."""
    found = os.environ.get("CVEVAL_TEST_GOOSE") or shutil.which("goose")
    if not found:
        pytest.skip("no goose: set CVEVAL_TEST_GOOSE")
    return found


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """The address of a database without anything in it."""
    name = f"m_{os.urandom(6).hex()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return named(postgres, name)
