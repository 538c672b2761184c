"""What a case-study brief asks for, read once however many reports answer it, and which passages of a report do."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from cveval_evaluate.local.copying import MOST_LIKE_A_BRIEF, Source, source_of
from cveval_evaluate.local.language import Language, language_of_all
from cveval_evaluate.local.text import Sentence, sentences, stem
from cveval_evaluate.local.tfidf import DIGITS, idf_table, vector

_ASKING = frozenset(
    stem(word)
    for word in [
        "must",
        "should",
        "shall",
        "need",
        "needs",
        "require",
        "required",
        "requires",
        "build",
        "implement",
        "provide",
        "support",
        "design",
        "handle",
        "return",
        "accept",
        "store",
        "use",
        "include",
        "includes",
        "write",
        "document",
        "test",
        "deploy",
        "create",
        "explain",
        "show",
        "describe",
        "expose",
        "evaluate",
        "process",
        "parse",
        "ensure",
        "validate",
        "retry",
        "cover",
        "run",
        "deliver",
        "present",
        "propose",
        "plan",
        "analyse",
        "analyze",
        "compare",
        "recommend",
        "identify",
        "define",
        "measure",
        "state",
        "give",
        "list",
        "report",
        "prepare",
        "sketch",
        "outline",
        "estimate",
        "discuss",
        "justify",
        "submit",
        "treat",
        "expect",
    ]
)
_ADMINISTRATIVE = re.compile(
    # how the work is handed in and judged, not what it is
    r"\b(?:graded|grading|marks? (?:are|is|will)|judged?|assessment criteria|evaluation criteria|points? (?:are|will be|for each)|due (?:date|by|on)|deadline (?:is|for)|"
    r"(?:submit|hand in|send|e-mail|upload) (?:it|this|the (?:report|solution|work|link|repository)|your|by|before|until|no later)|submission|"
    r"(?:exceed|at most|maximum(?: of)?|up to|than) \w+ pages|pages? (?:is|are) enough|good luck|any questions)\b|^\W*(?:deadline|submission|grading)\b|"
    r"^\W*(?:please )?(?:hand|turn) in\b"
)
"""In lower case."""
_SHARE_OF_GRADE = re.compile(r"^\W*[^.:()\n]{3,50}\(\d{1,3} ?%\).*$", re.MULTILINE)
"""A line such as "Creativity (10 %): useful features beyond the requirements"."""
FEWEST_STEMS = 3
MOST_REQUIREMENTS = 60
COVERED_FROM = 0.10
"""A cosine between a requirement and a passage; a report on something else reaches it for one requirement in thirteen."""
SHARED_STEMS = 2
BRIEFS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief, ready to be answered."""

    requirements: tuple[str, ...]
    index: Mapping[str, tuple[tuple[int, float], ...]]
    """Stem → which requirements have it, and its weight there times that in a sentence."""
    source: Source
    language: Language


class Coverage(NamedTuple):
    """One requirement, and the passage that answers it best (None: not covered)."""

    requirement: str
    passage: Sentence | None


@lru_cache(maxsize=BRIEFS_KEPT)
def prepare_brief(study_case_brief: str) -> Brief:
    """Read a brief: the sentences that ask for something; all that have some content where none does.

    How the work is to be handed in and will be graded is no requirement.
    """
    title = next((line.strip() for line in study_case_brief.splitlines() if line.strip()), "")
    with_content = {
        s.text: s
        for s in sentences(_SHARE_OF_GRADE.sub("", study_case_brief))
        if len(set(s.content)) >= FEWEST_STEMS
        and not s.text.endswith(":")
        and not _is_title(s.text, title)
        and not _ADMINISTRATIVE.search(s.text.lower())
    }
    asking = [s for s in with_content.values() if not _ASKING.isdisjoint(s.stems)]
    requirements = (asking or list(with_content.values()))[:MOST_REQUIREMENTS]
    known, unknown = idf_table().weights, idf_table().unknown
    index: dict[str, list[tuple[int, float]]] = {}
    for number, requirement in enumerate(requirements):
        for word, weight in vector(requirement.content).items():
            index.setdefault(word, []).append((number, known.get(word, unknown) * weight))
    return Brief(
        requirements=tuple(requirement.text for requirement in requirements),
        index={word: tuple(places) for word, places in index.items()},
        source=source_of(study_case_brief, MOST_LIKE_A_BRIEF),
        language=language_of_all(sentences(study_case_brief)),
    )


def _is_title(text: str, first_line: str) -> bool:
    return text in first_line and not first_line.endswith((".", "!", "?"))


def coverage(brief: Brief, report: Sequence[Sentence]) -> tuple[Coverage, ...]:
    """For each requirement the sentence of the report that answers it best, if one does.

    A sentence is read with its neighbours, since an answer seldom repeats in one sentence what was asked.
    """
    best = [(0.0, 0)] * len(brief.requirements)
    answers = [_answers(brief, sentence) for sentence in report]
    for place, here in enumerate(answers):
        if not here.words:
            continue
        near = answers[max(0, place - 1) : place + 2]
        norm = math.sqrt(math.fsum([one.square for one in near]))
        for number, words in here.words.items():
            if len(words) >= SHARED_STEMS or _shared(near, number) >= SHARED_STEMS:
                dot = math.fsum([one.weights.get(number, 0.0) for one in near])
                cosine = round(dot / norm, DIGITS)
                if cosine > best[number][0]:
                    best[number] = (cosine, place)
    return tuple(
        Coverage(
            requirement, _most_telling(report, answers, place, number) if cosine >= COVERED_FROM else None
        )
        for number, (requirement, (cosine, place)) in enumerate(zip(brief.requirements, best, strict=True))
    )


def _shared(near: Sequence["_Answers"], number: int) -> int:
    """How many different words of a requirement neighbouring sentences have together."""
    return len(set(chain.from_iterable([one.words[number] for one in near if number in one.words])))


def _most_telling(
    report: Sequence[Sentence], answers: Sequence["_Answers"], place: int, number: int
) -> Sentence:
    """Of a sentence and its neighbours the one that has most of a requirement's words: that is what is quoted."""
    near = range(max(0, place - 1), min(len(report), place + 2))
    return report[max(near, key=lambda one: (answers[one].weights.get(number, 0.0), one == place))]


class _Answers(NamedTuple):
    """What one sentence has in common with each requirement."""

    weights: Mapping[int, float]
    words: Mapping[int, Sequence[str]]
    square: float
    """Of the sentence's own length as a vector."""


def _answers(brief: Brief, sentence: Sentence) -> _Answers:
    known, unknown, index = idf_table().weights, idf_table().unknown, brief.index
    weights: dict[int, float] = {}
    words: dict[int, list[str]] = {}
    different = dict.fromkeys(sentence.content)
    square = 0.0
    for weight in [known.get(word, unknown) for word in different]:
        square += weight * weight
    # Most words are not the brief's.
    for word in [word for word in different if word in index]:
        for number, product in index[word]:
            if number in weights:
                weights[number] += product
                words[number].append(word)
            else:
                weights[number] = product
                words[number] = [word]
    return _Answers(weights, words, square)
