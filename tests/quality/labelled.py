"""The labelled samples: jobs, CVs, briefs and reports, with what they are known to be."""

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
AS_OF = date(2026, 11, 25)
"""What "present" means in the samples, so that the figures are the same every day."""
GRADES = {"thin": 1, "padded": 1, "partial": 2, "solid": 3, "strong": 4}
"""By content: a padded report is a thin one at great length."""


@dataclass(frozen=True, slots=True)
class Cv:
    name: str
    text: str
    occupation: str | None
    """The job it was written for; None for one that fits none of them."""
    near: frozenset[str]
    """Jobs for which it is a near miss: no right answer, and no wrong one either."""
    fit: str
    names: dict[str, str] = field(hash=False)
    """Each way in which the candidate's name is written → `full`, `given`, `family` or `email_local`."""


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    text: str
    brief: str
    grade: str


@cache
def labels() -> dict[str, Any]:
    labels: dict[str, Any] = json.loads((SAMPLES / "labels.json").read_text("utf-8"))
    return labels


@cache
def jobs() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted((SAMPLES / "jobs").glob("*.txt"))}


@cache
def briefs() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted((SAMPLES / "briefs").glob("*.txt"))}


@cache
def cvs() -> tuple[Cv, ...]:
    return tuple(
        Cv(
            name,
            (SAMPLES / "cvs" / name).read_text("utf-8"),
            label["occupation"],
            frozenset(label["near"]),
            label["fit"],
            label["name_forms"],
        )
        for name, label in sorted(labels()["cvs"].items())
    )


@cache
def reports() -> tuple[Report, ...]:
    return tuple(
        Report(name, (SAMPLES / "reports" / name).read_text("utf-8"), label["brief"], label["grade"])
        for name, label in sorted(labels()["reports"].items())
    )


def standing(cv: Cv, job: str) -> str:
    """What a CV is to a job: `fitting` (strong ones, too), `junior`, `near` or `none`."""
    if cv.occupation == job:
        return "junior" if cv.fit == "junior" else "fitting"
    return "near" if job in cv.near else "none"
