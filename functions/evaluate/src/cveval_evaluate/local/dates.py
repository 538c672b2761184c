"""Dated ranges in a line, in the ways and languages in which CVs write them.

No library: those that read dates in many languages (dateparser and the like) know no ranges, shared years or open ends, take
milliseconds a line where the whole scoring has two, and guess at what is no date.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cveval_evaluate.local.text import in_small_letters

LONGEST_CAREER = 50 * 12
"""Months: what began earlier, or has not begun yet, or ended before it began, is a slip or no position."""
BEFORE_A_YEAR = 40
"""Characters: no way of writing the beginning of a range up to its first year is longer."""
_NAMES = {
    # English, German, French, Spanish, Italian, Portuguese, Dutch, Indonesian, Turkish
    1: "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari ocak",
    2: "february feb februar février févr fév fevrier febrero febbraio fevereiro fev februari pebruari şubat",
    3: "march mar märz mär mrz mars marzo março maart mrt maret mart",
    4: "april apr avril avr abril abr aprile nisan",
    5: "may mai mayo maggio mag maio mei mayıs",
    6: "june jun juni juin junio giugno giu junho haziran",
    7: "july jul juli juillet juil julio luglio lug julho temmuz",
    8: "august aug août aout agosto ago augustus agustus agu ağustos",
    9: "september sept sep septembre septiembre settembre set setembro eylül",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out ekim",
    11: "november nov novembre noviembre novembro kasım",
    12: "december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro desember des aralık",
}
_MONTHS = {name: number for number, names in _NAMES.items() for name in names.split()}
_PARTS = {
    # first and last month of parts of a year; a winter ends in the next
    "early": (1, 4),
    "mid": (5, 8),
    "late": (9, 12),
    "spring": (3, 5),
    "summer": (6, 8),
    "sommer": (6, 8),
    "autumn": (9, 11),
    "fall": (9, 11),
    "herbst": (9, 11),
    "winter": (12, 14),
    **{f"q{n}": (3 * n - 2, 3 * n) for n in range(1, 5)},
}
_MONTH = "|".join(sorted(_MONTHS, key=lambda name: (-len(name), name)))
_PART = "|".join(_PARTS)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th|\.)?\s)?"
_OF_A_YEAR = rf"(?:{_DAY}\b(?:{_MONTH})\b\.?|\b(?:{_PART})\b)"
_FULL = (
    rf"(?:{_OF_A_YEAR}(?:\s\d{{1,2}}(?:st|nd|rd|th)?(?=,?\s))?[,/-]?\s{{0,3}}(?:de\s|of\s)?|"
    rf"(?<![\d.,])(?:\d{{1,2}}[./-])?\d{{1,2}}(?:\s?[/.]\s?|-))?(?<!\d){_YEAR}"
    r"(?:[-/.](?:0[1-9]|1[0-2])(?!\d)(?:[-/.]\d{2}(?!\d)|(?![-/.]\d))|/(?:00|1[3-9]|[2-9]\d)(?![\d/])|[\s/-]{0,2}q[1-4]\b)?(?!\d)"
)
_SHORT = (
    rf"(?:\b(?:{_MONTH})\b\.?[\s/-]{{0,2}}['’]?|(?<![\d./])(?:(?:\d{{1,2}}\.)?(?:0[1-9]|1[0-2])\.|(?:0?[1-9]|1[0-2])/)['’]?|(?<![^\W_])['’])"
    r"\d\d(?![\d%/]|[.,]\d)"
)
"""With a year of two digits."""
_SHARED = rf"{_OF_A_YEAR}(?:\s\d{{1,2}}(?:st|nd|rd|th)?)?|(?<![\d./])(?:\d\d\.)?(?:0[1-9]|1[0-2])\.?(?=\s{{0,2}}[-–])"
"""Of the year that follows: `Jan – Jun 2019`."""
_PRESENT = (
    r"(?:(?:to|the|until|till|up to)\s)?(?:(?:present|current|this)(?: day| time)|present|now|current(?:ly)?|today|ongoing|date|heute|jetzt|aktuell|présent|"
    r"aujourd['’]hui|actualidad|actual(?:mente)?|presente|oggi|attuale|atual(?:mente)?|heden|sekarang|saat ini|bugün|halen|nu)\b|"
    r"至今|現在|现在|현재"
)
_TO = r"(?:[-–—]>|→|➔|⇒|-|–|—|−|~|～|〜|至|到|から|부터|to|until|till|through|thru|bis|à|al?|hasta|até|tot|s/d|sampai|hingga)"
_OPEN = r"(?:(?<=[-–—])(?=\s*(?:$|[)\],;|:]))|(?<=[-–—]\s\s)(?=\s+\S)|(?<=\d[–—])(?=\s\S))"
_FIRST_TWO = {name[:2] for name in (*_MONTHS, *_PARTS)}
_FIRST = "".join(sorted({letters[0] for letters in _FIRST_TWO}))
_MAY_BEGIN = rf"(?<![^\W\d_])(?=[\d'’{_FIRST}])(?=[\d'’]|{'|'.join(sorted(_FIRST_TWO))})"
"""Makes the search five times as fast."""
_RANGE = re.compile(
    rf"{_MAY_BEGIN}(?P<first>{_FULL}|{_SHORT}|{_SHARED})\s{{0,3}}{_TO}"
    rf"(?:\s{{0,3}}(?:(?P<last>{_FULL}|{_SHORT})|(?P<years>\d\d)(?![\d./%,-])|(?:{_PRESENT})|[(\[](?:{_PRESENT})[)\]])|\s{{0,2}}{_OPEN})"
)
_FROM = re.compile(
    rf"\b(?:since|seit|depuis|desde|sejak)\s{{1,3}}({_FULL}|{_SHORT})|\b(?:from\s)?({_FULL})\s(?:onwards?\b|to\s(?=$))"
)
_OPEN_WORDS = ("since", "seit", "depuis", "desde", "sejak", "onward")
_LONE = re.compile(rf"({_OF_A_YEAR}[,-]?\s{{0,3}}{_YEAR}|(?<![\d./-])(?:0?[1-9]|1[0-2])/{_YEAR})(?![\d/.-])")
_UNFINISHED = ("-", "–", "—", "→", ">", " to", " thru", " through", " until", " till", " bis")
_BEGINS_LINE = re.compile(rf"\W*(?:{_FULL}|{_SHORT}|{_PRESENT})")
_ENDS_BELOW = re.compile(rf"\s*{_TO}(?:\s*|\s{{1,3}}(?:{_FULL}|{_SHORT}|{_PRESENT})[\s)\],;|]*)")
_SEASON = re.compile(r"\d{4}/(?:00|1[3-9]|[2-9]\d)$")
"""A year that begins in one and ends in the next: `2018/19`."""
_TWO_DIGITS = re.compile(r"\d\d")
_FIRST_YEAR = re.compile(
    r"\d(?:(?:(?<=1)9|(?<=2)0)\d\d(?!\d)|(?<=['’/.]\d)\d(?!\d)|(?<=[^\W\d_][\s.-]\d)\d(?=\s{0,3}[-–—−~)]|\s{1,3}(?:to|until|till|bis)\s|\s*$))"
)
"""Looked for first, since the search for a whole range is slow; begins with a figure, which is quickly found."""
_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(?:度|(\d{1,2})\s?[月월](?:\s?\d{1,2}\s?[日일])?)?")
_DIGITS = re.compile(r"\d+")
_NAMED = re.compile(rf"\b(?:{_MONTH}|{_PART})\b")
_SHORT_YEAR = re.compile(r"\D\d\d$")
_WITH_DAY = re.compile(r"[^\W\d_]+\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}|\d\d\.\d\d\.\d{4}")
_ONLY_DAY = re.compile(r"[^\W\d_]+\.?\s\d\d|\d\d\.\d\d\.?")
YEAR = re.compile(r"[12](?<!\d\d)(?:(?<=1)9|(?<=2)0)\d\d(?!\d)")
"""Begins with its first figure, which is quickly found."""

Span = tuple[int, int]
"""Months since year 0, the end exclusive."""


class Dated(NamedTuple):
    """A range, and where in the line (in lower case, by `lowered`) it is written."""

    start: int
    end: int
    begins_at: int
    ends_at: int

    def is_plausible(self, present: int) -> bool:
        return max(0, present - LONGEST_CAREER) <= self.start <= min(self.end, present)


def may_be_dated(line: str) -> bool:
    return bool(_TWO_DIGITS.search(line))


def lowered(line: str) -> str:
    """In lower case and of the same length, with dates of East Asia in digits only where there are any.

    Patterns are searched in lower case, which is much faster than without regard to case.
    """
    line = in_small_letters(line)
    return _ASIAN.sub(_in_digits, line) if "年" in line or "년" in line else line


def _in_digits(date: re.Match[str]) -> str:
    return (f"{date[1]}-{int(date[2]):02}" if date[2] else date[1]).ljust(len(date[0]))


def dated(line: str, present: int) -> list[Dated]:
    """The ranges in a line in lower case; one that goes on ends at `present`, and so does one that ends later."""
    hint = _FIRST_YEAR.search(line)
    if hint is None:
        return []
    return [*_ranges(line, max(0, hint.start() - BEFORE_A_YEAR), present)]


def lone(line: str, present: int) -> Dated | None:
    """The one month, season or quarter of a line that has no range: `May 2024`."""
    found = _LONE.search(line) if YEAR.search(line) else None
    if found is None:
        return None
    point = _point(found[1], present)
    assert point.year is not None
    start = point.year * 12 + point.first - 1
    return Dated(start, min(point.year * 12 + point.last, max(start, present)), *found.span())


def goes_on(line: str, following: str) -> bool:
    """Does a range only begin in this line, and end at the beginning of the next or in the whole of it?"""
    line = line.rstrip()
    if line.endswith(_UNFINISHED):
        return bool(_BEGINS_LINE.match(lowered(following)))
    return (
        line[-1:].isdigit()
        and bool(_ENDS_BELOW.fullmatch(lowered(following)))
        and not _RANGE.search(lowered(line))
    )


def _ranges(line: str, start: int, present: int) -> Iterator[Dated]:
    for match in _RANGE.finditer(line, start):
        first, last = match["first"], match["last"]
        if last and _ONLY_DAY.fullmatch(first) and _WITH_DAY.fullmatch(last):  # 01.03. – 31.07.2018
            first = f"{first.rstrip('.')}.{last[-4:]}"
        begin = _point(first, present)
        if last:
            end = _end(last, present)
        elif match["years"]:  # 2015–16, 1998–02
            found = YEAR.search(first)
            if found is None:
                continue
            year = int(found[0][:2] + match["years"])
            end = _Point(year + 100 * (year < int(found[0])), 1, 0)
        else:
            end = _Point(present // 12, 1, present % 12)
        if begin.year is None and end.year is not None and end.last:
            begin = begin._replace(year=end.year - (begin.first > end.last))
        if begin.year is not None and end.year is not None:
            end_month = min(end.year * 12 + end.last, present)
            yield Dated(begin.year * 12 + begin.first - 1, end_month, *match.span())
    for match in _FROM.finditer(line, start) if _may_be_open(line) else ():
        begin = _point(match[1] or match[2], present)
        if begin.year is not None:
            yield Dated(begin.year * 12 + begin.first - 1, present, *match.span())


def _may_be_open(line: str) -> bool:
    return any(map(line.__contains__, _OPEN_WORDS)) or line.rstrip().endswith("to")


class _Point(NamedTuple):
    year: int | None
    first: int
    """Of its months."""
    last: int
    """A year alone begins in January and ends at its beginning, as 0: `2018-2020` is two years."""


def _point(date: str, present: int) -> _Point:
    year = YEAR.search(date)
    if year is not None:
        before, after, number = date[: year.start()], date[year.end() :], int(year[0])
    elif _SHORT_YEAR.search(date):
        before, after = date[:-2], ""
        number = int(date[-2:]) + present // 12 // 100 * 100
        number -= 100 * (number * 12 > present + 12)
    else:
        before, after, number = date, "", None
    named = _NAMED.search(date)
    if named:
        return _Point(number, *(_PARTS.get(named[0]) or (_MONTHS[named[0]],) * 2))
    numbers = [int(digits) for digits in _DIGITS.findall(before)[-1:] + _DIGITS.findall(after)[:1]]
    month = next((n for n in numbers if 1 <= n <= 12), None)
    return _Point(number, month or 1, month or 0)


def _end(date: str, present: int) -> _Point:
    end = _point(date, present)
    return end._replace(year=end.year + 1) if end.year is not None and _SEASON.search(date) else end


def month_number(year: int, month: int) -> int:
    return year * 12 + month


def union(ranges: list[Span]) -> int:
    """Months covered by at least one range."""
    covered, reached = 0, 0
    for start, end in sorted(ranges):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
