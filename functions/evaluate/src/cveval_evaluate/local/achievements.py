"""Achievements: sentences with a verb of action and a number that is no date."""

import re
from collections.abc import Iterable, Sequence

from cveval_evaluate.local.dates import YEAR
from cveval_evaluate.local.function_words import WEIGHTLESS
from cveval_evaluate.local.text import Sentence, is_list, stem

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
_DONE = frozenset(
    [
        "acquired",
        "added",
        "answered",
        "arranged",
        "assembled",
        "assessed",
        "assigned",
        "assisted",
        "audited",
        "baked",
        "booked",
        "calibrated",
        "cared",
        "checked",
        "cleaned",
        "collected",
        "commissioned",
        "compiled",
        "completed",
        "constructed",
        "cooked",
        "counted",
        "diagnosed",
        "examined",
        "exported",
        "filled",
        "finished",
        "fitted",
        "fought",
        "grossed",
        "hosted",
        "inspected",
        "installed",
        "interviewed",
        "invoiced",
        "issued",
        "mapped",
        "modified",
        "nursed",
        "onboarded",
        "ordered",
        "packed",
        "paid",
        "painted",
        "placed",
        "planned",
        "posted",
        "presented",
        "presenting",
        "presents",
        "procured",
        "ranked",
        "rated",
        "reached",
        "reconciled",
        "relocated",
        "renegotiated",
        "renewed",
        "repaired",
        "retained",
        "scheduled",
        "screened",
        "serviced",
        "shaved",
        "slashed",
        "sourced",
        "split",
        "staffed",
        "stocked",
        "surveyed",
        "tendered",
        "took",
        "translated",
        "treated",
        "triaged",
        "turned",
        "welded",
        "wired",
    ]
)
"""By this form alone: many of their stems are nouns ("order", "plan", "cook", "assembly line")."""
_PRESENT = frozenset(
    [
        "assemble",
        "audit",
        "bake",
        "book",
        "build",
        "care",
        "check",
        "clean",
        "cook",
        "drive",
        "inspect",
        "install",
        "lead",
        "nurse",
        "order",
        "plan",
        "reconcile",
        "repair",
        "run",
        "running",
        "runs",
        "sell",
        "teach",
        "treat",
        "write",
    ]
)
_IN_THE_PRESENT = re.compile(
    # what follows tells the verb from a noun ("plan", "runs of a test")
    rf"(?:^\W*(?:(?:also|now|currently) )?(?:{'|'.join(sorted(_PRESENT))})|\b(?:runs|running)) (?:for )?(?:(?:the|an?|all|our|my|each|every|up to|about|over)\b|\d)"
    rf"|\b(?:i|we) (?:(?:also|now|currently) )?(?:{'|'.join(sorted(_PRESENT))})\b"
)
"""Searched in lower case."""
_ARTICLES = frozenset(["a", "all", "an", "each", "every", "its", "my", "our", "the", "their"])
_TITLES = frozenset(["head", "heads"])
_NOUNS = ("ment", "ments", "tion", "tions", "er", "ers", "or", "ors", "ance", "ability")
_DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.? (?:19|20)\d\d\b|\b\d{1,2}[/.](?:19|20)\d\d\b|\b(?:19|20)\d\d\b"
)
_FIGURE = re.compile(r"[\d%€$£](?:(?<=[%€$£])|(?<![\w.]\d))")
"""A percentage, an amount of money or a number, which are found by their first character, and quickly."""
_IN_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"dozens?|hundreds?|thousands?|millions?|half|third|thirds|quarter|fifths|an? (?:fifth|sixth|eighth|tenth)|doubled|halved|tripled|twice|first place)\b"
)
"""Searched in lower case, like the dates, which is much faster than without regard to case."""
_CHANGES = frozenset(["carried", "rose", "fell", "dropped", "declined", "climbed", "went", "down", "up"])
_CHANGED = re.compile(
    rf"\b(?:{'|'.join(sorted(_CHANGES))})(?: \w+)? (?:by (?:about |over |almost |nearly )?(?:an? |one |[£$€]?\d)|from [^.;,()]{{1,30}} to )|\bcarried out\b"
)
"""A change that its subject tells: "transfers fell by a fifth", "accidents down from 9 to 1"; or what was carried out, by whomever it is told."""
_YEARS_OF_WORK = re.compile(
    r"(?:^\W*|[,;(–—-] ?|\b(?:with|over|for|have|has|had|my|than|about|nearly|almost|some) )(?:\d{1,2}|[a-z]+) ?\+? (?:years?|yrs?\.?)['’]? (?:of|in|as|experience)\b"
)
"""Not "cleared two years of backlog", which is a result."""
FEWEST_WORDS, FEWEST_AFTER_A_VERB = 5, 3
"""The fewer where it begins with its verb: "Saved £50,000 a year"."""
FARTHEST_IN_A_LIST = 2
"""Words, among which its verb is where there are no function words: "Reduced scrap 20 %", "Successfully closed 20 sales"."""
FEWEST_FUNCTION_WORDS = 0.1
STEPS = (1, 2, 4, 6)
"""So many achievements rate 2, 3, 4 and 5; none rates 1."""


def achievements(passages: Iterable[Sentence], *, by_figure_alone: bool = False) -> list[Sentence]:
    """Each sentence once, in order; in a language whose verbs are not known, by figure alone."""
    found: dict[tuple[str, ...], Sentence] = {}
    for sentence in passages:
        if (
            len(sentence.words) >= (FEWEST_AFTER_A_VERB if begins_with_action(sentence) else FEWEST_WORDS)
            and (by_figure_alone or _is_result(sentence))
            and has_figure(sentence)
        ):
            found.setdefault(sentence.stems, sentence)
    return list(found.values())


def _is_result(sentence: Sentence) -> bool:
    """Does a sentence, and no list, tell what somebody did, or how something changed in their work?"""
    if is_list(sentence):
        return False
    if has_function_words(sentence):
        return has_action(sentence) or _tells_a_change(sentence)
    return has_action(sentence) and begins_with_action(sentence)


def begins_with_action(sentence: Sentence) -> bool:
    """Is one of its first two words a verb of action?"""
    beginning = slice(FARTHEST_IN_A_LIST)
    return not (_DONE.isdisjoint(sentence.lower[beginning]) and VERBS.isdisjoint(sentence.stems[beginning]))


def _tells_a_change(sentence: Sentence) -> bool:
    return not _CHANGES.isdisjoint(sentence.lower) and bool(_CHANGED.search(sentence.text.lower()))


def has_function_words(sentence: Sentence) -> bool:
    """Is one word in ten a function word? In a list none is."""
    return len(sentence.words) - len(sentence.content) >= FEWEST_FUNCTION_WORDS * len(sentence.words)


def has_action(sentence: Sentence) -> bool:
    """Does it have a verb that tells what somebody did? A noun of the same stem ("development", "manager", "head") is none."""
    if not _DONE.isdisjoint(sentence.lower):
        return True
    if not VERBS.isdisjoint(sentence.stems) and any(
        stem in VERBS
        and not word.endswith(_NOUNS)
        and word not in _TITLES
        and not (word.endswith("ing") and _is_a_noun(sentence.lower, place))
        for place, (word, stem) in enumerate(zip(sentence.lower, sentence.stems, strict=True))
    ):
        return True
    return not _PRESENT.isdisjoint(sentence.lower) and bool(_IN_THE_PRESENT.search(sentence.text.lower()))


def _is_a_noun(words: Sequence[str], place: int) -> bool:
    """Is this form in -ing what the noun before it is about, as in "month-end closing for the group"?"""
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    return (
        bool(before)
        and before not in WEIGHTLESS
        and not before.endswith("ly")
        and (not after or (after in WEIGHTLESS and after not in _ARTICLES))
    )


def has_figure(sentence: Sentence) -> bool:
    """Does it have a number, in digits or in words, that is no date and no years of experience?"""
    text = sentence.text.lower()
    if YEAR.search(text):
        text = _DATE.sub("", text)
    if "year" in text or "yr" in text:
        text = _YEARS_OF_WORK.sub("", text)
    return bool(_FIGURE.search(text) or _IN_WORDS.search(text))


def rate_count(count: float, steps: Sequence[float]) -> int:
    """1, and one more for each step that is reached."""
    return 1 + sum(count >= step for step in steps)
