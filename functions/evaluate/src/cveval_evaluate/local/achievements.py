"""Achievements: sentences with a verb of action and a number that is no date."""

import re

from cveval_evaluate.local.text import Sentence, stem, words

_VERBS = frozenset(
    stem(verb)
    for verb in [
        "achieved",
        "accelerated",
        "automated",
        "boosted",
        "brought",
        "built",
        "cut",
        "created",
        "decreased",
        "delivered",
        "deployed",
        "designed",
        "developed",
        "doubled",
        "drove",
        "eliminated",
        "engineered",
        "expanded",
        "grew",
        "halved",
        "handled",
        "helped",
        "hired",
        "implemented",
        "improved",
        "increased",
        "introduced",
        "launched",
        "led",
        "lowered",
        "maintained",
        "managed",
        "mentored",
        "migrated",
        "moved",
        "optimized",
        "optimised",
        "organised",
        "organized",
        "operated",
        "owned",
        "published",
        "raised",
        "ran",
        "rebuilt",
        "reduced",
        "refactored",
        "released",
        "removed",
        "replaced",
        "rewrote",
        "saved",
        "scaled",
        "served",
        "shipped",
        "shortened",
        "shrank",
        "simplified",
        "sold",
        "solved",
        "sped",
        "supported",
        "taught",
        "trained",
        "tripled",
        "won",
        "wrote",
        "processed",
    ]
)
_DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.? (?:19|20)\d\d\b|\b\d{1,2}[/.](?:19|20)\d\d\b|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|[%€$£]|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundreds?|thousands?|millions?|half|doubled|halved|tripled)\b",
    re.IGNORECASE,
)
FEWEST_WORDS = 5
STEPS = (1, 2, 4, 6)
"""So many achievements rate 2, 3, 4 and 5; none rates 1."""


def achievements(cv: list[Sentence]) -> list[Sentence]:
    """Each sentence once, in order."""
    found: dict[str, Sentence] = {}
    for sentence in cv:
        if _is_achievement(sentence.text):
            found.setdefault(" ".join(words(sentence.text)).lower(), sentence)
    return list(found.values())


def _is_achievement(text: str) -> bool:
    written = words(text)
    if len(written) < FEWEST_WORDS or not _NUMBER.search(_DATE.sub("", text)):
        return False
    return any(stem(word.lower()) in _VERBS for word in written)


def rate_count(count: int, steps: tuple[int, ...]) -> int:
    """1, and one more for each step that is reached."""
    return 1 + sum(count >= step for step in steps)
