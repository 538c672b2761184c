"""Nine ratings become two numbers, and a receipt says what they rest on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Protocol

from cveval.domain.errors import InvalidRating

LOWEST_RATING, HIGHEST_RATING = 1, 5
HUNDREDTH = Decimal("0.01")


class Parameter(StrEnum):
    """What is rated, each from 1 to 5: four of the CV, five of the project report."""

    TECHNICAL_SKILLS = "technical_skills"
    EXPERIENCE_LEVEL = "experience_level"
    ACHIEVEMENTS = "achievements"
    CULTURAL_FIT = "cultural_fit"
    CORRECTNESS = "correctness"
    CODE_QUALITY = "code_quality"
    RESILIENCE = "resilience"
    DOCUMENTATION = "documentation"
    CREATIVITY = "creativity"


Weights = Mapping[Parameter, Decimal]
"""How much each parameter counts, in percent; those of the CV add up to 100, and so do those of the project."""

WHOLE = Decimal(100)
CV_WEIGHTS: Weights = {
    Parameter.TECHNICAL_SKILLS: Decimal(40),
    Parameter.EXPERIENCE_LEVEL: Decimal(25),
    Parameter.ACHIEVEMENTS: Decimal(20),
    Parameter.CULTURAL_FIT: Decimal(15),
}
PROJECT_WEIGHTS: Weights = {
    Parameter.CORRECTNESS: Decimal(30),
    Parameter.CODE_QUALITY: Decimal(25),
    Parameter.RESILIENCE: Decimal(20),
    Parameter.DOCUMENTATION: Decimal(15),
    Parameter.CREATIVITY: Decimal(10),
}
DEFAULT_WEIGHTS: Weights = {**CV_WEIGHTS, **PROJECT_WEIGHTS}


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage that stands in the document, word for word."""

    document: str
    """`cv` or `project`."""
    text: str


@dataclass(frozen=True, slots=True)
class Rating:
    """One parameter's integer from 1 to 5, why, and the passages that it rests on (none = nothing was found)."""

    parameter: Parameter
    score: int
    reason: str
    quotes: tuple[Quote, ...] = ()
    anchor: str | None = None
    """What the rubric says of this score; no evaluator's business, it is added with the numbers."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The two headline numbers, exact to two places, and the weights that made them."""

    cv_match_rate: Decimal
    """In [0.2, 1]."""
    project_score: Decimal
    """In [2, 10]."""
    weights: Weights


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an evaluator answers: all nine ratings with quotes and the three texts. The numbers are not its business."""

    ratings: tuple[Rating, ...]
    cv_feedback: str
    project_feedback: str
    overall_summary: str
    evaluator: str
    """Name and version of what rated, such as `local/1`."""
    model: str | None = None
    prompt_version: str | None = None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    """What else the receipt should keep, JSON-ready (matched and missing requirements, hashes of tables)."""


@dataclass(frozen=True, slots=True)
class Materials:
    """What an evaluation rests on: four texts, and a rubric. CV and report are untrusted."""

    cv: str
    project: str
    job_description: str
    study_case_brief: str
    rubric: str | None = None
    """As `rubrics.canonical_rubric` made it: compact JSON, or a text for those who read."""
    warnings: tuple[str, ...] = ()
    """What extraction noticed about the two documents."""
    as_of: date | None = None
    """The day the CV was uploaded: what "present" means in it."""


class Evaluator(Protocol):
    """Rates materials. Which one ran is in the receipt; a failed one never falls back silently to another."""

    async def evaluate(self, materials: Materials) -> Assessment:
        """Rate all nine parameters.

        Raises:
            AttemptFailed: this time it did not work (counts against max_attempts).
            UpstreamUnavailable: what it needs is down (does not count).
            PermanentError: trying again cannot help.
        """
        ...


def compute_scores(ratings: tuple[Rating, ...], weights: Weights = DEFAULT_WEIGHTS) -> Scores:
    """The weighted means of design §9: CV ÷ 5 → [0.2, 1], project × 2 → [2, 10]; two places, half to even.

    Raises:
        InvalidRating: a parameter is missing, rated twice, or outside 1…5.
    """
    scores = _by_parameter(ratings, tuple(Parameter))
    return Scores(
        cv_match_rate=_rounded(_weighted_mean(scores, CV_WEIGHTS, weights) / 5),
        project_score=_rounded(_weighted_mean(scores, PROJECT_WEIGHTS, weights) * 2),
        weights=weights,
    )


def compute_match_rate(ratings: tuple[Rating, ...], weights: Weights = DEFAULT_WEIGHTS) -> Decimal:
    """`cv_match_rate` of a CV's four ratings alone: a project report changes nothing in it.

    Raises:
        InvalidRating: one of the four is missing, rated twice, or outside 1…5.
    """
    scores = _by_parameter(ratings, tuple(CV_WEIGHTS))
    return _rounded(_weighted_mean(scores, CV_WEIGHTS, weights) / 5)


def _by_parameter(ratings: tuple[Rating, ...], needed: tuple[Parameter, ...]) -> dict[Parameter, int]:
    found: dict[Parameter, int] = {}
    for rating in ratings:
        if rating.parameter in found:
            raise InvalidRating(f"{rating.parameter} was rated twice")
        if isinstance(rating.score, bool) or not isinstance(rating.score, int):
            raise InvalidRating(f"{rating.parameter} has no integer rating")
        if not LOWEST_RATING <= rating.score <= HIGHEST_RATING:
            raise InvalidRating(f"{rating.parameter} was rated {rating.score}, outside 1 to 5")
        found[rating.parameter] = rating.score
    missing = [p for p in needed if p not in found]
    if missing:
        raise InvalidRating(f"no rating for {', '.join(missing)}")
    return found


def _weighted_mean(scores: Mapping[Parameter, int], side: Iterable[Parameter], weights: Weights) -> Decimal:
    return sum((weights[parameter] * scores[parameter] for parameter in side), Decimal(0)) / WHOLE


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(HUNDREDTH, rounding=ROUND_HALF_EVEN)
