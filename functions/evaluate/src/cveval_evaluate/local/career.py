"""A CV in blocks: each dated position with what is told of it, and the rest by section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from cveval_evaluate.local.achievements import has_action
from cveval_evaluate.local.dates import (
    YEAR,
    Dated,
    Span,
    dated,
    goes_on,
    lone,
    lowered,
    may_be_dated,
    month_number,
)
from cveval_evaluate.local.function_words import STOPWORDS
from cveval_evaluate.local.names import is_role
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.text import SHORTEST_WRAPPED, Reading, Sentence, goes_on_after, sentences, words

MOST_TITLE_LINES = 2
LONGEST_TITLE_LINE = 100
NO_YEAR = 1900
"""Of a CV that mentions none."""
_BULLETS = "•●▪◦*-–—·>\uf0b7"
_ENDS = re.compile(r"(?<=[.;!?])\s+(?=\S)|\s(?=[•●▪◦\uf0b7])")
"""Where another position may begin within a long line."""
_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]++)\s*$")
_NEXT_WORD = re.compile(r"\s*([^\W\d_]+)")
_AND = re.compile(r"\W*(?:(?:and|und|et|again|from)\W+)*")
_MAY_PRECEDE = frozenset({"from", "between", "again", "i"})
_MAY_FOLLOW = frozenset({"at", "as", "with", "i", "for"})
_PAST = re.compile(
    r"\W*(?:\w+ed|led|built|rebuilt|ran|wrote|rewrote|won|grew|cut|taught|sold|drove|kept|found|sped|shrank|brought|oversaw)\b"
)
_EMPLOYED = re.compile(
    r"\b(?:work(?:ed|ing)?|employed|served|interned|freelanced) (?:as|at|for|in|with|there|from)\b"
)
_AWAY = re.compile(
    r"\b(?:gap(?: year)?|(?:career|family) break|(?:parental|maternity|paternity|sick|family|unpaid) leave|sabbatical|unemployed|elternzeit)\b"
)
_DEGREE = re.compile(
    r"\b(?:bachelor|master(?:['’]?s)? (?:of|in|degree|thesis)|b\.?\s?sc|m\.?\s?sc|b\.?a\.|m\.?a\.|b\.?eng|m\.?eng|mba|llb|llm|ph\.?\s?d|diploma|"
    r"degree|gcses?|a-levels?|abitur|baccalaur\w+|licence|licenciatura|laurea|sarjana|undergraduate|high school|secondary school|"
    r"studies|studied|studium|student of|exchange student)\b|学士|硕士|修士|博士|本科|학사|석사"
)
_DEGREE_IN_CAPITALS = re.compile(
    r"\b(?:B[AS]|M[AS]|BN)(?: \((?:Hons|Honours)\))?(?: in)? [A-Z]|\b(?:PGCE|PGDip|HN[CD]|BTEC|NVQ|BEd|MEd|BSN)\b"
)
"""As they are written: a BA at a firm is a business analyst."""
_OF_STUDENTS = re.compile(
    # whoever is named so studies, and what is named so is done by who does
    r"\b(?:students?|pupils?|apprentic\w+|trainees?|thes[ie]s|dissertation|coursework|bootcamp|nanodegree|capstone|semester|hackathon|erasmus|exchange|"
    r"scholar\w*|fellow\w*|doctora\w+|certifi\w+|teaching assistant|tutor|volunt\w+)\b"
)
_OF_STUDIES = (
    "school university universidad universität université college academy institute institut faculty hochschule fachhochschule polytechnic course courses "
    "module modules project projects programme program seminar workshop training diplom degree class exam exams licence license award prize "
    "competition contest club society association union council team year abroad"
)
_STUDIES = frozenset(_OF_STUDIES.split())
"""Where no role follows them: a project manager and a school nurse work."""
_NO_ROLES = frozenset(["engineering", "senior", "junior", "principal", "staff", "professional", "graduate"])
"""What may stand in the name of a study as well ("Computer Engineering", "junior year")."""
_FIRM = re.compile(r"\b(?:ltd|limited|gmbh|inc|llc|plc|corp|corporation|company|bank)\b")
_PART = re.compile(r"[,;:|•·()\t\n]|\s[-–—/]\s|\s{3,}|\b(?:at|for|with|in)\b")


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of a CV. One that has `spans` is a position (education has none)."""

    section: str
    spans: tuple[Span, ...]
    head: tuple[Sentence, ...]
    """Of a position: the lines with its dates and its title."""
    sentences: tuple[Sentence, ...]
    implausible: tuple[str, ...] = ()
    """Ranges that do not count: begun over fifty years ago, still to come, or ended before they began."""


def blocks(cv: str, as_of: date | None, reading: Reading | None = None) -> list[Block]:
    """Cut a CV at its headings and before each dated position, whose title may stand up to two lines above its dates.

    "present" is `as_of`, the day the CV was uploaded: never today's clock, so that the same input rates the same for ever. Without
    it, it is the end of the latest year that the CV mentions. `reading` is that of the CV, if it was read already.
    """
    lines = [*_lines(cv)]
    present = month_number(as_of.year, as_of.month) if as_of else _latest_year(cv) * 12 + 12
    read = _Lines(lines, [0, *accumulate([len(line.split()) for line in lines])], reading or Reading(cv))
    found: list[Block] = []
    studied: list[Span] = []
    section, first = "", 0
    position: _Position | None = None

    def close(end: int) -> None:
        if end > first:
            block = _block(read, first, end, section, position)
            found.append(block)
            if position and block.section == "education" and not block.spans:
                studied.extend(position.spans)

    for number, line in enumerate(lines):
        opened = heading(line)
        if opened is not None:
            close(number)
            section, first, position = opened, number, None
        elif (
            (position is None or number >= position.head_end)
            and may_be_dated(line)
            and (here := _position(lines, number, section, position, present))
        ):
            start = _title_of(lines, number, section, after=position.head_end if position else first)
            close(start)
            first, position = start, here
    close(len(lines))
    return _at_work(found, studied)


@dataclass(frozen=True, slots=True)
class _Position:
    spans: tuple[Span, ...]
    implausible: tuple[str, ...]
    head_end: int
    """The line after its dates."""
    in_bullet: bool


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a CV that was read, and how many pieces of it stand before each."""

    lines: list[str]
    before: list[int]
    reading: Reading

    def text(self, first: int, end: int) -> str:
        return "".join(self.lines[first:end])

    def sentences(self, first: int, end: int) -> list[Sentence]:
        return sentences(self.text(first, end), self.reading, self.before[first])


def _lines(cv: str) -> Iterator[str]:
    """Lines; of a long one that tells of years, its sentences: a whole CV may stand in one line."""
    for line in cv.splitlines(keepends=True):
        if len(line) <= LONGEST_TITLE_LINE or not YEAR.search(line):
            yield line
            continue
        reached = 0
        for end in _ENDS.finditer(line):
            if line[end.start() - 1] == "." and goes_on_after(line, end.start() - 1):
                continue
            yield line[reached : end.end()]
            reached = end.end()
        yield line[reached:]


def _position(
    lines: list[str], number: int, section: str, current: _Position | None, present: int
) -> _Position | None:
    """The ranges of a line that reads like the heading of a position, if it does."""
    line, head_end = lines[number], number + 1
    while head_end < len(lines) and goes_on(line, lines[head_end]):
        line, head_end = f"{line.rstrip()} {lines[head_end]}", head_end + 1
    lower = lowered(line)
    in_bullet = line.lstrip()[:1] in tuple(_BULLETS)
    above = lines[number - 1] if number else ""
    ranges = dated(lower, present)
    if ranges and not _EMPLOYED.search(lower):
        ranges = [
            found
            for group in _together(lower, ranges)
            if _is_of_a_heading(line, lower, group[0]._replace(ends_at=group[-1].ends_at), above)
            for found in group
        ]
    if not ranges and section == "experience" and not in_bullet and _stands_apart(lines, number):
        alone = lone(lower, present)
        ranges = [alone] if alone and _is_of_a_heading(line, lower, alone, "") else []
    if not ranges or (in_bullet and current and not current.in_bullet and not _leads(lower, ranges[0])):
        return None
    return _Position(
        tuple((r.start, r.end) for r in ranges if r.is_plausible(present)),
        tuple(line[r.begins_at : r.ends_at].strip() for r in ranges if not r.is_plausible(present)),
        head_end,
        in_bullet,
    )


def _together(lower: str, ranges: list[Dated]) -> list[list[Dated]]:
    """Ranges with nothing between them but an "and" belong together."""
    groups: list[list[Dated]] = []
    for found in ranges:
        if groups and _AND.fullmatch(lower, groups[-1][-1].ends_at, found.begins_at):
            groups[-1].append(found)
        else:
            groups.append([found])
    return groups


def _is_of_a_heading(line: str, lower: str, found: Dated, above: str) -> bool:
    """Is it the time of a position, and not of what is told of one ("customer data of 2000 – 2020", "(2015–2019 archive)")?"""
    if found.begins_at > LONGEST_TITLE_LINE:
        return False
    before = lower[: found.begins_at].rstrip()
    if not before.strip(_BULLETS) and len(above) >= SHORTEST_WRAPPED:
        before = above[-LONGEST_TITLE_LINE:].rstrip().lower()
    last, following = _LAST_WORD.search(before), _NEXT_WORD.match(lower, found.ends_at)
    if last and last[1] in STOPWORDS - _MAY_PRECEDE:
        return False
    if (
        following
        and line[following.start(1)].islower()
        and following[1] not in _MAY_FOLLOW
        and (before.endswith("(") or not _leads(lower, found) or following[1] in STOPWORDS)
    ):  # "2019–2021 data engineer" is one, "2012 to 2019 version" and "2015 – 2019 to the cloud" are not
        return False
    return not (_PAST.match(before) and any(map(has_action, sentences(before))))


def _leads(lower: str, found: Dated) -> bool:
    """Does a line begin with this range?"""
    return found.begins_at <= LONGEST_TITLE_LINE and not lower[: found.begins_at].strip(_BULLETS + " \t(")


def _stands_apart(lines: list[str], number: int) -> bool:
    """Is there nothing, a blank line or a heading above it and its title?"""
    return any(
        place < 0 or not lines[place].strip() or heading(lines[place]) is not None
        for place in range(number - 1, number - MOST_TITLE_LINES - 2, -1)
    )


def _block(cv: _Lines, first: int, end: int, section: str, position: _Position | None) -> Block:
    head_end = position.head_end if position else first
    in_head = cv.sentences(first, head_end)
    all_told = (*in_head, *cv.sentences(head_end, end))
    if position is None:
        return Block(section, (), (), all_told)
    head = cv.text(first, head_end)
    if (
        not _is_work(cv, first, head_end, end)
        if section == "education"
        else _is_education(head if words(head) else cv.text(first, head_end + 1))
    ):
        return Block("education", (), (), all_told)
    if _AWAY.search(head.lower()):
        return Block("other", (), (), all_told)
    return Block(section, position.spans, tuple(in_head), all_told, position.implausible)


def _is_education(head: str) -> bool:
    """A degree without a role: who lectures for one works."""
    has_degree = _DEGREE.search(head.lower()) or _DEGREE_IN_CAPITALS.search(head)
    # Nursing and engineering are subjects.
    return bool(has_degree) and not any(is_role(word) for word in words(head) if not word.endswith("ing"))


def _is_work(cv: _Lines, first: int, head_end: int, end: int) -> bool:
    """Of what is dated below a heading of education: does it name a role or a firm and no study, and tell below what was done?

    A career may follow there without a heading of its own, where a side bar is read first or headings are pictures.
    """
    title_end = head_end
    while title_end < min(head_end + MOST_TITLE_LINES, end) and not _is_told(cv, title_end):
        title_end += 1
    title = cv.text(first, title_end).lower()
    if _DEGREE.search(title) or _OF_STUDENTS.search(title):
        return False
    is_at_work = bool(_FIRM.search(title))
    for part in _PART.split(title):
        named = words(part)
        roles = [place for place, word in enumerate(named, 1) if is_role(word) and word not in _NO_ROLES]
        is_at_work = is_at_work or bool(roles)
        if not _STUDIES.isdisjoint(named[max(roles, default=0) :]):
            return False
    return is_at_work and any(map(has_action, cv.sentences(head_end, end)))


def _is_told(cv: _Lines, number: int) -> bool:
    """Does a line tell what was done, and not where and as what?"""
    return cv.lines[number].lstrip()[:1] in tuple(_BULLETS) or any(
        map(has_action, cv.sentences(number, number + 1))
    )


def _at_work(found: list[Block], studied: list[Span]) -> list[Block]:
    """Where positions have a section of their own, dates elsewhere (a membership, a hobby) are no positions.

    Where they have none, those below a heading of education are, but for what was done within the time of a study.
    """
    has_section = any(block.spans and block.section == "experience" for block in found)

    def counts(block: Block) -> bool:
        if block.section == "education":
            return not has_section and not any(
                start <= first and last <= end for start, end in studied for first, last in block.spans
            )
        return not has_section or block.section in ("experience", "")

    return [
        replace(block, spans=(), head=(), implausible=())
        if not counts(block)
        else replace(block, section="")
        if block.spans and block.section == "education"
        else block
        for block in found
    ]


def _title_of(lines: list[str], number: int, section: str, after: int) -> int:
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
            or (section == "education" and YEAR.search(line))
        ):
            break
        start -= 1
    return start


def _latest_year(cv: str) -> int:
    return max((int(year) for year in YEAR.findall(cv)), default=NO_YEAR)
