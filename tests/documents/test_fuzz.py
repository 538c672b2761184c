"""Whatever is uploaded is read or refused: no other error, no hang, no memory over the limit.

As many inputs as CVEVAL_FUZZ_INPUTS says (`make fuzz`: 100,000), else some; the same ones for the same CVEVAL_FUZZ_SEED.
"""

import logging
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from types import FrameType

import psutil
import pytest
from hypothesis import HealthCheck, given, seed, settings

from cveval.domain.errors import UnreadableDocument, UnsupportedDocument
from cveval_submit.extraction.kinds import Kind
from cveval_submit.extraction.limits import Limits
from cveval_submit.extraction.reading import read
from cveval_submit.extraction.text import MAX_CHARACTERS
from tests.documents.fuzz import DOCUMENTS

INPUTS = int(os.environ.get("CVEVAL_FUZZ_INPUTS", "1500"))
SEED = int(os.environ.get("CVEVAL_FUZZ_SEED", "0"))
ROUND = 2_000
"""Inputs of one run of Hypothesis, which remembers all of them."""
HANGS_AFTER = 10.0
"""Seconds of computing, for documents of a few kilobytes; half of what a reader has."""


class Hung(BaseException):
    """No `Exception`: readers take every one of those for damage."""


@contextmanager
def guarded() -> Iterator[None]:
    def end(signum: int, frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, HANGS_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.fixture(scope="module")
def _memory() -> Iterator[None]:
    """As much as a reader has, on top of what this process has; and as silent."""
    logging.disable()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + Limits().memory, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("number", range(ceil(INPUTS / ROUND)))
@pytest.mark.usefixtures("_memory")
def test_whatever_is_uploaded_is_read_or_refused(number: int) -> None:
    # One seed for all rounds would make the same inputs in each.
    seed(SEED * 1_000 + number)(is_read_or_refused)()


@given(content=DOCUMENTS)
@settings(
    max_examples=min(INPUTS, ROUND),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
def is_read_or_refused(content: bytes) -> None:
    try:
        with guarded():
            document = read(content)
    except (UnreadableDocument, UnsupportedDocument):
        return
    assert document.text.strip()
    assert len(document.text) <= MAX_CHARACTERS
    assert Kind(document.mime)
    document.text.encode()
    assert "\x00" not in document.text
