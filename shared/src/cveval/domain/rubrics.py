"""A rubric of one's own: how much each parameter counts, and what each score means in one's own words.

A structured rubric is checked and makes the numbers. Any other text is for an evaluator that reads (an LLM); the numbers
then keep the default weights. Both are stored as one text: a structured one as compact JSON, and only that begins with `{`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from cveval.domain.documents import MAX_RUBRIC, clean_text
from cveval.domain.errors import AttemptFailed, InvalidRequest
from cveval.domain.evaluations import (
    CV_WEIGHTS,
    DEFAULT_WEIGHTS,
    PROJECT_WEIGHTS,
    WHOLE,
    Assessment,
    Parameter,
    Rating,
    Scores,
    Weights,
    compute_scores,
)
from cveval.domain.strict_json import NotJson, parse_json

MAX_NAME, MAX_ANCHOR = 200, 500
_LIKE_JSON = re.compile(r"\s*(?:\{|\[[\s\[]*[{\"])")
"""An object, or an array of objects or of quoted names: prose may begin with "[Draft]" or a quotation, but hardly so."""


def _exact(value: object) -> object:
    """JSON's numbers as decimals (a float's shortest writing is the number that stood there); the rest is refused after."""
    return Decimal(repr(value)) if type(value) in (int, float) else value


def _number(exact: Decimal) -> int | float:
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds NUL: remove it")
    return text


Weight = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, le=100, decimal_places=2),
    PlainSerializer(_number),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": 100,
            "description": "Percent; at most two decimal places.",
        }
    ),
]
Score = Literal["1", "2", "3", "4", "5"]
Anchor = Annotated[str, Field(min_length=1, max_length=MAX_ANCHOR), AfterValidator(_storable)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Criterion(_Strict):
    """How much one parameter counts, and what its scores mean."""

    weight: Weight
    anchors: Annotated[
        dict[Score, Anchor],
        Field(description="What a score means, for some or all of 1 to 5; shown beside the rating."),
    ] = {}


UNCOUNTED = Criterion(weight=Decimal(0))


class _Side(_Strict):
    """One of the two numbers. A parameter that is left out counts nothing; it is rated and shown all the same."""

    DEFAULTS: ClassVar[Weights]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum((criterion.weight for _, criterion in self.criteria()), Decimal(0))
        if total != WHOLE:
            usual = ", ".join(f"{parameter} {weight}" for parameter, weight in self.DEFAULTS.items())
            raise ValueError(
                f"its weights add up to {_number(total)} and must add up to 100: change them, "
                f"or leave this side out to keep its default weights ({usual})"
            )
        return self

    def criteria(self) -> Iterator[tuple[Parameter, Criterion]]:
        return ((Parameter(name), getattr(self, name)) for name in type(self).model_fields)


class CvCriteria(_Side):
    """What makes `cv_match_rate`. The weights add up to 100; a parameter that is left out counts nothing."""

    DEFAULTS = CV_WEIGHTS

    technical_skills: Criterion = UNCOUNTED
    experience_level: Criterion = UNCOUNTED
    achievements: Criterion = UNCOUNTED
    cultural_fit: Criterion = UNCOUNTED


class ProjectCriteria(_Side):
    """What makes `project_score`. The weights add up to 100; a parameter that is left out counts nothing."""

    DEFAULTS = PROJECT_WEIGHTS

    correctness: Criterion = UNCOUNTED
    code_quality: Criterion = UNCOUNTED
    resilience: Criterion = UNCOUNTED
    documentation: Criterion = UNCOUNTED
    creativity: Criterion = UNCOUNTED


class Rubric(_Strict):
    """A structured rubric. A side that is left out keeps its default weights."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_storable)] | None = None
    cv: CvCriteria | None = None
    project: ProjectCriteria | None = None

    @property
    def weights(self) -> Weights:
        """Of all nine parameters, in percent."""
        return {**DEFAULT_WEIGHTS, **{parameter: c.weight for parameter, c in self._criteria()}}

    @property
    def canonical(self) -> str:
        """Compact JSON with sorted names: the same rubric is the same text, however it was written."""
        said = self.model_dump(exclude_defaults=True)
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def apply(self, assessment: Assessment) -> tuple[Scores, Assessment]:
        """The two numbers by these weights, and the assessment with the anchor of each rating's score.

        Raises:
            InvalidRating: from `compute_scores`.
        """
        anchored = self.anchored(assessment.ratings)
        return compute_scores(anchored, self.weights), replace(assessment, ratings=anchored)

    def anchored(self, ratings: tuple[Rating, ...]) -> tuple[Rating, ...]:
        """Ratings with what this rubric says of their scores."""
        anchors: dict[tuple[Parameter, str], str] = {
            (parameter, score): anchor
            for parameter, criterion in self._criteria()
            for score, anchor in criterion.anchors.items()
        }
        said = [anchors.get((rating.parameter, str(rating.score))) for rating in ratings]
        return tuple(
            rating if rating.anchor == anchor else replace(rating, anchor=anchor)
            for rating, anchor in zip(ratings, said, strict=True)
        )

    def _criteria(self) -> Iterator[tuple[Parameter, Criterion]]:
        for side in (self.cv, self.project):
            if side is not None:
                yield from side.criteria()


def canonical_rubric(given: object, *, field: str) -> str:
    """A rubric as it is stored, hashed and handed to evaluators.

    JSON is never taken for prose: a list of weights, or a text that begins like an object or such a list and has a comma missing,
    is refused. Any other text is one for an LLM, also one that begins with "[Draft]".

    Raises:
        InvalidRequest: names the field, what is wrong with it and the way out.
    """
    if isinstance(given, str):
        given = given.removeprefix("\ufeff")
        if not given.strip():
            raise InvalidRequest(
                f"{field} is empty: leave it out to use the default, or give a rubric", field=field
            )
        try:
            given = parse_json(text := given)
        except NotJson as error:
            if not _LIKE_JSON.match(text):
                return clean_text(text, field=field, limit=MAX_RUBRIC)
            begins = "an object" if text.lstrip().startswith("{") else "an array"
            raise InvalidRequest(
                f"{field} begins like {begins} of JSON and {error}; a text for an LLM begins with another character",
                field=field,
            ) from None
    if not isinstance(given, dict):
        raise InvalidRequest(
            f"{field} is no JSON object: give one with {_names_in([])}, or a text for an LLM, "
            "which is neither a JSON array, string nor number",
            field=field,
        )
    rubric = _checked(given, field)
    if rubric.cv is None and rubric.project is None:
        raise InvalidRequest(f"{field} gives no weights: give cv, project or both", field=field)
    return clean_text(rubric.canonical, field=field, limit=MAX_RUBRIC)


def is_structured(stored: str) -> bool:
    """Whether a rubric as `canonical_rubric` made it holds weights."""
    return stored.startswith("{")


def rubric_in_force(stored: str | None) -> Rubric:
    """What the numbers are computed by: a stored structured rubric; the default weights beside a text and without any.

    Raises:
        AttemptFailed: it was stored by a version that knows more than this one.
    """
    if stored is None or not is_structured(stored):
        return Rubric()
    try:
        return _checked(json.loads(stored), "scoring_rubric")
    except InvalidRequest as error:
        raise AttemptFailed(f"the stored rubric cannot be read by this version: {error}") from error


def _checked(given: object, field: str) -> Rubric:
    try:
        return Rubric.model_validate(given)
    except ValidationError as error:
        raise _refusal(error, field) from None


_MESSAGES = {
    "decimal_max_places": "has more than two decimal places",
    "extra_forbidden": "is unknown; there are {around}",
    "finite_number": "is not from 0 to 100",
    "greater_than_equal": "is not from 0 to 100",
    "less_than_equal": "is not from 0 to 100",
    "literal_error": "is no score; anchors are for 1, 2, 3, 4 and 5",
    "is_instance_of": "is no number",
    "missing": "is missing",
    "model_type": "is no JSON object; it is one with {here}",
    "dict_type": 'is no JSON object; it is one such as {{"1": "…", "5": "…"}}',
    "string_too_long": "is over {max_length:,} characters: shorten it",
    "string_too_short": "is empty: leave it out, or give a text",
    "string_type": "is no text",
    "string_unicode": "holds broken Unicode (a lone surrogate): remove it",
    "value_error": "{error}",
}


def _refusal(error: ValidationError, field: str) -> InvalidRequest:
    """Every fault by its place; never the value."""
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        place = [str(part)[:60] for part in fault["loc"] if part != "[key]"]
        message = _MESSAGES.get(fault["type"], fault["msg"])
        names = {"here": _names_in(place), "around": _names_in(place[:-1])}
        faults.append((".".join([field, *place]), message.format(**names, **fault.get("ctx", {}))))
    sentence = "; ".join(f"{place}: {message}" for place, message in faults[:5])
    return InvalidRequest(sentence, field=faults[0][0])


def _names_in(place: list[str]) -> str:
    sides: dict[str, type[BaseModel]] = {"cv": CvCriteria, "project": ProjectCriteria}
    model = Rubric if not place else sides.get(place[0], Rubric) if len(place) == 1 else Criterion
    return ", ".join(model.model_fields)
