"""What is on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from cveval.domain.batches import LARGEST_BATCH
from cveval.domain.documents import MAX_JOB_DESCRIPTION, MAX_RUBRIC, MAX_STUDY_CASE_BRIEF
from cveval.domain.errors import InvalidRequest
from cveval.domain.evaluations import Parameter
from cveval.domain.jobs import DEFAULT_QUEUE, JobStatus
from cveval.domain.policies import QUEUE_NAME
from cveval.domain.rubrics import Rubric, canonical_rubric

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", json_schema_extra={"format": "uuid"}
    ),
]
GivenId = Annotated[Id, AfterValidator(str.lower), Field(description="As `POST /v1/upload` answered it.")]


def _canonical(given: object) -> str | None:
    """Refused in the rubric's own words, before the other fields are looked at."""
    return None if given is None else canonical_rubric(given, field="scoring_rubric")


JobDescription = Annotated[
    str | None,
    Field(
        max_length=MAX_JOB_DESCRIPTION,
        description="Left out: the description of a backend engineer that ships with cveval.",
    ),
]
StudyCaseBrief = Annotated[
    str | None,
    Field(max_length=MAX_STUDY_CASE_BRIEF, description="Left out: the brief that ships with cveval."),
]
ScoringRubric = Annotated[
    str | None,
    BeforeValidator(
        _canonical,
        json_schema_input_type=Rubric | Annotated[str, Field(max_length=MAX_RUBRIC)] | None,
    ),
    Field(
        description=(
            "A structured rubric makes the two numbers: its weights add up to 100 on each side that is given. A text is "
            "for an evaluator that reads; JSON in a text is taken for a structured rubric and refused if it is no object. "
            f"Left out: the default weights. At most {MAX_RUBRIC:,} characters, as compact JSON."
        )
    ),
]
Queue = Annotated[
    str | None,
    Field(
        description=f"One that CVEVAL_QUEUES names, such as `evaluate:bulk`. Left out: `{DEFAULT_QUEUE}`.",
        # Not looked at here: what is refused is told which queues there are.
        json_schema_extra={"pattern": QUEUE_NAME},
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class EvaluateRequest(_Strict):
    """Evaluate a CV and a project report against a job description and a case-study brief."""

    cv_id: GivenId
    project_id: GivenId
    job_description: JobDescription = None
    study_case_brief: StudyCaseBrief = None
    scoring_rubric: ScoringRubric = None
    queue: Queue = None


class CandidateGiven(_Strict):
    """A CV and a project report."""

    cv_id: GivenId
    project_id: GivenId


def _no_pair_twice(given: list[CandidateGiven]) -> list[CandidateGiven]:
    first: dict[CandidateGiven, int] = {}
    for position, candidate in enumerate(given):
        if first.setdefault(candidate, position) < position:
            name = f"candidates[{position}]"
            raise InvalidRequest(
                f"{name} is the same pair as candidates[{first[candidate]}]: send each once", field=name
            )
    return given


class BatchRequest(_Strict):
    """Evaluate many candidates against one job description, one case-study brief and one rubric."""

    candidates: Annotated[
        list[CandidateGiven],
        Field(
            min_length=1,
            max_length=LARGEST_BATCH,
            description="No pair twice.",
            json_schema_extra={"uniqueItems": True},
        ),
        AfterValidator(_no_pair_twice),
    ]
    job_description: JobDescription = None
    study_case_brief: StudyCaseBrief = None
    scoring_rubric: ScoringRubric = None
    queue: Queue = None


class UploadAnswer(_Strict):
    """The ids of the documents that were sent, and what was noticed while they were read."""

    cv_id: Annotated[Id | None, Field(description="Where a CV was sent.")] = None
    project_id: Annotated[Id | None, Field(description="Where a project report was sent.")] = None
    warnings: Annotated[tuple[str, ...], Field(description="Such as `cv: hidden_text:white`.")] = ()


class AcceptedAnswer(_Strict):
    """The job that will evaluate."""

    id: Annotated[Id, Field(description="Of the job, and of its result.")]
    status: Literal["queued"] = "queued"


class BatchAccepted(_Strict):
    """The batch, and the job of each candidate."""

    id: Annotated[Id, Field(description="Of the batch.")]
    jobs: Annotated[
        tuple[Id, ...],
        Field(
            description=(
                "In the order of the candidates; each is a job as `POST /v1/evaluate` makes one. In an answer that is "
                "replayed, without those that were erased or purged since."
            )
        ),
    ]
    status: Literal["running"] = "running"


class QuoteShown(_Strict):
    """A passage that stands in the document, word for word."""

    document: Literal["cv", "project"]
    text: str


class RatingShown(_Strict):
    """One of the nine ratings, with what it rests on."""

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

    evaluator: Annotated[str, Field(description="Name and version, such as `local/1`.")]
    model: Annotated[str | None, Field(description="Of an evaluator that asks one.")]
    prompt_version: Annotated[str | None, Field(description="Of an evaluator that asks a model.")]
    attempt: Annotated[int, Field(description="The attempt of the job that made this result.")]
    rubric_hash: Annotated[
        str | None,
        Field(description="The sha256 of the rubric as compact JSON with sorted names, or as text."),
    ]
    details: Annotated[
        dict[str, object],
        Field(
            description="What this evaluator noted: skills, what the job and the brief ask for and the quote that answers each, hashes of tables."
        ),
    ]
    created_at: datetime


class ResultShown(_Strict):
    """Two numbers, three texts, and everything that they rest on. It is advice and no decision."""

    cv_match_rate: Annotated[float, Field(ge=0.2, le=1, description="0.2 is the floor: nothing was found.")]
    cv_feedback: str
    project_score: Annotated[float, Field(ge=2, le=10, description="2 is the floor: nothing was found.")]
    project_feedback: str
    overall_summary: str
    ratings: Annotated[tuple[RatingShown, ...], Field(description="All nine.")]
    warnings: Annotated[
        tuple[str, ...], Field(description="What makes a number doubtful, by document or field.")
    ]
    receipt: Receipt


class ErrorShown(_Strict):
    """Why a job failed."""

    code: Annotated[str, Field(description="Stable: what a client switches on.")]
    message: Annotated[str, Field(description="A sentence for people.")]


class ResultAnswer(_Strict):
    """`result` once completed, `error` once failed, neither before."""

    id: Id
    status: JobStatus
    result: ResultShown | None = None
    error: ErrorShown | None = None


class JobShown(_Strict):
    """A line of the listing."""

    id: Id
    status: JobStatus
    queue: str
    cv_id: Id
    project_id: Id
    attempt: Annotated[int, Field(description="How often a worker has taken it.")]
    created_at: datetime
    updated_at: datetime
    error: ErrorShown | None = None


class JobsPage(_Strict):
    """One page of jobs, the newest first."""

    jobs: tuple[JobShown, ...]
    next: Annotated[str | None, Field(description="The `cursor` of the following page, if there is one.")] = (
        None
    )


class Progress(_Strict):
    """How many jobs of the batch there are, and in which state."""

    total: int
    queued: int
    processing: int
    completed: int
    failed: int


class Ranked(_Strict):
    """A candidate of the batch. What the numbers rest on: `GET /v1/result/{job_id}`."""

    rank: Annotated[
        int | None, Field(description="Once completed; candidates with equal numbers share one (1, 1, 3).")
    ]
    unranked: Annotated[
        str | None,
        Field(
            description="Why a completed candidate has no rank: the warning that its numbers must not be compared with others."
        ),
    ]
    job_id: Id
    cv_id: Id
    project_id: Id
    status: JobStatus
    cv_match_rate: Annotated[float | None, Field(ge=0.2, le=1, description="Once completed.")]
    project_score: Annotated[float | None, Field(ge=2, le=10, description="Once completed.")]
    error: Annotated[ErrorShown | None, Field(description="Once failed.")]


class BatchAnswer(_Strict):
    """How the batch stands. Candidates that were erased are no part of it any more. It is advice and no decision."""

    id: Id
    status: Annotated[
        Literal["running", "finished"], Field(description="`finished` once every job is completed or failed.")
    ]
    progress: Progress
    ranking: Annotated[
        tuple[Ranked, ...],
        Field(
            description=(
                "Completed ones by `cv_match_rate`, then by `project_score`; then, without a rank, those whose numbers must not be "
                "compared with others (a CV or a job description in another language), unfinished ones, and failed ones. "
                "What is equal stays in the order of the request."
            )
        ),
    ]


class CancelAnswer(_Strict):
    """A cancelled job is a failed one, with the code `cancelled`."""

    id: Id
    status: Literal["failed"] = "failed"


class ErasedAnswer(_Strict):
    """How many jobs and uploads are gone."""

    jobs: int
    uploads: int


class Problem(BaseModel):
    """Every error, as problem details (RFC 9457)."""

    type: Annotated[str, Field(description="`urn:cveval:problem:` and the code.")]
    title: Annotated[str, Field(description="The words of the HTTP status.")]
    status: int
    code: Annotated[str, Field(description="Stable: what a client switches on.")]
    detail: Annotated[
        str, Field(description="For people: what is wrong, the limit, the way out; never document text.")
    ]
    request_id: str
    field: Annotated[str | None, Field(description="The part, field or header at fault, where one is.")] = (
        None
    )
