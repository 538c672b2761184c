"""Many CVs against one job, here and now: the same extraction, evaluator and scores as everywhere; nothing is stored."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cveval.domain.batches import shared_ranks, why_unranked
from cveval.domain.documents import Extractor, content_hash
from cveval.domain.errors import CvevalError
from cveval.domain.evaluations import Materials, compute_match_rate
from cveval.domain.rubrics import rubric_in_force
from cveval_evaluate.local import (
    NAME,
    Job,
    assess,
    cv_feedback,
    details_of_cv,
    prepare_job,
    rate_cv,
    warnings_on_cv,
    warnings_on_rubric,
)
from cveval_local.evaluating import ratings_of, read_document, result_of
from cveval_submit.extraction.process import ProcessExtractor


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CV, and the project report that goes with it where there is one."""

    cv: Path
    project: Path | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """What every candidate is compared with. The rubric is one that `read_rubric` gave."""

    job: Job
    job_description: str
    study_case_brief: str
    rubric: str | None
    as_of: date


@dataclass(frozen=True, slots=True)
class Ranked:
    """One candidate's numbers and what they rest on, in the shape of `result` over HTTP."""

    place: int | None
    """Shared by equals."""
    unranked: str | None
    """Why it has no place: its numbers must not be compared with others."""
    candidate: Candidate
    repeats: Path | None
    """The first CV, by name, that has the same text, white space aside: it is ranked, too."""
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Rated:
    candidate: Candidate
    text_hash: str
    """Of the CV's text, white space aside."""
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unread:
    """A candidate without numbers, and the reason for people, which names the file."""

    candidate: Candidate
    reason: str


def against(
    job_description: str, study_case_brief: str, rubric: str | None, as_of: date | None = None
) -> Against:
    """Prepare the job once for all candidates. Positions held at "present" end on `as_of`, which is today where none is given."""
    as_of = as_of or datetime.now(UTC).date()
    return Against(prepare_job(job_description), job_description, study_case_brief, rubric, as_of)


def find_candidates(cvs: Iterable[Path], projects: Path | None) -> tuple[list[Candidate], list[Path]]:
    """Files, and what lies in folders (what is hidden stays out), each once; and the reports that go with none of them.

    A report goes with the CV of the same name, whatever the two are written in.
    """
    reports = {path.stem: path for path in _files_in(projects)} if projects is not None else {}
    files = dict.fromkeys(path for cv in cvs for path in (_files_in(cv) if cv.is_dir() else [cv]))
    candidates = [Candidate(cv, reports.get(cv.stem)) for cv in files]
    taken = {candidate.project for candidate in candidates}
    return candidates, [report for report in reports.values() if report not in taken]


def _files_in(folder: Path) -> list[Path]:
    """Its subfolders' files too."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


async def rank_candidates(
    candidates: Sequence[Candidate], wanted: Against, advanced: Callable[[Unread | None], None]
) -> tuple[list[Ranked], list[Unread]]:
    """Rate all, and put them in order: by match rate, then project score, then name; those not to be compared last.

    Args:
        advanced: called after each candidate, with the reason where one cannot be rated.
    """
    extractor = ProcessExtractor(concurrency=os.cpu_count() or 1)
    waiting = iter(candidates)
    rated: list[_Rated] = []
    unread: list[Unread] = []

    async def work() -> None:
        for candidate in waiting:
            fault: Unread | None = None
            try:
                rated.append(await _rate(candidate, wanted, extractor))
            except (CvevalError, OSError) as error:
                fault = Unread(candidate, _reason(error))
                unread.append(fault)
            advanced(fault)

    try:
        async with asyncio.TaskGroup() as workers:
            # One reads while the other is rated.
            for _ in range(2 * (os.cpu_count() or 1)):
                workers.create_task(work())
    finally:
        await extractor.aclose()
    return _in_order(rated), sorted(unread, key=lambda u: str(u.candidate.cv))


async def _rate(candidate: Candidate, wanted: Against, extractor: Extractor) -> _Rated:
    cv = await extractor.extract(read_document(candidate.cv), field=str(candidate.cv))
    text_hash = content_hash(" ".join(cv.text.split()))
    if candidate.project is None:
        shown = await asyncio.to_thread(_of_cv_alone, cv.text, cv.warnings, wanted)
        return _Rated(candidate, text_hash, shown)
    project = await extractor.extract(read_document(candidate.project), field=str(candidate.project))
    materials = Materials(
        cv=cv.text,
        project=project.text,
        job_description=wanted.job_description,
        study_case_brief=wanted.study_case_brief,
        rubric=wanted.rubric,
        warnings=(*_of("cv", cv.warnings), *_of("project", project.warnings)),
        as_of=wanted.as_of,
    )
    shown = result_of(await asyncio.to_thread(assess, materials), wanted.rubric)
    return _Rated(candidate, text_hash, shown)


def _of_cv_alone(text: str, warnings: Iterable[str], wanted: Against) -> dict[str, Any]:
    """As much of `result` as a CV alone gives."""
    found = rate_cv(text, wanted.job, wanted.as_of)
    rubric = rubric_in_force(wanted.rubric)
    return {
        "cv_match_rate": float(compute_match_rate(found.ratings, rubric.weights)),
        "cv_feedback": cv_feedback(found),
        "project_score": None,
        "ratings": ratings_of(rubric.anchored(found.ratings), rubric.weights),
        "warnings": [
            *_of("cv", warnings),
            *warnings_on_cv(found),
            *warnings_on_rubric(wanted.rubric),
        ],
        "receipt": {
            "evaluator": NAME,
            "rubric_hash": None if wanted.rubric is None else content_hash(wanted.rubric),
            "details": details_of_cv(found),
        },
    }


def _of(document: str, warnings: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{document}: {warning}" for warning in warnings)


def _reason(error: CvevalError | OSError) -> str:
    return (
        str(error)
        if isinstance(error, CvevalError)
        else f"{error.filename} cannot be opened: {error.strerror}"
    )


def _in_order(rated: Iterable[_Rated]) -> list[Ranked]:
    def numbers(one: Ranked) -> tuple[float, float]:
        return -one.shown["cv_match_rate"], -(one.shown["project_score"] or 0)

    first: dict[str, Path] = {}
    found: list[Ranked] = []
    for one in sorted(rated, key=lambda one: str(one.candidate.cv)):
        same = first.setdefault(one.text_hash, one.candidate.cv)
        repeats = None if same == one.candidate.cv else same
        found.append(Ranked(None, why_unranked(one.shown["warnings"]), one.candidate, repeats, one.shown))
    compared = sorted((one for one in found if one.unranked is None), key=numbers)
    ranks = shared_ranks(map(numbers, compared))
    return [
        *(replace(one, place=ranks[numbers(one)]) for one in compared),
        *(one for one in found if one.unranked is not None),
    ]
