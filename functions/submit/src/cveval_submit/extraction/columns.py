"""Two columns that are drawn row by row: told from tables and dates at the edge, and read one after the other.

A gutter is a vertical strip that no run crosses on most lines. A gutter alone proves nothing: a table of skills and a list of jobs with
dates at the right have one, and are read rightly row by row. What proves columns is a sentence that goes on in the next line of
its side, while between its two halves the stream drew something of the other side.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cveval_submit.extraction.visibility import Run

GUTTER = 6.0
"""Points, at least."""
UNCROSSED = 0.6
"""The share of lines that a gutter must part, or leave alone."""
MIN_BROKEN = 3
"""So many sentences must be broken by the other side …"""
MIN_BROKEN_SHARE = 0.1
"""… and on so many of the lines that the other side shares."""
MIN_WORDS = 3
"""A line with fewer is an item or a label, even if the next begins small."""
_CANDIDATES = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands on one line, or on one side of a gutter. `order`: where the stream draws it."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    order: int


def by_column(runs: Sequence[Run]) -> str | None:
    """The page's text column by column; None where the order of the stream is right, or nobody knows better."""
    if len(runs) < 2 * MIN_BROKEN or not all(run.is_upright for run in runs):
        return None
    rows = _rows(runs)
    gutter = _gutter(rows)
    if gutter is None:
        return None
    return "\n".join(_read(rows, gutter))


def _rows(runs: Sequence[Run]) -> list[list[Run]]:
    """The lines of the page from top to bottom, each from left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.area[1]):
        if rows and rows[-1][0].area[1] - run.area[1] <= 0.4 * min(run.size, rows[-1][0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda run: run.area[0]) for row in rows]


def _gutter(rows: list[list[Run]]) -> float | None:
    """The left edge of the right column, where one is proved."""
    starts = Counter(round(run.area[0]) for row in rows for run in row)
    for start, _ in starts.most_common(_CANDIDATES):
        edge = start - 1.0
        crossed = sum(any(_crosses(run, edge) for run in row) for row in rows)
        if crossed <= (1 - UNCROSSED) * len(rows) and _is_proved(rows, edge):
            return edge
    return None


def _crosses(run: Run, edge: float) -> bool:
    return run.area[0] < edge and run.area[2] > edge - GUTTER


def _is_proved(rows: list[list[Run]], edge: float) -> bool:
    sides = [_side(rows, edge, is_right=is_right) for is_right in (False, True)]
    if not all(len(side) >= MIN_BROKEN and _is_text(side) for side in sides):
        return False
    broken = sum(_broken(*pair) for pair in (sides, sides[::-1]))
    return broken >= max(MIN_BROKEN, MIN_BROKEN_SHARE * min(map(len, sides)))


def _side(rows: list[list[Run]], edge: float, *, is_right: bool) -> list[Piece]:
    """One side's pieces from top to bottom. Bullets and numbers alone are none; a line that crosses is on neither side."""
    found = []
    for row in rows:
        if any(_crosses(run, edge) for run in row):
            continue
        runs = [run for run in row if (run.area[0] >= edge) is is_right]
        if sum(char.isalpha() for run in runs for char in run.text) > 1:
            found.append(_piece(runs))
    return found


def _is_text(side: list[Piece]) -> bool:
    """Neither a column of dates nor one that is set flush right."""
    dated = sum(any(char.isdigit() for char in piece.text) for piece in side)
    lefts = Counter(round(piece.left / 3) for piece in side).most_common(1)[0][1]
    rights = Counter(round(piece.right / 3) for piece in side).most_common(1)[0][1]
    return dated <= len(side) / 2 and not (rights > len(side) / 2 and rights > lefts)


def _broken(side: list[Piece], other: list[Piece]) -> int:
    """How many sentences of one side go on below after the stream drew something of the other."""
    reach = max(piece.right for piece in side)
    width = reach - min(piece.left for piece in side)
    drawn = sorted(piece.order for piece in other)
    return sum(
        above.baseline - below.baseline <= 2 * below.size
        and reach - above.right <= 0.35 * width
        and len(above.text.split()) >= MIN_WORDS
        and below.text.lstrip()[:1].islower()
        and any(above.order < order < below.order for order in drawn)
        for above, below in pairwise(side)
    )


def _read(rows: list[list[Run]], edge: float) -> Iterator[str]:
    """What crosses the gutter stays where it is; what is between two such lines is read left, then right."""
    left: list[str] = []
    right: list[str] = []
    for row in rows:
        if any(_crosses(run, edge) for run in row):
            yield from (*left, *right, _piece(row).text)
            left, right = [], []
            continue
        for side, runs in (
            (left, [run for run in row if run.area[0] < edge]),
            (right, [run for run in row if run.area[0] >= edge]),
        ):
            if runs:
                side.append(_piece(runs).text)
    yield from (*left, *right)


def _piece(runs: list[Run]) -> Piece:
    """Runs of one line, from left to right."""
    first = runs[0]
    text = "".join(_spaced(runs))
    right = max(run.area[2] for run in runs)
    return Piece(text, first.area[0], right, first.area[1], first.size, min(run.number for run in runs))


def _spaced(runs: Iterable[Run]) -> Iterator[str]:
    end, last = float("inf"), " "
    for run in runs:
        if run.area[0] - end > 0.15 * run.size and last != " ":
            yield " "
        yield run.text
        end, last = run.area[2], run.text[-1:]
