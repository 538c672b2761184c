"""The only reader of evaluate's environment."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EvaluateSettings(BaseSettings):
    """What evaluate needs beyond `DatabaseSettings` and `Policies`."""

    model_config = SettingsConfigDict(env_prefix="CVEVAL_EVALUATE_", frozen=True, extra="ignore")

    evaluator: Literal["local"] = "local"
    """Which evaluator rates: `local` needs no network."""
    max_jobs: Annotated[int, Field(ge=1, le=1000)] = 8
    """Jobs that one instance holds at a time; more are answered 429."""
