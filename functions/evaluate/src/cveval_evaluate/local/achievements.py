"""Achievements: sentences with a verb of action and a number that is no date."""

import re
from collections.abc import Iterable, Sequence

from cveval_evaluate.local.dates import YEAR
from cveval_evaluate.local.text import Sentence, stem

VERBS = frozenset(
    stem(verb)
    for verb in [
        "achieved",
        "accelerated",
        "administered",
        "analysed",
        "analyzed",
        "architected",
        "authored",
        "automated",
        "awarded",
        "boosted",
        "brought",
        "built",
        "championed",
        "closed",
        "coached",
        "conducted",
        "consolidated",
        "converted",
        "coordinated",
        "created",
        "cut",
        "decreased",
        "defined",
        "delivered",
        "deployed",
        "designed",
        "detected",
        "developed",
        "devised",
        "directed",
        "doubled",
        "drafted",
        "drove",
        "earned",
        "edited",
        "eliminated",
        "engineered",
        "established",
        "evaluated",
        "exceeded",
        "executed",
        "expanded",
        "facilitated",
        "filed",
        "fixed",
        "found",
        "founded",
        "gained",
        "generated",
        "grew",
        "halved",
        "handled",
        "headed",
        "helped",
        "hired",
        "identified",
        "implemented",
        "improved",
        "increased",
        "initiated",
        "instituted",
        "integrated",
        "introduced",
        "investigated",
        "kept",
        "launched",
        "led",
        "lifted",
        "lowered",
        "maintained",
        "managed",
        "measured",
        "mentored",
        "merged",
        "migrated",
        "modelled",
        "modernised",
        "modernized",
        "moved",
        "negotiated",
        "obtained",
        "operated",
        "optimised",
        "optimized",
        "orchestrated",
        "organised",
        "organized",
        "overhauled",
        "oversaw",
        "owned",
        "passed",
        "piloted",
        "ported",
        "prepared",
        "presented",
        "processed",
        "produced",
        "prototyped",
        "published",
        "raised",
        "ran",
        "rebuilt",
        "recovered",
        "recruited",
        "redesigned",
        "reduced",
        "refactored",
        "released",
        "removed",
        "replaced",
        "resolved",
        "responded",
        "restored",
        "rewrote",
        "rolled",
        "saved",
        "scaled",
        "secured",
        "served",
        "shipped",
        "shortened",
        "shrank",
        "simplified",
        "sold",
        "solved",
        "sped",
        "spearheaded",
        "standardised",
        "standardized",
        "started",
        "streamlined",
        "supervised",
        "supported",
        "taught",
        "tested",
        "trained",
        "transformed",
        "trimmed",
        "tripled",
        "tuned",
        "unified",
        "upgraded",
        "validated",
        "won",
        "wrote",
    ]
)
_TITLES = frozenset(["head", "heads"])
_NOUNS = ("ment", "ments", "tion", "tions", "er", "ers", "or", "ors", "ance", "ability")
_DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.? (?:19|20)\d\d\b|\b\d{1,2}[/.](?:19|20)\d\d\b|\b(?:19|20)\d\d\b"
)
_FIGURE = re.compile(r"[\d%€$£](?:(?<=[%€$£])|(?<![\w.]\d))")
"""A percentage, an amount of money or a number, which are found by their first character, and quickly."""
_IN_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"dozens?|hundreds?|thousands?|millions?|half|third|thirds|quarter|doubled|halved|tripled|twice|first place)\b"
)
"""Searched in lower case, like the dates, which is much faster than without regard to case."""
FEWEST_WORDS = 5
STEPS = (1, 2, 4, 6)
"""So many achievements rate 2, 3, 4 and 5; none rates 1."""


def achievements(passages: Iterable[Sentence], *, by_figure_alone: bool = False) -> list[Sentence]:
    """Each sentence once, in order; in a language whose verbs are not known, by figure alone."""
    found: dict[tuple[str, ...], Sentence] = {}
    for sentence in passages:
        if (
            len(sentence.words) >= FEWEST_WORDS
            and (by_figure_alone or has_action(sentence))
            and has_figure(sentence)
        ):
            found.setdefault(sentence.stems, sentence)
    return list(found.values())


def has_action(sentence: Sentence) -> bool:
    """Does it have a verb that tells what somebody did? A noun of the same stem ("development", "manager", "head") is none."""
    return not VERBS.isdisjoint(sentence.stems) and any(
        stem in VERBS and not word.endswith(_NOUNS) and word not in _TITLES
        for word, stem in zip(sentence.lower, sentence.stems, strict=True)
    )


def has_figure(sentence: Sentence) -> bool:
    """Does it have a number, in digits or in words, that is no date?"""
    text = sentence.text.lower()
    if YEAR.search(text):
        text = _DATE.sub("", text)
    return bool(_FIGURE.search(text) or _IN_WORDS.search(text))


def rate_count(count: float, steps: Sequence[float]) -> int:
    """1, and one more for each step that is reached."""
    return 1 + sum(count >= step for step in steps)
