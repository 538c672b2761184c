"""Passages that were copied from what was asked: they say nothing of who pasted them, so they are cut out.

Three kinds are recognised: runs of six words, word for word; passages whose words stand near each other in the source as well,
though words were changed, put between or moved; and, in whatever order, more of the source's words than anybody has who tells of
their own work.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

from cveval_evaluate.local.function_words import WEIGHTLESS
from cveval_evaluate.local.text import CUT, WORD, Reading
from cveval_evaluate.local.tfidf import DIGITS

RUN = 6
FEWEST_RUNS = 3
"""So many runs of six words in common, one after another or apart, are no accident: a title or a degree has eight or ten words."""
LONGEST_OF_A_JOB, LONGEST_OF_A_BRIEF = 11, 17
"""Words in a row that a document may share with its source: more are a sentence that was copied. A report may put what was asked above its answer."""
NEAR = 5
"""Two words belong together in the source when no more than four words with content stand between them, in either order."""
WITHIN = 2
"""They do so in a document when at most one stands between them: a changed word, or one that was put in."""
MOST_BETWEEN = 2
FEWEST_IN_A_PASSAGE = 9
FEWEST_ALTERED = 40
"""Different words with content in one altered passage, and in all of them. Of the labelled CVs and reports none has more than 11; a good
report of four pages, which names each thing as its brief does, has 27, and an altered copy of a brief or a post a hundred or more."""
FEWEST_ALIKE = 20
"""Fewer words in common are nothing to speak of."""

MOST_LIKE_A_JOB, MOST_LIKE_A_BRIEF = 0.36, 0.49
"""How many different words with content a document and its source may have in common, divided by the geometric mean of how many each
has. Of the labelled CVs none has more than .25 with any post; of the reports, which must say what was asked, none more than .43."""
SHORTEST, SHORTER = 40, 2 / 3
"""A short source is answered point by point in its own words, as it should be. So the limit is at least (40 / n) ^ ⅔, where n is how many
different words the source has: with fewer than 40 there is none, with 100 it is .54, and from 186 on it is that of a long post. CVs
written for posts of a hundred words, which have about 50 different ones with content, reach .70."""
LONGEST = 3
"""Times the different words of the source: more words than that, of whatever, make a document no less like it."""
LEFT = 0.145
"""In a document with more in common the passages most like the source are cut until it is as like it as this, which is what a CV of
another occupation is."""
LONGEST_PASSAGE = 20
"""Words with content; a text without line or sentence ends is cut in pieces of so many."""

Run = tuple[str, ...]
_ONLY_ITS_WORDS = re.compile(rb"\x01\x01{%d,}" % (RUN - 1))
_END_OF_PASSAGE = re.compile(r"\n|[.!?;]\s")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that might be copied."""

    words: frozenset[str]
    """In lower case."""
    runs: frozenset[Run]
    """All runs of six words, whatever their case, punctuation and line breaks."""
    near: Mapping[str, frozenset[str]]
    """Stem → the stems that stand near it."""
    longest: int
    """How many words in a row a document may share with it."""
    most_alike: float
    """How like it a document may be."""


@dataclass(frozen=True, slots=True)
class Original:
    """What is left of a document without what it copies."""

    text: str
    reading: Reading
    """Of this text."""
    lower: tuple[str, ...]
    """The words of the whole document in lower case, the copied ones included."""
    copied_words: int

    @property
    def words(self) -> int:
        return len(self.lower)

    @property
    def share_copied(self) -> float:
        return self.copied_words / self.words if self.words else 0.0


def source_of(text: str, longest: int, most_alike: float) -> Source:
    """Read a text once, however many documents are compared with it.

    `longest` is how many words in a row these may share with it, `most_alike` how like it they may be, in [0, 1], if it is long.
    """
    reading = Reading(text)
    lower, stems = reading.lower, reading.content
    near: dict[str, set[str]] = {}
    for place, stem in enumerate(stems):
        for other in stems[place + 1 : place + 1 + NEAR]:
            if other != stem:
                near.setdefault(stem, set()).add(other)
                near.setdefault(other, set()).add(stem)
    return Source(
        words=frozenset(lower),
        runs=frozenset(zip(*(lower[offset:] for offset in range(RUN)), strict=False)),
        near={stem: frozenset(others) for stem, others in near.items()},
        longest=longest,
        most_alike=max(most_alike, (SHORTEST / len(near)) ** SHORTER) if near else most_alike,
    )


def without_copied(document: str, source: Source) -> Original:
    """Cut out every passage that is made of the source's words in the source's company, and more of its words than there may be.

    What is copied word for word makes nothing else a copy: neither the line beside it nor the rest of the document.
    """
    reading = Reading(document)
    lower, stems = reading.lower, reading.content
    different = set(stems)
    copied = _verbatim(lower, source)
    if not (
        copied or _altered(stems, different, source.near) or _alike(different, source) > source.most_alike
    ):
        return Original(document, reading, lower, 0)
    places = [place for place, word in enumerate(lower) if word not in WEIGHTLESS]
    verbatim = {number for number, place in enumerate(places) if place in copied}
    told = {stem for number, stem in enumerate(stems) if number not in verbatim}
    for first, last in _altered(stems, different, source.near, verbatim):
        copied.update(range(places[first], places[last] + 1))
    if _alike(told, source) > source.most_alike:
        copied.update(_in_any_order(document, stems, places, copied, source))
    kept, reached, was_copied = [], 0, False
    for index, word in enumerate(WORD.finditer(document)):
        if index in copied:
            if not was_copied:
                kept.append(document[reached : word.start()] + CUT)
            reached = word.end()
        was_copied = index in copied
    text = "".join(kept) + document[reached:]
    return Original(text, Reading(text), lower, len(copied))


def likeness(document: str, source: Source) -> float:
    """How many of a document's and its source's words are the same, whatever their order, in [0, 1]."""
    return _alike(set(Reading(document).content), source)


def _verbatim(lower: tuple[str, ...], source: Source) -> set[int]:
    """The places of words in runs of the source, if these make up at least three that do not overlap, or of those in a row that is too long."""
    are_its_words = bytes(map(source.words.__contains__, lower))
    starts = [
        start
        for found in _ONLY_ITS_WORDS.finditer(are_its_words)
        for start in range(found.start(), found.end() - RUN + 1)
        if lower[start : start + RUN] in source.runs
    ]
    if _apart(starts) < FEWEST_RUNS:
        starts = _in_long_rows(starts, source.longest)
    return {index for start in starts for index in range(start, start + RUN)}


def _in_long_rows(starts: Sequence[int], longest: int) -> list[int]:
    """The runs that follow each other word by word for more words than that."""
    rows = ([start for _, start in row] for _, row in groupby(enumerate(starts), lambda one: one[1] - one[0]))
    return [start for row in rows if len(row) + RUN - 1 > longest for start in row]


def _apart(starts: list[int]) -> int:
    """How many runs there are when none overlaps another."""
    count, reached = 0, 0
    for start in starts:
        if start >= reached:
            count, reached = count + 1, start + RUN
    return count


def _altered(
    stems: Sequence[str],
    different: AbstractSet[str],
    near: Mapping[str, frozenset[str]],
    verbatim: Collection[int] = frozenset(),
) -> list[tuple[int, int]]:
    """The first and last stem of each altered passage, if these have at least 40 different ones together.

    A passage has at least nine different stems that stand near each other in the source, too, with never more than two others between.
    It may go over stems that are copied word for word, but does not rest on them.
    """
    if len(near.keys() & different) < FEWEST_ALTERED:
        return []
    passages: list[list[int]] = [[]]
    for place in sorted(_in_company(stems, near, verbatim).union(verbatim)):
        if passages[-1] and place - passages[-1][-1] > MOST_BETWEEN + 1:
            passages.append([])
        passages[-1].append(place)
    own = [{stems[place] for place in passage if place not in verbatim} for passage in passages]
    altered = [(p, d) for p, d in zip(passages, own, strict=True) if len(d) >= FEWEST_IN_A_PASSAGE]
    all_together = len(set[str]().union(*(d for _, d in altered)))
    return [(p[0], p[-1]) for p, _ in altered] if all_together >= FEWEST_ALTERED else []


def _in_company(
    stems: Sequence[str], near: Mapping[str, frozenset[str]], verbatim: Collection[int]
) -> set[int]:
    """The places of stems, other than these, beside which one stands that is near them in the source as well."""
    known = [place for place, stem in enumerate(stems) if stem in near and place not in verbatim]
    found: set[int] = set()
    for further in range(1, WITHIN + 1):
        for place, other in zip(known, known[further:], strict=False):
            if other - place <= WITHIN and stems[other] in near[stems[place]]:
                found.update((place, other))
    return found


def _alike(different: AbstractSet[str], source: Source) -> float:
    """How many of these stems are the source's, by the geometric mean of how many each has, in [0, 1]; 0 for a few only."""
    shared, size = len(source.near.keys() & different), len(source.near)
    if shared < FEWEST_ALIKE:
        return 0.0
    return shared / sqrt(min(len(different), LONGEST * size) * size)


def _in_any_order(
    document: str, stems: Sequence[str], places: Sequence[int], copied: Collection[int], source: Source
) -> set[int]:
    """The places of words in the passages most like the source, until what is left, also without what is `copied`, is like others."""
    left = Counter(stem for stem, place in zip(stems, places, strict=True) if place not in copied)
    found: set[int] = set()
    passages = _passages(document, stems, places)
    for passage in sorted(passages, key=lambda p: -_alike_by_itself([stems[n] for n in p], source)):
        if _alike(left.keys(), source) <= LEFT:
            break
        found.update(range(places[passage[0]], places[passage[-1]] + 1))
        left -= Counter(stems[n] for n in passage if places[n] not in copied)
    return found


def _alike_by_itself(passage: Sequence[str], source: Source) -> float:
    different = set(passage)
    return round(len(source.near.keys() & different) / sqrt(len(different)), DIGITS)


def _passages(document: str, stems: Sequence[str], places: Sequence[int]) -> list[list[int]]:
    """Which words with content stand in the same line or sentence, at most twenty."""
    starts = [word.start() for word in WORD.finditer(document)]
    passages: list[list[int]] = []
    for number in range(len(stems)):
        is_new = not number or _END_OF_PASSAGE.search(
            document, starts[places[number - 1]], starts[places[number]]
        )
        if is_new or len(passages[-1]) == LONGEST_PASSAGE:
            passages.append([])
        passages[-1].append(number)
    return passages
