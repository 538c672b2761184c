"""Requests and answers to learn from. The candidate is invented."""

_CV, _PROJECT = "0b0b8f9e-3c0e-4b3f-9a57-5f1f2c7c1d01", "7d1f6a52-88a4-4a7e-b5a4-1c5b6a0e9f02"
_JOB = "3f1c2a4e-5b6d-4c7e-8f90-a1b2c3d4e5f6"
_AT = "2026-11-24T09:00:00Z"

UPLOAD_ANSWER = {"cv_id": _CV, "project_id": _PROJECT, "warnings": ["cv: hidden_text:white"]}
EVALUATE_REQUEST = {
    "cv_id": _CV,
    "project_id": _PROJECT,
    "job_description": "Backend engineer. You must know Go and Postgres.",
    "scoring_rubric": {
        "name": "Backend hiring 2026",
        "cv": {
            "technical_skills": {
                "weight": 60,
                "anchors": {"1": "None of our stack", "5": "All of our stack"},
            },
            "achievements": {"weight": 40},
        },
    },
}
EVALUATE_ANSWER = {"id": _JOB, "status": "queued"}
RESULT_ANSWER = {
    "id": _JOB,
    "status": "completed",
    "result": {
        "cv_match_rate": 0.84,
        "cv_feedback": "The CV shows Go and Postgres. …",
        "project_score": 7.9,
        "project_feedback": "The report answers 17 of 23 requirements of the brief. …",
        "overall_summary": "The CV is a strong match for the job … they are advice and no decision.",
        "ratings": [
            {
                "parameter": "technical_skills",
                "score": 5,
                "weight": 60,
                "anchor": "All of our stack",
                "reason": "The CV's vocabulary agrees with the job's at 0.92 of 1.",
                "quotes": [{"document": "cv", "text": "Built payment services in Go on Postgres"}],
            }
        ],
        "warnings": [],
        "receipt": {
            "evaluator": "local/1",
            "model": None,
            "prompt_version": None,
            "attempt": 1,
            "rubric_hash": "6a1a771a458e5625b410e665c614b275fbfdac096eb957bfd815af329bf620fd",
            "details": {"matched_skills": ["Go", "Postgres"]},
            "created_at": _AT,
        },
    },
    "error": None,
}
JOBS_ANSWER = {
    "jobs": [
        {
            "id": _JOB,
            "status": "failed",
            "queue": "evaluate:default",
            "cv_id": _CV,
            "project_id": _PROJECT,
            "attempt": 5,
            "created_at": _AT,
            "updated_at": _AT,
            "error": {"code": "timeout", "message": "5 attempts failed; the last one: …"},
        }
    ],
    "next": None,
}
CANCEL_ANSWER = {"id": _JOB, "status": "failed"}
ERASE_ANSWER = {"jobs": 1, "uploads": 2}
