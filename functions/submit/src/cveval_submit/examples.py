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
            "details": {
                "matched_skills": ["Go", "PostgreSQL"],
                "job_requirements": [
                    {
                        "text": "You must know Go and Postgres.",
                        "covered": True,
                        "quote": "Built payment services in Go on Postgres",
                    }
                ],
            },
            "created_at": _AT,
        },
    },
    "error": None,
}
_OTHER_CV, _OTHER_PROJECT = "2f4a6c8e-1b3d-4f5a-8c7e-9d0b1a2c3e03", "4d6f8a0c-2e4b-4a6c-9e8f-1a3b5c7d9f04"
_OTHER_JOB, _BATCH = "5a7c9e1b-3d5f-4b7a-8d9c-2b4e6f8a0c15", "6b8d0f2a-4c6e-4d8b-9fae-3c5f7a9b1d26"
BATCH_REQUEST = {
    "candidates": [
        {"cv_id": _CV, "project_id": _PROJECT},
        {"cv_id": _OTHER_CV, "project_id": _OTHER_PROJECT},
    ],
    "job_description": "Backend engineer. You must know Go and Postgres.",
}
BATCH_ACCEPTED = {"id": _BATCH, "jobs": [_JOB, _OTHER_JOB], "status": "running"}
BATCH_ANSWER = {
    "id": _BATCH,
    "status": "running",
    "progress": {"total": 2, "queued": 0, "processing": 1, "completed": 1, "failed": 0},
    "ranking": [
        {
            "rank": 1,
            "unranked": None,
            "job_id": _OTHER_JOB,
            "cv_id": _OTHER_CV,
            "project_id": _OTHER_PROJECT,
            "status": "completed",
            "cv_match_rate": 0.84,
            "project_score": 7.9,
            "error": None,
        },
        {
            "rank": None,
            "unranked": None,
            "job_id": _JOB,
            "cv_id": _CV,
            "project_id": _PROJECT,
            "status": "processing",
            "cv_match_rate": None,
            "project_score": None,
            "error": None,
        },
    ],
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
