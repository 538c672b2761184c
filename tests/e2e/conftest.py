"""One stack for all tests of this folder; each test leaves it running and well."""

import os
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.stack import Stack, free_port


@pytest.fixture(scope="session")
def the_stack() -> Iterator[Stack]:
    stack = Stack(f"cveval-e2e-{os.getpid()}", free_port())
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


@pytest.fixture
def stack(the_stack: Stack) -> Iterator[Stack]:
    yield the_stack
    if not the_stack.is_well():
        the_stack.up()


@pytest.fixture
def http(stack: Stack) -> Iterator[httpx.Client]:
    with stack.http() as client:
        yield client
