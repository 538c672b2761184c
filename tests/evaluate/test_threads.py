"""Several jobs of an instance are rated in threads of their own, and share what words were read."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cveval_evaluate.local import text
from tests.quality.labelled import cvs

THREADS = 4


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """They take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_words_read_at_the_same_time_have_their_own_stems() -> None:
    written = sorted({word for cv in cvs() for word in text.words(cv.text)})
    alone = [*map(text.stem, written)]
    text._READ.clear()
    with ThreadPoolExecutor(THREADS) as pool:
        together = pool.map(
            lambda n: [*map(text.stem, written[n * 500 :] + written[: n * 500])], range(THREADS)
        )
        for n, found in enumerate(together):
            assert found == alone[n * 500 :] + alone[: n * 500]
