"""The evaluator without network and model.

`assess` rates a CV and a report. Many CVs against one job: `job = prepare_job(text)` once, then `rate_cv(cv, job, as_of)` for each;
`compute_match_rate(findings.ratings)` of the domain is the number, `warnings_on_cv(findings)` what to know with it, `cv_feedback(findings)` the text.
"""

from cveval_evaluate.local.cv import CvFindings, rate_cv
from cveval_evaluate.local.evaluator import (
    NAME,
    LocalEvaluator,
    assess,
    details_of_cv,
    warnings_on_cv,
    warnings_on_rubric,
)
from cveval_evaluate.local.feedback import cv_feedback
from cveval_evaluate.local.job import Job, prepare_job

__all__ = [
    "NAME",
    "CvFindings",
    "Job",
    "LocalEvaluator",
    "assess",
    "cv_feedback",
    "details_of_cv",
    "prepare_job",
    "rate_cv",
    "warnings_on_cv",
    "warnings_on_rubric",
]
