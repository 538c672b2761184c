"""Two columns that are drawn row by row: told from tables and dates at the edge, and read one after the other.

A gutter is a vertical strip that no run crosses on most lines. A gutter alone proves nothing: a table of skills and a list of jobs with
dates at the right have one, and are read rightly row by row. What proves columns is something of one side that goes on in its
next line, while between the two the stream drew something of the other side. It is told by one of five signs: a sentence that
ends only there; lines beside statements with bullets; a list under a heading of its own; lines at other heights than
those of the other side, which no row of a table has; sections of a CV with their headings on both sides. Sections on one side alone,
or one on each that begin in the same line, as a table's columns do, leave it in doubt.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from cveval_submit.extraction.visibility import Run

GUTTER = 6.0
"""Points, at least."""
UNCROSSED = 0.6
"""The share of lines that a gutter must part, or leave alone."""
MIN_BROKEN = 3
"""So many sentences, lists or lines must be broken by the other side …"""
MIN_BROKEN_SHARE = 0.1
"""… and on so many of the lines that the other side shares."""
MIN_WORDS = 3
"""A line with fewer is an item or a label, even if the next begins small."""
OFFSET = 0.15
"""Of the letters' size: lines of one row of a table do not differ more in height."""
_CANDIDATES = 12
_SECTION = re.compile(
    # Of a CV; what may as well be the label of a table's row (tools, databases) is not among them.
    r"\s*(?:about me|profile|summary|contact(?: details)?|personal details|(?:technical |key )?skills|languages|"
    r"(?:work |professional )?experience|(?:employment|work)(?: history)?|career|education|certifications|certificates|courses|"
    r"training|awards|publications|projects|volunteering|interests|hobbies|references)\s*:?\s*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*[•‣▪▫◦●○■□►▶➢➤✓✔·∙*\x7f\uf0b7\uf0a7–-](?:\s|$)")


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands on one line, or on one side of a gutter. `order`: where the stream draws it."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    order: int
    font: str

    @property
    def has_bullet(self) -> bool:
        return _BULLET.match(self.text) is not None

    @property
    def is_section(self) -> bool:
        """Whether it is the heading of a section, and nothing else."""
        return _SECTION.fullmatch(self.text) is not None

    @property
    def words(self) -> int:
        """Those with a letter or a digit."""
        return sum(any(map(str.isalnum, word)) for word in self.text.split())


@dataclass(frozen=True, slots=True)
class Break:
    """A line and the next below it, and what the stream drew of the other side between the two."""

    above: Piece
    below: Piece
    between: list[Piece]


class Order(NamedTuple):
    """How a page is to be read."""

    text: str | None
    """Column by column; None where the order of the stream is right, or nobody knows better."""
    is_doubtful: bool
    """Two columns may be read row by row."""


def by_column(runs: Sequence[Run]) -> Order:
    """Find two columns that are drawn row by row, or something that looks like them."""
    if len(runs) < 2 * MIN_BROKEN or not all(run.is_upright for run in runs):
        return Order(None, is_doubtful=False)
    rows = _rows(runs)
    is_doubtful = False
    for edge in _gutters(rows):
        sides = [_side(rows, edge, is_right=is_right) for is_right in (False, True)]
        if not all(len(side) >= MIN_BROKEN and _is_text(side) for side in sides):
            continue
        breaks = [_breaks(*pair) for pair in (sides, sides[::-1])]
        sections = [_sections(found) for found in breaks]
        broken = [[section.above for section in side if section.between] for side in sections]
        has_several = max(map(len, broken)) > 1
        if _is_proved(sides, breaks) or (all(sections) and has_several) or _begin_apart(*broken):
            return Order("\n".join(_read(rows, edge)), is_doubtful=False)
        is_doubtful |= has_several or all(broken)
    return Order(None, is_doubtful)


def _rows(runs: Sequence[Run]) -> list[list[Run]]:
    """The lines of the page from top to bottom, each from left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.area[1]):
        if rows and rows[-1][0].area[1] - run.area[1] <= 0.4 * min(run.size, rows[-1][0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_with_bullets(sorted(row, key=lambda run: run.area[0])) for row in rows]


def _with_bullets(row: list[Run]) -> list[Run]:
    """A bullet that is drawn by itself belongs to what follows: between the two is no gutter."""
    found: list[Run] = []
    for run in row:
        last = found[-1] if found else None
        if last is not None and last.text.strip() and _BULLET.fullmatch(last.text.strip()):
            area = (last.area[0], run.area[1], run.area[2], run.area[3])
            number = min(last.number, run.number)
            found[-1] = replace(run, number=number, text=f"{last.text.strip()} {run.text}", area=area)
        else:
            found.append(run)
    return found


def _gutters(rows: list[list[Run]]) -> Iterator[float]:
    """Where the left edge of a right column may be."""
    starts = Counter(round(run.area[0]) for row in rows for run in row)
    for start, _ in starts.most_common(_CANDIDATES):
        edge = start - 1.0
        crossed = sum(any(_crosses(run, edge) for run in row) for row in rows)
        if crossed <= (1 - UNCROSSED) * len(rows):
            yield edge


def _crosses(run: Run, edge: float) -> bool:
    return run.area[0] < edge and run.area[2] > edge - GUTTER


def _is_proved(sides: list[list[Piece]], breaks: list[list[Break]]) -> bool:
    proofs = (
        sum(_sentences(found, side) for found, side in zip(breaks, sides, strict=True)),
        sum(_items(found) for found in breaks),
        max(_longest_list(found, *pair) for found, pair in zip(breaks, (sides, sides[::-1]), strict=True)),
        min(map(_offset, breaks)),
    )
    return max(proofs) >= max(MIN_BROKEN, MIN_BROKEN_SHARE * min(map(len, sides)))


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


def _breaks(side: list[Piece], other: list[Piece]) -> list[Break]:
    drawn = sorted(other, key=lambda piece: piece.order)
    orders = [piece.order for piece in drawn]
    return [
        Break(above, below, drawn[bisect(orders, above.order) : bisect(orders, below.order)])
        for above, below in pairwise(side)
        if above.baseline - below.baseline <= 2 * below.size
    ]


def _sentences(breaks: list[Break], side: list[Piece]) -> int:
    """How many go on below, from a line that is full."""
    reach = max(piece.right for piece in side)
    width = reach - min(piece.left for piece in side)
    return sum(
        bool(found.between)
        and reach - found.above.right <= 0.35 * width
        and len(found.above.text.split()) >= MIN_WORDS
        and found.below.text.lstrip()[:1].islower()
        for found in breaks
    )


def _items(breaks: list[Break]) -> int:
    """How many lines stand beside statements with bullets."""
    return sum(
        any(piece.has_bullet and piece.words > MIN_WORDS for piece in found.between) for found in breaks
    )


def _longest_list(breaks: list[Break], side: list[Piece], other: list[Piece]) -> int:
    """Its items. The first line of a table may be set like a heading, too, but then so it is on both sides."""
    body, beside = _body(side), _body(other)
    longest = length = 0
    last: Piece | None = None
    for found in breaks:
        is_item = bool(found.between) and _look(found.below) == body
        if is_item and _look(found.above) != body:
            length = int(any(_is_level(piece, found.above) and _look(piece) == beside for piece in other))
        elif is_item and length and found.above is last:
            length += 1
        else:
            length = 0
        longest, last = max(longest, length), found.below
    return longest


def _sections(breaks: list[Break]) -> list[Break]:
    """Below the headings of sections that have something on their side; dates alone may belong to what is beside them."""
    return [
        found
        for found in breaks
        if found.above.is_section and not found.below.is_section and not _is_date(found.below)
    ]


def _is_date(piece: Piece) -> bool:
    return sum(map(str.isalpha, piece.text)) <= sum(map(str.isdigit, piece.text))


def _begin_apart(left: list[Piece], right: list[Piece]) -> bool:
    """Sections on both sides, and not only one on each in the same line, which may be the columns of a table."""
    return bool(left and right) and not (len(left) == len(right) == 1 and _is_level(left[0], right[0]))


def _is_level(one: Piece, other: Piece) -> bool:
    return abs(one.baseline - other.baseline) <= OFFSET * other.size


def _body(side: list[Piece]) -> tuple[str, int]:
    """The look of most lines."""
    return Counter(map(_look, side)).most_common(1)[0][0]


def _look(piece: Piece) -> tuple[str, int]:
    return piece.font, round(piece.size)


def _offset(breaks: list[Break]) -> int:
    """How many lines have one of the other side at a height between their own and the next."""
    return sum(
        any(
            min(found.above.baseline - piece.baseline, piece.baseline - found.below.baseline)
            > OFFSET * piece.size
            for piece in found.between
        )
        for found in breaks
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
    order = min(run.number for run in runs)
    return Piece(text, first.area[0], right, first.area[1], first.size, order, first.font)


def _spaced(runs: Iterable[Run]) -> Iterator[str]:
    end, last = float("inf"), " "
    for run in runs:
        if run.area[0] - end > 0.15 * run.size and last != " ":
            yield " "
        yield run.text
        end, last = run.area[2], run.text[-1:]
