"""The five ratings of a project report."""

from collections.abc import Iterator
from dataclasses import dataclass

from cveval.domain.evaluations import Parameter, Rating
from cveval_evaluate.local.achievements import rate_count
from cveval_evaluate.local.amount import highest_rating, limited
from cveval_evaluate.local.brief import Brief
from cveval_evaluate.local.copying import Original, without_copied
from cveval_evaluate.local.coverage import Coverage, coverage
from cveval_evaluate.local.cues import Cue, breadth, cues_in
from cveval_evaluate.local.evidence import quotes
from cveval_evaluate.local.frames import Frames
from cveval_evaluate.local.language import Language, language_of
from cveval_evaluate.local.report import Done, done_in
from cveval_evaluate.local.text import Sentence
from cveval_evaluate.local.tfidf import DIGITS

COVERAGE_STEPS = (0.15, 0.3, 0.45, 0.6)
"""Answers in quite other words than the brief's are not recognised: good reports are found to answer about six tenths."""
CUE_STEPS = (1, 2, 3, 5)
FULL_FROM = 0.4
"""Share of the requirements from which on evidence of how the work was done counts in full; below, as far as the brief is answered.
A report on something else answers 8 % of a brief in the median, a solid one on it at least 40 %."""
FAMILIES = (
    Parameter.CODE_QUALITY,
    Parameter.RESILIENCE,
    Parameter.DOCUMENTATION,
    Parameter.CREATIVITY,
)
WHAT = {
    Parameter.CORRECTNESS: "answering the brief",
    Parameter.CODE_QUALITY: "tests, structure and review",
    Parameter.RESILIENCE: "handling failures",
    Parameter.DOCUMENTATION: "explaining how it is built and used",
    Parameter.CREATIVITY: "going beyond the brief",
}


@dataclass(frozen=True, slots=True)
class ProjectFindings:
    """The ratings, and what feedback is written from."""

    ratings: tuple[Rating, ...]
    highest: int | None
    """What a rating of so short a report may be at most; None when it is long enough for any."""
    coverage: tuple[Coverage, ...]
    cues: dict[Parameter, list[Cue]]
    original: Original
    language: Language
    told: tuple[Sentence, ...]
    """What it says was done."""

    @property
    def covered(self) -> int:
        return sum(part.passage is not None for part in self.coverage)


def rate_project(report: str, brief: Brief) -> ProjectFindings:
    """Rate what a report says was done, without what it copies from the brief. Raises nothing, whatever the text."""
    original = without_copied(report, brief.source)
    done = [*_without_frames(done_in(original.text, original.reading), brief)]
    parts = coverage(brief, done)
    told = tuple([one.sentence for one in done])
    cues = dict(cues_in(told, FAMILIES, of_own_only=True))
    language = language_of(original.lower)
    share = sum(part.passage is not None for part in parts) / len(parts) if parts else FULL_FROM
    counted = min(1.0, share / FULL_FROM)
    ratings = (
        _correct(parts, language),
        *(_rated(parameter, found, counted, language) for parameter, found in cues.items()),
    )
    highest = highest_rating(original)
    return ProjectFindings(limited(ratings, highest), highest, parts, cues, original, language, told)


def _without_frames(done: list[Done], brief: Brief) -> Iterator[Done]:
    frames, said = Frames(), set[str]()
    for one in done:
        content = set(one.sentence.content)
        asked = content & brief.index.keys()
        own = content - asked - said
        if not (asked and frames.has(one.sentence, own=len(own), asked=len(asked))):
            yield one
        said |= own


def _correct(parts: tuple[Coverage, ...], language: Language) -> Rating:
    passages = [part.passage for part in parts if part.passage is not None]
    share = len(passages) / len(parts) if parts else 0.0
    reason = (
        "Not in English, so what the report answers of the brief was not read: only words that are written alike could be compared, "
        "and a low rating is no judgement."
        if language is Language.ANOTHER
        else f"{len(passages)} of {len(parts)} requirements of the brief {'is' if len(passages) == 1 else 'are'} answered by a sentence that says what was done; "
        "15, 30, 45 and 60 % rate 2 to 5."
    )
    return Rating(
        Parameter.CORRECTNESS, rate_count(share, COVERAGE_STEPS), reason, quotes("project", passages)
    )


def _rated(parameter: Parameter, found: list[Cue], counted: float, language: Language) -> Rating:
    points = round(breadth(found) * counted, DIGITS)
    kinds = ", ".join(dict.fromkeys(cue.kind for cue in found)) or "none"
    little = (
        "what the report answers of this brief was not read"
        if language is Language.ANOTHER
        else f"the report answers less than {in_percent(FULL_FROM)} of this brief"
    )
    reason = (
        f"Evidence of {WHAT[parameter]}: {points:.3g} ({kinds}); a mention without a figure or code is a quarter, "
        "at most two of a kind count; "
        + (f"only {in_percent(counted)} of it counts, since {little}; " if counted < 1 else "")
        + "1, 2, 3 and 5 rate 2 to 5."
    )
    best = sorted(enumerate(found), key=lambda numbered: (-numbered[1].worth, numbered[0]))
    return Rating(
        parameter,
        rate_count(points, CUE_STEPS),
        reason,
        quotes("project", (cue.sentence for _, cue in best)),
    )


def in_percent(share: float) -> str:
    """Whole per cents."""
    return f"{100 * share:.0f} %"
