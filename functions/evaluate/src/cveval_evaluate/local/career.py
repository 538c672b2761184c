"""A CV in blocks: each dated position with what is told of it, and the rest by section."""

from dataclasses import dataclass, replace
from datetime import date

from cveval_evaluate.local.dates import FIRST_YEAR, YEAR, Span, month_number, spans
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.text import Sentence, sentences

MOST_TITLE_LINES = 2
LONGEST_TITLE_LINE = 100
_BULLETS = "•●▪◦*-–—·>\uf0b7"


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of a CV. One that has `spans` is a position (education has none)."""

    section: str
    spans: tuple[Span, ...]
    head: tuple[Sentence, ...]
    """Of a position: the lines with its dates and its title."""
    sentences: tuple[Sentence, ...]


def blocks(cv: str, as_of: date | None) -> list[Block]:
    """Cut a CV at its headings and before each dated position, whose title may stand up to two lines above its dates.

    "present" is `as_of`, the day the CV was uploaded: never today's clock, so that the same input rates the same for ever. Without
    it, it is the end of the latest year that the CV mentions.
    """
    lines = cv.splitlines(keepends=True)
    present = month_number(as_of.year, as_of.month) if as_of else _latest_year(cv) * 12 + 12
    found: list[Block] = []
    section, first = "", 0
    ranges: list[Span] = []
    head_end = 0

    def close(end: int) -> None:
        if end > first:
            head_at = head_end if ranges else first
            head = sentences("".join(lines[first:head_at]))
            told = sentences("".join(lines[head_at:end]))
            found.append(Block(section, tuple(ranges), tuple(head), (*head, *told)))

    for number, line in enumerate(lines):
        opened = heading(line)
        if opened is not None:
            close(number)
            section, first, ranges = opened, number, []
        elif section != "education" and (here := list(spans(line, present))):
            start = _title_of(lines, number, after=head_end if ranges else first)
            close(start)
            first, ranges, head_end = start, here, number + 1
    close(len(lines))
    return _at_work(found)


def _at_work(found: list[Block]) -> list[Block]:
    """Where positions have a section of their own, dates elsewhere (a membership, a hobby) are no positions."""
    if not any(block.spans and block.section == "experience" for block in found):
        return found
    return [b if b.section in ("experience", "") else replace(b, spans=(), head=()) for b in found]


def _title_of(lines: list[str], number: int, after: int) -> int:
    """The first line of a position: its dates, or a title just above them."""
    start = number
    while start > after and number - start < MOST_TITLE_LINES:
        line = lines[start - 1].strip()
        if (
            not line
            or len(line) > LONGEST_TITLE_LINE
            or line[0] in _BULLETS
            or line[0].islower()
            or line[-1] in ".;:"
            or heading(line) is not None
        ):
            break
        start -= 1
    return start


def _latest_year(cv: str) -> int:
    return max((int(year) for year in YEAR.findall(cv)), default=FIRST_YEAR)
