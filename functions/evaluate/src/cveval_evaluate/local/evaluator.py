"""The deterministic evaluator: no network, no model, the same bytes on every run."""

import asyncio

from cveval.domain.evaluations import Assessment, Materials, compute_scores
from cveval_evaluate.local.cv import CvFindings, rate_cv
from cveval_evaluate.local.feedback import cv_feedback, overall_summary, project_feedback
from cveval_evaluate.local.project import rate_project
from cveval_evaluate.local.text import share_of_english, words
from cveval_evaluate.local.tfidf import idf_table

NAME = "local/1"
LEAST_ENGLISH = 0.05
FEWEST_WORDS = 40


class LocalEvaluator:
    """Implements `Evaluator`. Raises nothing of its own: whatever the texts are, they can be rated."""

    async def evaluate(self, materials: Materials) -> Assessment:
        """Rate off the event loop."""
        return await asyncio.to_thread(assess, materials)


def assess(materials: Materials) -> Assessment:
    """Rate all nine parameters from what stands in the documents."""
    cv, project = rate_cv(materials), rate_project(materials)
    ratings = (*cv.ratings, *project.ratings)
    return Assessment(
        ratings=ratings,
        cv_feedback=cv_feedback(cv),
        project_feedback=project_feedback(project),
        overall_summary=overall_summary(compute_scores(ratings), cv, project),
        evaluator=NAME,
        warnings=(*materials.warnings, *_warnings(materials, cv)),
        details={
            "idf_table_sha256": idf_table().sha256,
            "similarity": cv.similarity,
            "matched_skills": list(cv.matched),
            "missing_skills": list(cv.missing),
            "requirements": [
                {"text": part.requirement[:300], "covered": part.passage is not None}
                for part in project.coverage
            ],
        },
    )


def _warnings(materials: Materials, cv: CvFindings) -> list[str]:
    found = []
    for name, text in (("cv", materials.cv), ("project", materials.project)):
        if len(words(text)) < FEWEST_WORDS:
            found.append(f"{name}: very short; there is little to rate")
        elif share_of_english(text) < LEAST_ENGLISH:
            found.append(f"{name}: not in English, it seems; the local evaluator reads English only")
    if not cv.has_requirements:
        found.append("job_description: no sentence states a requirement; its whole wording was compared")
    if materials.rubric is not None:
        found.append(
            "scoring_rubric: the local evaluator rates by its own rules and does not read it; the weights of a structured "
            "rubric make cv_match_rate and project_score, while overall_summary names both by the default weights"
        )
    return found
