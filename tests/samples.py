"""Small valid things, to be changed where a test cares."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cveval.domain.attempts import ClaimedJob, Completion
from cveval.domain.documents import Upload, UploadType, new_id
from cveval.domain.evaluations import Assessment, Parameter, Quote, Rating, compute_scores
from cveval.domain.jobs import DEFAULT_QUEUE, Accepted, Submission
from cveval.store.leases import Claim
from cveval.store.submitting import submit
from cveval.store.transaction import Store

LEASE = timedelta(seconds=60)
DAY = timedelta(hours=24)


def an_upload(type_: UploadType = UploadType.CV, **changes: Any) -> Upload:
    upload = Upload(
        id=new_id(),
        owner="acme",
        type=type_,
        text="Ada Example\nPython since 2019",
        filename="cv.txt",
        mime="text/plain",
        size=29,
        sha256="0" * 64,
    )
    return replace(upload, **changes)


async def uploads_in(store: Store, owner: str = "acme") -> tuple[str, str]:
    """A stored CV and report: (cv_id, project_id)."""
    cv, project = an_upload(owner=owner), an_upload(UploadType.PROJECT, owner=owner, text="A report")
    await store.transact(lambda tx: tx.uploads.add(cv, project))
    return cv.id, project.id


def a_submission(cv_id: str, project_id: str, **changes: Any) -> Submission:
    submission = Submission(
        job_id=new_id(),
        owner="acme",
        queue=DEFAULT_QUEUE,
        cv_id=cv_id,
        project_id=project_id,
        job_description="Backend engineer",
        study_case_brief="Build a service",
    )
    return replace(submission, **changes)


async def submitted(
    store: Store, *submissions: Submission, quota: int = 1000, has_room: bool = False
) -> list[Any]:
    added = await submit(store, submissions, key_retention=DAY, quota=quota, has_room=has_room)
    return list(added.answers)


async def a_job(store: Store, **changes: Any) -> str:
    """A queued job's id."""
    [answer] = await submitted(store, a_submission(*await uploads_in(store), **changes))
    assert isinstance(answer, Accepted), answer
    return answer.job_id


async def claimed(store: Store, job_id: str, worker: str = "worker-1") -> Any:
    [answer] = await store.transact(lambda tx: tx.leases.claim([Claim(job_id, worker, LEASE)]))
    return answer


async def a_claimed_job(store: Store, worker: str = "worker-1") -> ClaimedJob:
    answer = await claimed(store, await a_job(store), worker)
    assert isinstance(answer, ClaimedJob), answer
    return answer


def an_assessment(score: int = 3, *warnings: str) -> Assessment:
    return Assessment(
        ratings=tuple(
            Rating(parameter, score, "because", (Quote("cv", "Python since 2019"),))
            for parameter in Parameter
        ),
        cv_feedback="Good.",
        project_feedback="Fine.",
        overall_summary="Advice, no decision.",
        evaluator="test/1",
        warnings=warnings or ("a warning",),
        details={"missing": ["Go"]},
    )


def a_completion(
    job: ClaimedJob, worker: str = "worker-1", score: int = 3, warnings: tuple[str, ...] = ()
) -> Completion:
    assessment = an_assessment(score, *warnings)
    return Completion(job.job_id, job.attempt, worker, compute_scores(assessment.ratings), assessment)
