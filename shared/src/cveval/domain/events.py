"""What travels on the queue. Dropping an event that names a job is always safe: Postgres remembers."""

from dataclasses import dataclass

EVALUATION_REQUESTED = "cveval.evaluate_job.v1"
EVENT_SOURCE = "cveval/relay"


@dataclass(frozen=True, slots=True)
class EvaluationRequested:
    """v1: a queued job is due. `attempt` is the job's attempt when it was published."""

    job_id: str
    cv_id: str
    project_id: str
    queue: str
    attempt: int = 0
    traceparent: str | None = None

    @property
    def id(self) -> str:
        """The CloudEvent's id: the same wake-up published twice carries the same id."""
        return f"{self.job_id}/{self.attempt}"
