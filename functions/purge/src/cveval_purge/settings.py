"""The only reader of purge's environment."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cveval.domain.policies import Duration


class PurgeSettings(BaseSettings):
    """What purge needs beyond `DatabaseSettings` and `Policies`."""

    model_config = SettingsConfigDict(env_prefix="CVEVAL_PURGE_", frozen=True, extra="ignore")

    batch: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Rows in one transaction."""
    max_rows: Annotated[int, Field(ge=1)] = 50_000
    """Rows of each kind in one run; the next run goes on."""
    max_time: Duration = timedelta(seconds=240)
    """A run begins no further batch after this, so that cron's time-out never cuts one."""
