"""Stored results with their receipts. They are written with their completion, in `leases`."""

import json
from decimal import Decimal

from cveval.domain.evaluations import (
    DEFAULT_WEIGHTS,
    HUNDREDTH,
    Assessment,
    Parameter,
    Quote,
    Rating,
    Scores,
    Weights,
)
from cveval.domain.jobs import Result
from cveval.store.queries import Query, Row, Session

FIND = Query("results.find", "SELECT * FROM results WHERE job_id = :job_id")


class Results:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, job_id: str) -> Result | None:
        [rows] = await self._session.run(FIND(job_id=job_id))
        return _result(rows[0]) if rows else None


def _result(row: Row) -> Result:
    ratings = json.loads(row["ratings"])
    return Result(
        job_id=row["job_id"],
        attempt=row["attempt"],
        scores=Scores(exact(row["cv_match_rate"]), exact(row["project_score"]), _weights(ratings)),
        assessment=Assessment(
            ratings=tuple(_rating(rating) for rating in ratings),
            cv_feedback=row["cv_feedback"],
            project_feedback=row["project_feedback"],
            overall_summary=row["overall_summary"],
            evaluator=row["evaluator"],
            model=row["model"],
            prompt_version=row["prompt_version"],
            warnings=tuple(json.loads(row["warnings"])),
            details=json.loads(row["details"]),
        ),
        created_at=row["created_at"],
    )


def exact(value: object) -> Decimal:
    """Exact again: SQLite keeps a float."""
    return Decimal(str(value)).quantize(HUNDREDTH)


def _weights(ratings: list[dict[str, object]]) -> Weights:
    """As the completion stored them; before there were rubrics it stored none, and the default ones made the numbers."""
    stored = {Parameter(str(r["parameter"])): Decimal(str(r["weight"])) for r in ratings if "weight" in r}
    return {**DEFAULT_WEIGHTS, **stored}


def _rating(raw: dict[str, object]) -> Rating:
    quotes = raw["quotes"]
    assert isinstance(quotes, list)
    assert isinstance(raw["score"], int)
    return Rating(
        parameter=Parameter(str(raw["parameter"])),
        score=raw["score"],
        reason=str(raw["reason"]),
        quotes=tuple(Quote(document=q["document"], text=q["text"]) for q in quotes),
        anchor=None if raw.get("anchor") is None else str(raw["anchor"]),
    )
