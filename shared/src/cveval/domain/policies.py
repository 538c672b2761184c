"""How long, how often, how much: one model that every program reads from the same variables (`CVEVAL_…`).

Durations are written as `90`, `90s`, `5m`, `24h` or `30d`. Combinations that would lose the race between a heartbeat and its
lease, or forget a key before its job, refuse to start.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from cveval.domain.configuration import Settings
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.strict_json import NotJson, parse_json

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _read_duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    written = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([smhd]?)", value.strip())
    if written is None:
        raise ValueError("is no duration; write 90, 90s, 5m, 24h or 30d")
    return timedelta(seconds=float(written[1]) * _UNITS[written[2]])


Duration = Annotated[timedelta, BeforeValidator(_read_duration), Field(gt=timedelta(0))]
Concurrency = Annotated[int, Field(ge=1, le=10_000)]
Attempts = Annotated[int, Field(ge=1, le=100)]

QUEUE_NAME = r"^evaluate:[a-z0-9_-]{1,100}$"


class QueuePolicies(BaseModel):
    """What is said of one queue; what is not said is as for all."""

    model_config = ConfigDict(frozen=True)

    max_concurrency: Concurrency | None = None
    max_attempts: Attempts | None = None
    backoff_from: Duration | None = None
    backoff_to: Duration | None = None
    lease: Duration | None = None
    job_timeout: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _are_known(cls, said: object) -> object:
        for name in said if isinstance(said, dict) else ():
            if name not in cls.model_fields:
                raise ValueError(f"{name[:60]!a} is none of its settings: {', '.join(cls.model_fields)}")
        return said


def _read_queues(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_json(value)
    except NotJson as error:
        raise ValueError(f'{error}; write {{"evaluate:bulk": {{"max_concurrency": 2}}}}') from None


class Policies(Settings):
    """Leases, backoff, budgets and retention. The defaults are design §4, §5 and §10."""

    prefix = "CVEVAL_"

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
    max_concurrency: Concurrency = 8
    """Events of a queue at the function at a time, of one consumer."""
    max_attempts: Attempts = 5
    """Failed attempts after which a job is given up."""
    max_lost: Annotated[int, Field(ge=1, le=1000)] = 10
    """Lost leases after which a job is given up."""
    give_up_after: Duration = timedelta(hours=24)
    """A job whose upstream stays away is given up this long after its first start."""
    backoff_from: Duration = timedelta(seconds=2)
    """The longest pause after a first failed attempt, doubled after each further one; the pause is a random share of it."""
    backoff_to: Duration = timedelta(minutes=10)
    """The longest pause between two attempts, whatever an upstream's `Retry-After` asks for."""
    queues: Annotated[Mapping[str, QueuePolicies], BeforeValidator(_read_queues)] = {}
    """Queues beside `evaluate:default`, as JSON: `{"evaluate:bulk": {"max_concurrency": 2, "max_attempts": 3}}`. Each may have its
    own `max_concurrency`, `max_attempts`, `backoff_from`, `backoff_to`, `lease` and `job_timeout`; what is left out is as above.
    """

    publish_lease: Duration = timedelta(seconds=15)
    """A relay that took a job has this long to see it acknowledged; then another relay may publish it again."""
    republish_from: Duration = timedelta(minutes=5)
    """A published job that nobody claims is published again when it has become twice as old, but not before this; shorter finds what a broker
    lost sooner, and repeats more of a long queue.
    """
    republish_to: Duration = timedelta(hours=1)
    """A published job that nobody claims is published again after this at the latest, however old it is."""
    relay_poll: Duration = timedelta(seconds=1)
    """How often the relay looks for due jobs where no hint wakes it: what a lost hint costs."""

    key_retention: Duration = timedelta(hours=24)
    """How long an Idempotency-Key is remembered."""
    upload_retention: Duration = timedelta(days=30)
    """How long CVs and reports stay after their upload, unless an unfinished job or a hold needs them longer."""
    job_retention: Duration = timedelta(days=90)
    """How long finished jobs and their results stay."""
    dead_letter_retention: Duration = timedelta(days=90)
    """How long dead letters stay, and with each its job where nobody has redriven it."""

    @field_validator("queues")
    @classmethod
    def _have_names(cls, queues: Mapping[str, QueuePolicies]) -> Mapping[str, QueuePolicies]:
        for queue in queues:
            if not re.fullmatch(QUEUE_NAME, queue):
                raise ValueError(
                    f"{queue[:60]!a} is no name of a queue; names are like evaluate:bulk (a-z, 0-9, _ and -)"
                )
        return queues

    @model_validator(mode="after")
    def _combinations_hold(self) -> Self:
        broken = self._broken_rules() or [
            f"CVEVAL_QUEUES, {queue}: {rule}"
            for queue in self.queues
            for rule in self.of(queue)._broken_rules()  # noqa: SLF001 - of the same class
        ]
        if broken:
            raise ValueError("; ".join(broken))
        return self

    def _broken_rules(self) -> list[str]:
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
        return [rule for rule, holds in rules.items() if not holds]

    @property
    def queue_names(self) -> tuple[str, ...]:
        """Every queue that there is, the default one first."""
        return (DEFAULT_QUEUE, *sorted(set(self.queues) - {DEFAULT_QUEUE}))

    def of(self, queue: str) -> "Policies":
        """The policies of one queue; a queue that there is no more has those of all."""
        own = self.queues.get(queue)
        return self if own is None else self.model_copy(update=own.model_dump(exclude_none=True))

    def leases_for(self, chance: float) -> dict[str, timedelta]:
        """The leases with their jitter, of the queues that have one of their own."""
        return {queue: self.of(queue).lease_for(chance) for queue, own in self.queues.items() if own.lease}

    def lease_for(self, chance: float) -> timedelta:
        """The lease with its jitter; `chance` in [0, 1)."""
        return self.lease * (1 + self.lease_jitter * chance)

    def backoff(self, failures: int, chance: float, *, at_least: timedelta | None = None) -> timedelta:
        """Exponential backoff with full jitter after so many failures (1 = the first), capped.

        A sane Retry-After (`at_least`) is the lower bound; one beyond the cap counts as the cap.
        """
        ceiling = min(self.backoff_to, self.backoff_from * (1 << min(failures - 1, 30)))
        return max(ceiling * chance, min(at_least or timedelta(0), self.backoff_to))
