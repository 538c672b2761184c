"""schemathesis plays the generated OpenAPI document against the local process, over real HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cveval_submit.openapi import openapi

SETTINGS = {"CVEVAL_RATE_LIMIT": "100000", "CVEVAL_RATE_BURST": "100000"}
CONTRACT: Any = schemathesis.openapi.from_dict(openapi())
OPERATIONS = [operation.ok() for operation in CONTRACT.get_all_operations()]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the local process serves."""
    data = tmp_path_factory.mktemp("contract")
    with subprocess.Popen(
        [sys.executable, "-m", "cveval_local.commands", "serve", "--data", str(data), "--port", "0"],
        env={**os.environ, **SETTINGS},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        words = (word for line in process.stdout for word in line.split())
        yield next(word for word in words if word.startswith("http")).rstrip("/")
        process.terminate()


@pytest.mark.slow
@pytest.mark.xdist_group("contract")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_keeps_the_contract(operation: Any, address: str) -> None:
    @settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def play(case: Any) -> None:
        # No schema says which cursors were given out and what makes a document readable: those refusals are meant.
        case.call_and_validate(base_url=address, timeout=40, excluded_checks=[positive_data_acceptance])

    play()


def test_the_contract_names_every_path_of_version_one() -> None:
    assert {operation.path for operation in OPERATIONS} == set(openapi()["paths"])
