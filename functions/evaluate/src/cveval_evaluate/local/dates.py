"""Dated ranges in a line, in the ways and languages in which CVs write them."""

import re
from collections.abc import Iterator

FIRST_YEAR = 1960
BEFORE_A_YEAR = 30
"""Characters: no way of writing a day and a month is longer."""
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
_MONTH = "|".join(sorted(_MONTHS, key=lambda name: (-len(name), name)))
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:(?:\d{{1,2}}\.?\s)?\b(?:{_MONTH})\b\.?,?\s{{0,3}}(?:de\s|of\s)?|(?<![\d.,])(?:\d{{1,2}}[./])?\d{{1,2}}\s?[/.]\s?)?(?<!\d){_YEAR}"
    r"(?:[-/.](?:0[1-9]|1[0-2])(?!\d)(?:[-/.]\d{2}(?!\d))?)?(?!\d)"
)
_PRESENT = (
    r"present|now|current(?:ly)?|today|ongoing|date|heute|jetzt|aktuell|présent|aujourd['’]hui|actualidad|actual(?:mente)?|"
    r"presente|oggi|attuale|atual(?:mente)?|heden|sekarang|saat ini|bugün|halen|nu"
)
_RANGE = re.compile(
    rf"({_DATE})\s{{0,3}}(?:-|–|—|−|~|to|until|till|through|bis|à|al?|hasta|até|tot|s/d|sampai|hingga)\s{{0,3}}"
    rf"(?:({_DATE})|(?:(?:to|the|until|till|up to)\s)?(?:{_PRESENT})\b|(至今|現在|现在|현재)|(\d\d)(?![\d./%,-])|(?<=[-–—]\s\s)(?=\s+\S))"
)
_SINCE = re.compile(rf"\b(?:since|seit|depuis|desde|sejak)\s{{1,3}}({_DATE})")
_DIGITS = re.compile(r"\d+")
_NAMED = re.compile(rf"\b(?:{_MONTH})\b")
YEAR = re.compile(rf"(?<!\d){_YEAR}(?!\d)")

Span = tuple[int, int]
"""Months since year 0, the end exclusive."""


def spans(line: str, present: int) -> Iterator[Span]:
    """The ranges in a line; one that goes on ends at `present`."""
    year = YEAR.search(line)
    if year is None:
        return
    # Patterns are searched in lower case, which is much faster than without regard to case.
    line = line[max(0, year.start() - BEFORE_A_YEAR) :].lower()
    for match in _RANGE.finditer(line):
        start = _month(match[1], first=True)
        if match[2]:
            end = _month(match[2], first=False)
        elif match[4]:
            end = (int(YEAR.search(match[1])[0]) // 100 * 100 + int(match[4])) * 12  # type: ignore[index]
        else:
            end = present
        if FIRST_YEAR * 12 <= start < min(end, present):
            yield start, min(end, present)
    for match in _SINCE.finditer(line):
        start = _month(match[1], first=True)
        if FIRST_YEAR * 12 <= start < present:
            yield start, present


def _month(date: str, *, first: bool) -> int:
    """A year alone begins in January and ends at its beginning: `2018-2020` is two years."""
    year = YEAR.search(date)
    assert year is not None
    before, after = date[: year.start()], date[year.end() :]
    named = _NAMED.search(before)
    numbers = [int(number) for number in _DIGITS.findall(before)[-1:] + _DIGITS.findall(after)[:1]]
    month = _MONTHS[named[0]] if named else next((n for n in numbers if 1 <= n <= 12), None)
    if month is None:
        return int(year[0]) * 12
    return int(year[0]) * 12 + month - (1 if first else 0)


def month_number(year: int, month: int) -> int:
    return year * 12 + month


def union(ranges: list[Span]) -> int:
    """Months covered by at least one range."""
    covered, reached = 0, 0
    for start, end in sorted(ranges):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
