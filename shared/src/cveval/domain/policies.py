"""How long, how often, how much: one model that every program reads from the same variables (`CVEVAL_…`).

Durations are written as `90`, `90s`, `5m`, `24h` or `30d`. Combinations that would lose the race between a heartbeat and its
lease, or forget a key before its job, refuse to start.
"""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _read_duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    written = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([smhd]?)", value.strip())
    if written is None:
        raise ValueError("is no duration; write 90, 90s, 5m, 24h or 30d")
    return timedelta(seconds=float(written[1]) * _UNITS[written[2]])


Duration = Annotated[timedelta, BeforeValidator(_read_duration), Field(gt=timedelta(0))]


class Policies(BaseSettings):
    """Leases, backoff, budgets and retention. The defaults are design §4, §5 and §10."""

    model_config = SettingsConfigDict(env_prefix="CVEVAL_", frozen=True, extra="ignore")

    lease: Duration = timedelta(seconds=60)
    """A claimed job that nobody renews for this long is lost and goes back to the queue."""
    lease_jitter: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """Each lease is longer by up to this share, so that they do not all end at once."""
    heartbeat: Duration = timedelta(seconds=15)
    """How often a worker renews its leases."""
    job_timeout: Duration = timedelta(seconds=300)
    """One attempt may take this long."""
    request_timeout: Duration = timedelta(seconds=330)
    """How long the consumer waits for the evaluate function."""
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    """Failed attempts after which a job is given up."""
    max_lost: Annotated[int, Field(ge=1, le=1000)] = 10
    """Lost leases after which a job is given up."""
    give_up_after: Duration = timedelta(hours=24)
    """A job whose upstream stays away is given up this long after its first start."""
    backoff_from: Duration = timedelta(seconds=2)
    backoff_to: Duration = timedelta(minutes=10)

    publish_lease: Duration = timedelta(seconds=15)
    """A relay that took a job has this long to see it acknowledged; then another relay may publish it again."""
    republish_from: Duration = timedelta(minutes=5)
    republish_to: Duration = timedelta(hours=1)
    """A published job that nobody claims is published again: after its age, within these bounds."""
    relay_poll: Duration = timedelta(seconds=1)
    """What a lost hint costs."""

    key_retention: Duration = timedelta(hours=24)
    """How long an Idempotency-Key is remembered."""
    upload_retention: Duration = timedelta(days=30)
    job_retention: Duration = timedelta(days=90)
    """How long finished jobs and their results stay."""
    dead_letter_retention: Duration = timedelta(days=90)

    @model_validator(mode="after")
    def _combinations_hold(self) -> Self:
        longest_lease = self.lease * (1 + self.lease_jitter)
        rules = {
            "CVEVAL_HEARTBEAT must be under a third of CVEVAL_LEASE": self.heartbeat < self.lease / 3,
            "CVEVAL_LEASE with its jitter must be under CVEVAL_JOB_TIMEOUT": longest_lease < self.job_timeout,
            "CVEVAL_JOB_TIMEOUT must be under CVEVAL_REQUEST_TIMEOUT": self.job_timeout
            < self.request_timeout,
            "CVEVAL_BACKOFF_FROM must not be over CVEVAL_BACKOFF_TO": self.backoff_from <= self.backoff_to,
            "CVEVAL_REPUBLISH_FROM must not be over CVEVAL_REPUBLISH_TO": self.republish_from
            <= self.republish_to,
            "CVEVAL_JOB_RETENTION must not be under CVEVAL_KEY_RETENTION": self.job_retention
            >= self.key_retention,
        }
        broken = [rule for rule, holds in rules.items() if not holds]
        if broken:
            raise ValueError("; ".join(broken))
        return self

    def lease_for(self, chance: float) -> timedelta:
        """The lease with its jitter; `chance` in [0, 1)."""
        return self.lease * (1 + self.lease_jitter * chance)

    def backoff(self, failures: int, chance: float, *, at_least: timedelta | None = None) -> timedelta:
        """Exponential backoff with full jitter after so many failures (1 = the first), capped.

        A sane Retry-After (`at_least`) is the lower bound; one beyond the cap counts as the cap.
        """
        ceiling = min(self.backoff_to, self.backoff_from * (1 << min(failures - 1, 30)))
        return max(ceiling * chance, min(at_least or timedelta(0), self.backoff_to))
