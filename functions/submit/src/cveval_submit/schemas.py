"""What is on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cveval.domain.documents import MAX_JOB_DESCRIPTION, MAX_RUBRIC, MAX_STUDY_CASE_BRIEF
from cveval.domain.evaluations import Parameter
from cveval.domain.jobs import DEFAULT_QUEUE, JobStatus
from cveval.domain.rubrics import Rubric, canonical_rubric

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", json_schema_extra={"format": "uuid"}
    ),
]
QueueName = Literal["evaluate:default"]
assert DEFAULT_QUEUE in QueueName.__args__  # type: ignore[attr-defined]


def _canonical(given: object) -> str | None:
    """Refused in the rubric's own words, before the other fields are looked at."""
    return None if given is None else canonical_rubric(given, field="scoring_rubric")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EvaluateRequest(_Strict):
    """Evaluate a CV and a project report against a job description and a case-study brief."""

    cv_id: Id
    project_id: Id
    job_description: Annotated[
        str | None,
        Field(
            max_length=MAX_JOB_DESCRIPTION,
            description="Left out: the description of a backend engineer that ships with cveval.",
        ),
    ] = None
    study_case_brief: Annotated[
        str | None,
        Field(max_length=MAX_STUDY_CASE_BRIEF, description="Left out: the brief that ships with cveval."),
    ] = None
    scoring_rubric: Annotated[
        str | None,
        BeforeValidator(
            _canonical,
            json_schema_input_type=Rubric | Annotated[str, Field(max_length=MAX_RUBRIC)] | None,
        ),
        Field(
            description=(
                "A structured rubric makes the two numbers: its weights add up to 100 on each side that is given. A text is "
                "for an evaluator that reads; a text that begins with `{` is taken for a structured rubric. Left out: the "
                f"default weights. At most {MAX_RUBRIC:,} characters, as compact JSON."
            )
        ),
    ] = None
    queue: QueueName | None = None


class UploadAnswer(_Strict):
    """The ids of the documents that were sent; warnings such as `cv: hidden_text:white`."""

    cv_id: Id | None = None
    project_id: Id | None = None
    warnings: tuple[str, ...] = ()


class AcceptedAnswer(_Strict):
    id: Id
    status: Literal["queued"] = "queued"


class QuoteShown(_Strict):
    document: Literal["cv", "project"]
    text: str


class RatingShown(_Strict):
    parameter: Parameter
    score: Annotated[int, Field(ge=1, le=5)]
    weight: Annotated[
        float, Field(ge=0, le=100, description="Percent of `cv_match_rate` or of `project_score`.")
    ]
    anchor: Annotated[str | None, Field(description="What the rubric says of this score.")]
    reason: str
    quotes: tuple[QuoteShown, ...]


class Receipt(_Strict):
    """What the numbers rest on: who rated, at which attempt, by which rubric, and what else it noted."""

    evaluator: str
    model: str | None
    prompt_version: str | None
    attempt: int
    rubric_hash: Annotated[
        str | None,
        Field(description="The sha256 of the rubric as compact JSON with sorted names, or as text."),
    ]
    details: dict[str, object]
    created_at: datetime


class ResultShown(_Strict):
    cv_match_rate: Annotated[float, Field(ge=0.2, le=1)]
    cv_feedback: str
    project_score: Annotated[float, Field(ge=2, le=10)]
    project_feedback: str
    overall_summary: str
    ratings: tuple[RatingShown, ...]
    warnings: tuple[str, ...]
    receipt: Receipt


class ErrorShown(_Strict):
    code: str
    message: str


class ResultAnswer(_Strict):
    """`result` once completed, `error` once failed, neither before."""

    id: Id
    status: JobStatus
    result: ResultShown | None = None
    error: ErrorShown | None = None


class JobShown(_Strict):
    id: Id
    status: JobStatus
    queue: str
    cv_id: Id
    project_id: Id
    attempt: int
    created_at: datetime
    updated_at: datetime
    error: ErrorShown | None = None


class JobsPage(_Strict):
    """The newest first; `next` is the cursor of the following page, if there is one."""

    jobs: tuple[JobShown, ...]
    next: str | None = None


class CancelAnswer(_Strict):
    id: Id
    status: Literal["failed"] = "failed"


class ErasedAnswer(_Strict):
    """How many jobs and uploads are gone."""

    jobs: int
    uploads: int


class Problem(BaseModel):
    """RFC 9457; `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    field: str | None = None
