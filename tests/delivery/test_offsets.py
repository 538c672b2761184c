"""Out-of-order completion, contiguous commits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cveval.queue.kafka.offsets import Offsets


@given(st.data())
def test_what_is_committed_is_finished_and_as_much_as_possible_is_committed(data: st.DataObject) -> None:
    offsets = Offsets()
    gaps = data.draw(st.lists(st.integers(1, 3), max_size=30))
    to_come, at = [], data.draw(st.integers(0, 2**40))
    for gap in gaps:
        to_come.append(at)
        at += gap
    every = list(to_come)
    started: list[int] = []
    finished: set[int] = set()
    committed: int | None = None
    while to_come or len(finished) < len(started):
        unfinished = [offset for offset in started if offset not in finished]
        if to_come and (not unfinished or data.draw(st.booleans())):
            started.append(to_come.pop(0))
            offsets.start(started[-1])
        else:
            offset = data.draw(st.sampled_from(unfinished))
            finished.add(offset)
            offsets.finish(offset)
        now = offsets.committable
        assert now is not None
        assert committed is None or now >= committed
        committed = now
        assert all(offset in finished for offset in every if offset < now)
        assert now in started or now == started[-1] + 1
        assert now not in finished
    assert offsets.skew == 0


def test_nothing_is_committed_before_anything_was_taken() -> None:
    assert Offsets().committable is None


def test_skew_counts_from_the_first_unfinished_record() -> None:
    offsets = Offsets()
    for offset in range(5):
        offsets.start(offset)
    for offset in (1, 2, 4):
        offsets.finish(offset)
    assert (offsets.committable, offsets.skew) == (0, 5)
    offsets.finish(0)
    assert (offsets.committable, offsets.skew) == (3, 2)


def test_an_offset_that_goes_back_is_refused() -> None:
    offsets = Offsets()
    offsets.start(7)
    with pytest.raises(ValueError, match="offset 7"):
        offsets.start(7)
