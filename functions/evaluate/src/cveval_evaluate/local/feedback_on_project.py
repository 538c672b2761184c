"""The text on a project report: what is most telling of it comes first, be it a strong side or what is left open."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from cveval.domain.evaluations import HIGHEST_RATING, Parameter, Rating
from cveval_evaluate.local.achievements import has_figure
from cveval_evaluate.local.brief import BRIEFS_KEPT, MOST_REQUIREMENTS
from cveval_evaluate.local.cues import breadth
from cveval_evaluate.local.language import Language
from cveval_evaluate.local.project import FULL_FROM, ProjectFindings, in_percent
from cveval_evaluate.local.text import Reading, Sentence
from cveval_evaluate.local.wording import (
    FAIR,
    NAMES,
    STRONG,
    WORDS_BEFORE_A_VERB,
    Quoting,
    either,
    in_words,
    joined,
    quoted,
    score_of,
    told_of,
    unsaid,
)

LONGEST_REQUIREMENT = 80
ENOUGH_TO_ASK = 5
"""Words."""
_LEADING_UP = frozenset(["and", "but", "or", "you", "your", "please", "we", "our", "a", "an", "its", "it", "he", "she", "they", "there"])  # fmt: skip
_POINTING = frozenset(["it", "its", "they", "their", "this", "these", "that", "those", "he", "she"])
"""What begins with one of these is not understood without what stands before it."""
_STATING = frozenset(["is", "are", "was", "were", "has", "have", "will"])
_ASKING = frozenset(["must", "should", "shall", "need", "needs", "expect", "want"])
"""What begins with a word of the first, or has a verb of the second early, tells what there is, unless it has one of the third."""
_STARTED = 4
"""Words."""
_ADVICE = {
    Parameter.CODE_QUALITY: ("A reader cannot tell {either}", "Of {made} a reader cannot tell {either}"),
    Parameter.RESILIENCE: ("To be robust it should say {both}", "To be robust it should say of {made} {both}"),
    Parameter.DOCUMENTATION: ("Whoever goes on from the report needs to know {both}", "Whoever goes on from {made} needs to know {both}"),
    Parameter.CREATIVITY: ("To go beyond the brief it could tell {either}", "To go beyond the brief it could tell of {made} {either}"),
}  # fmt: skip
"""What a report lacks, and the same of what it says was made."""
_MADE = frozenset(["built", "rebuilt", "created", "designed", "developed", "implemented", "programmed"])


def project_feedback(found: ProjectFindings) -> str:
    """What is answered, the strongest side, what is open, and what to add."""
    if found.language is Language.ANOTHER:
        return joined(
            [
                "The report is not in English and could not be read, so what it answers of the brief is not known",
                "Only names and figures were judged, and the project score says little",
                "A version in English would let it be held against the brief",
            ]
        )
    quotes = Quoting()
    best, *others = sorted(found.ratings[1:], key=lambda rating: _worth(found, rating), reverse=True)
    correct = score_of(found.ratings, Parameter.CORRECTNESS)
    # What proves a strong side is quoted for it and not again for an answer.
    strength, second = _strength(found, best, quotes), _second(found, others[0], quotes)
    covered, left_open = _covered(found, correct, quotes), _open(found, correct)
    brief = [left_open, covered] if correct == 1 and found.covered else [covered, left_open]
    # A tie is for the strong side: "answers 8 of 18" says less.
    if best.score >= FAIR and (best.score, best.score >= STRONG) > (correct, False):
        first = [strength, second, *brief]
    elif correct == 1:
        first = [*brief, strength]
    else:
        first = [covered, strength, second, left_open]
    return joined([*first, _to_add(found, correct, quotes)])


def nearest(requirements: Sequence[str], told: Iterable[Sentence]) -> str:
    """Of the requirements that stand for themselves, if there are any, the one of whose words a report says most; of equals the first."""
    said = frozenset[str]().union(*[sentence.content for sentence in told])
    return max(requirements, key=lambda text: (_asks_enough(text), len(_content(text) & said)))


@lru_cache(maxsize=BRIEFS_KEPT * MOST_REQUIREMENTS)
def _content(requirement: str) -> frozenset[str]:
    return frozenset(Reading(requirement).content)


def without_answer(found: ProjectFindings) -> list[str]:
    """The requirements that are left open; those that ask in so many words come first."""
    missing = [part.requirement for part in found.coverage if part.passage is None]
    return sorted(missing, key=lambda text: not _asks_enough(text))


@lru_cache(maxsize=BRIEFS_KEPT * MOST_REQUIREMENTS)
def _asks_enough(requirement: str) -> bool:
    written = requirement.lower().split()
    if len(written) < ENOUGH_TO_ASK:
        return False
    if written[0] in _POINTING:
        return False
    states = written[0] in _LEADING_UP or not _STATING.isdisjoint(written[:_STARTED])
    return not states or not _ASKING.isdisjoint(written)


def _worth(found: ProjectFindings, rating: Rating) -> tuple[int, float]:
    """How strong a side of the report is: by its rating and, where that is the same, by its evidence."""
    return rating.score, breadth(found.cues[rating.parameter])


def _covered(found: ProjectFindings, correct: int, quotes: Quoting) -> str:
    """How much of the brief is answered, with an answer that proves it, and what did not count."""
    asked, covered = len(found.coverage), found.covered
    if not asked:
        return "The brief asks for nothing that a report could answer"
    copied = (
        "; what it repeats of the brief word for word did not count" if found.original.copied_words else ""
    )
    few = f"; it is so short that it rates at most {found.highest} of 5" if found.highest is not None else ""
    if not covered:
        own = " in words of its own" if copied else ""
        if asked == 1:
            return f"The report does not answer the one requirement of the brief{own}{few}"
        return f"The report answers none of the {asked} requirements of the brief{own}{few}"
    if covered == asked:
        every = {1: "the one requirement", 2: "both requirements"}.get(asked, f"all {asked} requirements")
        answers = f"The report answers {every} of the brief"
    elif correct == 1:
        answers = f"{in_words(covered)} of them {'has' if covered == 1 else 'have'} an answer"
    elif correct >= STRONG:
        answers = f"Of the {asked} requirements of the brief the report answers {covered}"
    elif correct >= FAIR or found.highest is not None:
        answers = f"The report answers {covered} of the {asked} requirements of the brief"
    else:
        answers = f"The report answers only {covered} of the {asked} requirements of the brief"
    return f"{answers}{_proof(found, quotes)}{copied}{few}"


def _proof(found: ProjectFindings, quotes: Quoting) -> str:
    """The answer that tells most: one with a figure to what is clearly asked, if there is one."""
    answers = [
        (not _asks_enough(part.requirement), not has_figure(part.passage), part.requirement, part.passage)
        for part in found.coverage
        if part.passage is not None
    ]
    says_what_there_is, _, requirement, passage = min(answers, key=lambda answer: answer[:2])
    answer = quotes.first([passage])
    if not answer:
        return ""
    return (
        f", by {answer}{' among others' if found.covered > 1 else ''}"
        if says_what_there_is
        else f": to {quoted(requirement, LONGEST_REQUIREMENT)} it says {answer}"
    )


def _strength(found: ProjectFindings, best: Rating, quotes: Quoting) -> str:
    cues = found.cues[best.parameter]
    if not cues:
        return "No sentence shows how the work was tested, kept running, explained or taken further"
    told, name = told_of(cues, best.parameter), NAMES[best.parameter]
    share = found.covered / len(found.coverage) if found.coverage else FULL_FROM
    counted = f"; it counts in part, since less than {in_percent(FULL_FROM)} of the brief is answered"
    in_part = counted if share < FULL_FROM else ""
    if all(cue.worth < 1 for cue in cues):
        return f"How the work was done is told in passing only: it mentions {told}"
    if best.score == 1:
        return f"How the work was done is hardly told: it mentions {told}"
    if best.score < FAIR:
        return f"Of how the work was done it says little: it tells of {told}{in_part}"
    proof = quotes.first(_most_telling(found, best))
    how = f"{name} is what it does best" if best.score < STRONG else f"{name} is its strong side"
    return f"{how}: it tells of {told}{f', as in {proof}' if proof else ''}{in_part}"


def _second(found: ProjectFindings, rating: Rating, quotes: Quoting) -> str:
    """Another side, where it is worth naming."""
    proof = quotes.first(_most_telling(found, rating)) if rating.score >= FAIR else ""
    how = "is strong as well" if rating.score >= STRONG else "is solid"
    return f"{NAMES[rating.parameter]} {how}: {proof}" if proof else ""


def _most_telling(found: ProjectFindings, rating: Rating) -> Sequence[Sentence]:
    return [cue.sentence for cue in sorted(found.cues[rating.parameter], key=lambda cue: -cue.worth)]


def _open(found: ProjectFindings, correct: int) -> str:
    missing = without_answer(found)
    if not missing:
        return ""
    first, others = quoted(missing[0], LONGEST_REQUIREMENT), len(missing) - 1
    if not found.covered:
        return f"Nothing was found on {first}{', for example' if others else ''}"
    if correct == 1:
        return f"Most of the {len(found.coverage)} requirements of the brief are left open: nothing was found on {first}, nor on {in_words(others)} more"
    if not others:
        return f"Only {first} is left without an answer"
    return f"Nothing was found on {first}, nor on {in_words(others)} more {'requirement' if others == 1 else 'requirements'}"


def _to_add(found: ProjectFindings, correct: int, quotes: Quoting) -> str:
    """What would raise the lowest rating: an answer, or what the evidence does not say; of equal ones the nearest to its next step."""
    missing = without_answer(found)
    weakest = min(
        found.ratings[1:], key=lambda rating: (rating.score, -breadth(found.cues[rating.parameter]))
    )
    if correct <= weakest.score and len(missing) > 1:
        return f"What was done about {quoted(missing[1], LONGEST_REQUIREMENT)} and what came of it would be worth a paragraph of its own"
    if correct <= weakest.score and not found.coverage:
        return "As the brief gives nothing to go by, it should say what the task was and how it was met"
    if weakest.score == HIGHEST_RATING:
        return ""
    lacking = unsaid(found.told, weakest.parameter)[:2]
    if not lacking:
        return ""
    made = quotes.first(sentence for sentence in found.told if _tells_of_making(sentence))
    return _ADVICE[weakest.parameter][bool(made)].format(
        made=made, both=" and ".join(lacking), either=either(lacking)
    )


def _tells_of_making(sentence: Sentence) -> bool:
    """Does it begin with what was made? What is lacking can be said of that, and not of any sentence."""
    return not _MADE.isdisjoint(sentence.lower[:WORDS_BEFORE_A_VERB])
