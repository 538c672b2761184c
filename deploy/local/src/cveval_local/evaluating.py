"""One evaluation without server and database: the same extraction, evaluator and scores."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cveval.domain.documents import (
    MAX_JOB_DESCRIPTION,
    MAX_STUDY_CASE_BRIEF,
    MAX_UPLOAD_BYTES,
    clean_text,
    content_hash,
)
from cveval.domain.errors import DocumentTooLarge, InvalidRequest, UnsupportedDocument
from cveval.domain.evaluations import Assessment, Materials, Rating, Weights
from cveval.domain.rubrics import canonical_rubric, rubric_in_force
from cveval_evaluate.local import LocalEvaluator
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.handler import JOB_DESCRIPTION, STUDY_CASE_BRIEF
from cveval_submit.showing import show_ratings


async def evaluate_files(
    cv: Path, project: Path, job: Path | None, brief: Path | None, rubric: str | None = None
) -> Assessment:
    """Rate two documents. The rubric is one that `read_rubric` gave.

    Raises:
        RejectedError: a file that cannot be read, by its name.
    """
    extractor = ProcessExtractor()
    try:
        cv_text, project_text = await asyncio.gather(
            extractor.extract(read_document(cv), field=str(cv)),
            extractor.extract(read_document(project), field=str(project)),
        )
    finally:
        await extractor.aclose()
    materials = Materials(
        cv=cv_text.text,
        project=project_text.text,
        job_description=read_text(job, MAX_JOB_DESCRIPTION) or JOB_DESCRIPTION,
        study_case_brief=read_text(brief, MAX_STUDY_CASE_BRIEF) or STUDY_CASE_BRIEF,
        rubric=rubric,
        warnings=(
            *(f"cv: {warning}" for warning in cv_text.warnings),
            *(f"project: {warning}" for warning in project_text.warnings),
        ),
        as_of=datetime.now(UTC).date(),
    )
    return await LocalEvaluator().evaluate(materials)


def result_of(assessment: Assessment, rubric: str | None = None) -> dict[str, Any]:
    """An assessment in the shape of `result` over HTTP."""
    scores, assessment = rubric_in_force(rubric).apply(assessment)
    return {
        "cv_match_rate": float(scores.cv_match_rate),
        "cv_feedback": assessment.cv_feedback,
        "project_score": float(scores.project_score),
        "project_feedback": assessment.project_feedback,
        "overall_summary": assessment.overall_summary,
        "ratings": ratings_of(assessment.ratings, scores.weights),
        "warnings": list(assessment.warnings),
        "receipt": {
            "evaluator": assessment.evaluator,
            "rubric_hash": None if rubric is None else content_hash(rubric),
            "details": dict(assessment.details),
        },
    }


def ratings_of(ratings: Iterable[Rating], weights: Weights) -> list[dict[str, Any]]:
    """Ratings in the shape of `ratings` over HTTP."""
    return [rating.model_dump(mode="json") for rating in show_ratings(ratings, weights)]


def read_document(path: Path) -> bytes:
    """A file's bytes, within the limit of an upload.

    Raises:
        DocumentTooLarge
    """
    if path.stat().st_size > MAX_UPLOAD_BYTES:
        raise DocumentTooLarge(
            f"{path} is over {MAX_UPLOAD_BYTES:,} bytes: send a smaller file", field=str(path)
        )
    return path.read_bytes()


def read_text(path: Path | None, limit: int, *, has_default: bool = True) -> str | None:
    """A file's text; None where no file was named. `has_default`: there is one that is used where none is named.

    Raises:
        DocumentTooLarge, UnsupportedDocument (no text), InvalidRequest (nothing in it, or over `limit` characters)
    """
    if path is None:
        return None
    try:
        text = read_document(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnsupportedDocument(
            f"{path} is no UTF-8 text: save it as plain text", field=str(path)
        ) from None
    if not text.strip():
        way_out = (
            "leave it out to use the default, or give a text" if has_default else "write the text into it"
        )
        raise InvalidRequest(f"{path} is empty: {way_out}", field=str(path))
    return clean_text(text, field=str(path), limit=limit)


def read_rubric(path: Path | None) -> str | None:
    """A rubric's file, structured or text, as it is sent and stored; None where no file was named.

    Raises:
        DocumentTooLarge, UnsupportedDocument (no text), InvalidRequest (nothing in it, too long, or wrong: says where)
    """
    text = read_text(path, MAX_UPLOAD_BYTES)
    return None if text is None else canonical_rubric(text, field=f"{path}: rubric")
