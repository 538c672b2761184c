"""The deterministic evaluator: no network, no model, the same bytes on every run."""

import asyncio
from collections.abc import Iterable, Iterator

from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.rubrics import is_structured
from cveval_evaluate.local.answers import answered
from cveval_evaluate.local.brief import prepare_brief
from cveval_evaluate.local.copying import Original
from cveval_evaluate.local.coverage import Coverage
from cveval_evaluate.local.cv import CvFindings, rate_cv
from cveval_evaluate.local.evidence import quotable
from cveval_evaluate.local.feedback import cv_feedback, overall_summary, project_feedback
from cveval_evaluate.local.job import prepare_job
from cveval_evaluate.local.language import Language, is_very_short
from cveval_evaluate.local.project import ProjectFindings, rate_project
from cveval_evaluate.local.tfidf import idf_table

NAME = "local/4"
LONGEST_REQUIREMENT = 300
MOST_DATES_SHOWN = 3
MANY_WORDS = 20_000
"""About forty full pages: more than a person writes about themselves or one project."""


class LocalEvaluator:
    """Implements `Evaluator`. Raises nothing of its own: whatever the texts are, they can be rated."""

    async def evaluate(self, materials: Materials) -> Assessment:
        """Rate off the event loop."""
        return await asyncio.to_thread(assess, materials)


def assess(materials: Materials) -> Assessment:
    """Rate all nine parameters from what stands in the documents."""
    job, brief = prepare_job(materials.job_description), prepare_brief(materials.study_case_brief)
    cv = rate_cv(materials.cv, job, materials.as_of)
    project = rate_project(materials.project, brief)
    return Assessment(
        ratings=(*cv.ratings, *project.ratings),
        cv_feedback=cv_feedback(cv),
        project_feedback=project_feedback(project),
        overall_summary=overall_summary(cv, project),
        evaluator=NAME,
        warnings=(*materials.warnings, *_warnings(materials, cv, project)),
        details={
            **details_of_cv(cv),
            "job_requirements": _shown(answered(cv)),
            "requirements": _shown(project.coverage),
        },
    )


def _shown(coverage: Iterable[Coverage]) -> list[dict[str, object]]:
    return [
        {
            "text": _shortened(part.requirement),
            "covered": part.passage is not None,
            "quote": quotable(part.passage) if part.passage is not None else None,
        }
        for part in coverage
    ]


def _shortened(requirement: str) -> str:
    if len(requirement) <= LONGEST_REQUIREMENT:
        return requirement
    return requirement[:LONGEST_REQUIREMENT].rsplit(maxsplit=1)[0] + " …"


def warnings_on_cv(found: CvFindings) -> Iterator[str]:
    """What a reader must know before trusting the numbers: `document: code: what it means`."""
    yield from _on_length("cv", found)
    if found.language is Language.ANOTHER:
        yield (
            "cv: not_english: dates, figures and names of skills were judged, the wording was not: whether a position that names no skill "
            "of the job bears on it could not be judged, so it does not count; each rating is at most 3, working with others gets the "
            "floor, and the match rate must not be compared with others"
        )
    elif found.language is Language.HARDLY_ENGLISH and not is_very_short(found.original.lower):
        yield "cv: not_english: it has hardly any English sentences, and only these were judged"
    if found.original.copied_words:
        yield f"cv: jd_text_copied: {_copied(found.original)} the job description, word for word or in another order, and did not count"
    if found.implausible_dates:
        yield (
            f"cv: implausible_dates: {', '.join(found.implausible_dates[:MOST_DATES_SHOWN])} did not count: over fifty years ago, still "
            "to come, or ended before it began"
        )
    if found.job.language is Language.ANOTHER:
        yield (
            "job_description: not_english: the local evaluator reads English; names of skills and words as they are written were "
            "compared, and what else is asked for was hardly recognised, so the match rate says little and must "
            "not be compared with others"
        )
    elif not found.job.has_requirements:
        yield (
            "job_description: no_requirements: it names no skill, experience or task, so its whole wording was compared and the match "
            "rate says little of the candidate: add what the work is and what it takes"
        )


def warnings_on_rubric(rubric: str | None) -> Iterator[str]:
    """What of a rubric does not count here: all of a text, of a structured one everything but its weights."""
    if rubric is not None and is_structured(rubric):
        yield (
            "scoring_rubric: not_read: the local evaluator rates by its own rules and does not read it; its weights make "
            "cv_match_rate and project_score"
        )
    elif rubric is not None:
        yield (
            "scoring_rubric: not_read: it is a text for an LLM; the local evaluator does not read it, so it changed nothing: weights "
            "that count are given as JSON"
        )


def _warnings(materials: Materials, cv: CvFindings, project: ProjectFindings) -> Iterator[str]:
    yield from warnings_on_cv(cv)
    yield from _on_length("project", project)
    if project.language is Language.ANOTHER or (
        project.language is Language.HARDLY_ENGLISH and not is_very_short(project.original.lower)
    ):
        yield (
            "project: not_english: the local evaluator reads English; names and figures were judged, the wording was not, so the "
            "project score says little"
        )
    if project.original.copied_words:
        yield f"project: brief_text_copied: {_copied(project.original)} the brief, word for word or in another order, and did not count"
    if prepare_brief(materials.study_case_brief).language is Language.ANOTHER:
        yield (
            "study_case_brief: not_english: the local evaluator reads English, so what it asks for was hardly recognised and the project "
            "score says little"
        )
    if not project.coverage:
        yield "study_case_brief: no_requirements: it asks for nothing that a report could answer"
    yield from warnings_on_rubric(materials.rubric)


def _on_length(document: str, found: CvFindings | ProjectFindings) -> Iterator[str]:
    words = found.original.words
    if is_very_short(found.original.lower) or any(rating.score == found.highest for rating in found.ratings):
        yield f"{document}: very_short: there is little to rate, so each rating is at most {found.highest}"
    if words > MANY_WORDS:
        yield f"{document}: very_long: {words:,} words; length gains nothing, but is it the right document?"


def _copied(original: Original) -> str:
    return f"{original.copied_words} words ({original.share_copied:.0%}) repeat"


def details_of_cv(cv: CvFindings) -> dict[str, object]:
    """What the receipt keeps of a CV beside its ratings, JSON-ready."""
    return {
        "idf_table_sha256": idf_table().sha256,
        "similarity": cv.match.similarity,
        "matched_skills": [*cv.match.shown],
        "listed_skills": [*cv.match.listed],
        "missing_skills": [*cv.match.missing],
        "met_otherwise": dict(cv.match.met_otherwise),
        "months_of_experience": cv.months,
        "months_unrelated": cv.unrelated_months,
    }
