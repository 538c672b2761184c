"""What a job or a brief asks for, and which passage of a report answers it."""

import re
from collections import defaultdict
from dataclasses import dataclass

from cveval_evaluate.local.text import Sentence, sentences, stem, stems, words
from cveval_evaluate.local.tfidf import Vector, cosine, vector

_BEARING = re.compile(
    r"require|qualif|skill|experience|knowledge|must|responsib|develop|design|degree|ability|proficien|familiar",
    re.IGNORECASE,
)
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
    ]
)
FEWEST_STEMS = 3
MOST_REQUIREMENTS = 60
COVERED_FROM = 0.14
"""A cosine between one requirement and one sentence; below it they share a word or two by chance."""
SHARED_STEMS = 2
LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Coverage:
    """One requirement, and the passage that answers it best (None: not covered)."""

    requirement: str
    passage: Sentence | None


def job_profile(job_description: str) -> tuple[list[str], bool]:
    """The stems that a CV is compared with: title thrice, then the sentences that bear requirements.

    Also whether there were any such sentences; without them the whole description counts.
    """
    all_sentences = sentences(job_description)
    bearing = [s.text for s in all_sentences if _BEARING.search(s.text)]
    first = next(iter(all_sentences), None)
    title = first.text if first is not None and len(first.text) <= LONGEST_TITLE else ""
    body = bearing or [s.text for s in all_sentences]
    return stems(title) * 3 + [s for text in body for s in stems(text)], bool(bearing)


def requirements_of(brief: str) -> list[str]:
    """The sentences of a brief that ask for something; all that have some content where none does."""
    with_content = [s.text for s in sentences(brief) if len(set(stems(s.text))) >= FEWEST_STEMS]
    asking = [text for text in with_content if any(stem(w.lower()) in _ASKING for w in words(text))]
    return list(dict.fromkeys(asking or with_content))[:MOST_REQUIREMENTS]


def coverage(brief: str, report: list[Sentence]) -> list[Coverage]:
    """For each requirement the sentence of the report that answers it best, if one does."""
    requirements = requirements_of(brief)
    vectors = [vector(stems(requirement)) for requirement in requirements]
    by_stem: dict[str, list[int]] = defaultdict(list)
    for index, of_requirement in enumerate(vectors):
        for word in of_requirement:
            by_stem[word].append(index)
    best: list[tuple[float, Sentence | None]] = [(0.0, None)] * len(requirements)
    for sentence in report:
        of_sentence = vector(stems(sentence.text))
        for index in _sharing(of_sentence, by_stem):
            score = cosine(vectors[index], of_sentence)
            if score > best[index][0]:
                best[index] = (score, sentence)
    return [
        Coverage(requirement, passage if score >= COVERED_FROM else None)
        for requirement, (score, passage) in zip(requirements, best, strict=True)
    ]


def _sharing(sentence: Vector, by_stem: dict[str, list[int]]) -> list[int]:
    """The requirements that have at least two stems in common with a sentence."""
    shared: dict[int, int] = defaultdict(int)
    for word in sentence:
        for index in by_stem.get(word, ()):
            shared[index] += 1
    return [index for index, count in sorted(shared.items()) if count >= SHARED_STEMS]
