"""Passages that were copied from what was asked: they say nothing of who pasted them, so they are cut out."""

from collections.abc import Sequence
from dataclasses import dataclass

from cveval_evaluate.local.text import CUT, WORD, words

RUN = 6
FEWEST_RUNS = 3
"""So many runs of six words in common, one after another or apart, are no accident: a title or a degree has eight or ten words."""

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Original:
    """What is left of a document without what it copies."""

    text: str
    lower: tuple[str, ...]
    """The words of the whole document in lower case, the copied ones included."""
    copied_words: int

    @property
    def words(self) -> int:
        return len(self.lower)

    @property
    def share_copied(self) -> float:
        return self.copied_words / self.words if self.words else 0.0


def runs_of(source: str) -> frozenset[Run]:
    """All runs of six words, whatever their case, punctuation and line breaks."""
    return frozenset(_runs([word.lower() for word in words(source)]))


def without_copied(document: str, source: frozenset[Run]) -> Original:
    """Cut out every passage that is made of the source's runs, if they make up at least three (that do not overlap)."""
    lower = tuple(map(str.lower, words(document)))
    starts = [start for start, run in enumerate(_runs(lower)) if run in source]
    copied = {index for start in starts for index in range(start, start + RUN)}
    if _apart(starts) < FEWEST_RUNS:
        return Original(document, lower, 0)
    kept, reached, was_copied = [], 0, False
    for index, word in enumerate(WORD.finditer(document)):
        if index in copied:
            if not was_copied:
                kept.append(document[reached : word.start()] + CUT)
            reached = word.end()
        was_copied = index in copied
    return Original("".join(kept) + document[reached:], lower, len(copied))


def _runs(lower: Sequence[str]) -> "zip[Run]":
    return zip(*(lower[offset:] for offset in range(RUN)), strict=False)


def _apart(starts: list[int]) -> int:
    """How many runs there are when none overlaps another."""
    count, reached = 0, 0
    for start in starts:
        if start >= reached:
            count, reached = count + 1, start + RUN
    return count
