"""What may be committed of one partition: records start in order and finish in any."""

from collections import deque


class Offsets:
    """Counts records from the first unfinished one on. Knows nothing of the broker.

    Offsets may have gaps (compaction); one that does not go up means that the partition was made anew.
    """

    def __init__(self) -> None:
        self._started: deque[int] = deque()
        self._finished: set[int] = set()
        self._next: int | None = None

    @property
    def committable(self) -> int | None:
        """Everything before it is finished; None when nothing was ever started."""
        return self._started[0] if self._started else self._next

    @property
    def skew(self) -> int:
        """How many records, finished or not, wait behind the first unfinished one, itself included."""
        return len(self._started)

    def start(self, offset: int) -> None:
        """A record was taken.

        Raises:
            ValueError: a later one was taken before.
        """
        if self._next is not None and offset < self._next:
            raise ValueError(f"offset {offset} after {self._next - 1}")
        self._started.append(offset)
        self._next = offset + 1

    def finish(self, offset: int) -> None:
        """A record is done with."""
        self._finished.add(offset)
        while self._started and self._started[0] in self._finished:
            self._finished.remove(self._started.popleft())
