"""Years of experience: the union of dated ranges in a CV, overlaps counted once, education left out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cveval_evaluate.local.sections import sections

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = rf"(?:({_MONTH})\s{{0,3}},?\s{{0,3}}|(\d{{1,2}})\s?[/.]\s?)?((?:19|20)\d\d)"
_RANGE = re.compile(
    rf"{_DATE}\s{{0,3}}(?:-|–|—|to|until|till)\s{{0,3}}(?:{_DATE}|(present|now|current|today|ongoing|date))\b",
    re.IGNORECASE,
)
_SINCE = re.compile(rf"\bsince\s{{1,3}}{_DATE}", re.IGNORECASE)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_ASKED = re.compile(
    # "the past 10 years" is history, "10 years of experience" is a demand
    r"\b(\d{1,2})\s?\+?\s?(?:(?:-|–|to)\s?\d{1,2}\s?\+?\s?)?(?:years?|yrs)['’]?\s{1,3}"
    r"(?:of|in|as|with|working|professional|relevant|related|industry|hands-on|experience)\b",
    re.IGNORECASE,
)
FIRST_YEAR = 1960
MOST_ASKED = 20


@dataclass(frozen=True, slots=True)
class Experience:
    """`months` in all; the lines that say so."""

    months: int
    lines: tuple[str, ...]

    @property
    def years(self) -> float:
        return round(self.months / 12, 1)


def experience(cv: str, as_of: date | None) -> Experience:
    """Add up the dated ranges outside of education.

    "present" is `as_of`, the day the CV was uploaded: never today's clock, so that the same input rates the same for ever. Without
    it, it is the end of the latest year that the CV mentions.
    """
    lines = cv.splitlines()
    present = _month_number(as_of.year, as_of.month) if as_of else _latest_year(cv) * 12 + 12
    spans: list[tuple[int, int]] = []
    dated: list[str] = []
    for line, section in zip(lines, sections(lines), strict=True):
        if section == "education":
            continue
        found = list(_spans(line, present))
        if found:
            spans += found
            dated.append(line.strip())
    return Experience(_union(spans), tuple(dated))


def years_asked(job_description: str) -> int | None:
    """The most years of experience that a job asks for; None when it names none."""
    asked = [int(match[1]) for match in _ASKED.finditer(job_description)]
    sane = [years for years in asked if 0 < years <= MOST_ASKED]
    return max(sane) if sane else None


def _latest_year(cv: str) -> int:
    return max((int(year) for year in _YEAR.findall(cv)), default=FIRST_YEAR)


def _spans(line: str, present: int) -> Iterable[tuple[int, int]]:
    for match in _RANGE.finditer(line):
        start = _month(match[1], match[2], match[3], first=True)
        end = present if match[7] else _month(match[4], match[5], match[6], first=False)
        if FIRST_YEAR * 12 <= start < min(end, present):
            yield start, min(end, present)
    for match in _SINCE.finditer(line):
        start = _month(match[1], match[2], match[3], first=True)
        if FIRST_YEAR * 12 <= start < present:
            yield start, present


def _month(name: str | None, number: str | None, year: str, *, first: bool) -> int:
    """Months since year 0, the end exclusive. A year alone begins in January and ends at its beginning: `2018-2020` is two years."""
    if name:
        month = MONTHS.index(name[:3].lower()) + 1
    elif number and 1 <= int(number) <= 12:
        month = int(number)
    else:
        return int(year) * 12
    return int(year) * 12 + month - (1 if first else 0)


def _month_number(year: int, month: int) -> int:
    return year * 12 + month


def _union(spans: list[tuple[int, int]]) -> int:
    """Months covered by at least one span."""
    covered, reached = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
