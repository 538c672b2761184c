"""The only reader of evaluate's environment."""

from typing import Annotated, Literal

from pydantic import Field

from cveval.domain.configuration import Settings


class EvaluateSettings(Settings):
    """What evaluate needs beyond `DatabaseSettings` and `Policies`."""

    prefix = "CVEVAL_EVALUATE_"

    evaluator: Literal["local"] = "local"
    """Which evaluator rates: `local` needs no network."""
    max_jobs: Annotated[int, Field(ge=1, le=1000)] = 8
    """Jobs that one instance holds at a time; more are answered 429."""
