"""The crash points, step by step. `docs/explanation/crash-points.md` has a row for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Scenario(StrEnum):
    JOB = "a job is accepted"
    LOST = "a job's worker is gone"
    GIVEN_UP = "a job was given up"
    UNREADABLE = "a record that nobody can read is published"
    FAILS = "the evaluation fails"


class Moment(StrEnum):
    """Where in a step, for those that are no commit."""

    BEFORE_PUBLISHING = "before publishing"
    PUBLISHING = "after publishing, before the acknowledgement"
    ACKNOWLEDGED = "after the acknowledgement"
    BEFORE_REQUEST = "before the request to evaluate"
    REQUESTED = "while evaluate works"
    ANSWERED = "after evaluate's answer"
    BEFORE_OFFSET = "before the offset's commit"
    AFTER_OFFSET = "after the offset's commit"
    BEFORE_ANSWER = "before the HTTP answer"
    AFTER_ANSWER = "after the HTTP answer"


@dataclass(frozen=True)
class Point:
    victim: str
    """submit, relay, consumer or evaluate."""
    moment: str
    scenario: Scenario = Scenario.JOB
    ends: str = "completed"
    """The status that the job must come to; empty: there is no job."""
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.victim}: {self.moment}" + (
            "" if self.scenario is Scenario.JOB else f" ({self.scenario})"
        )


def before(statement: str) -> str:
    return f"before the commit of {statement}"


def after(statement: str) -> str:
    return f"after the commit of {statement}"


GIVES_UP = {"CVEVAL_MAX_ATTEMPTS": "1"}
POINTS = [
    Point("submit", before("submissions.add_jobs")),
    Point("submit", after("submissions.add_jobs")),
    Point("submit", before("submissions.all_new")),
    Point("submit", after("submissions.all_new")),
    Point("submit", Moment.BEFORE_ANSWER),
    Point("submit", Moment.AFTER_ANSWER),
    Point("relay", before("schedule.take_due")),
    Point("relay", after("schedule.take_due")),
    Point("relay", Moment.BEFORE_PUBLISHING),
    Point("relay", Moment.PUBLISHING),
    Point("relay", Moment.ACKNOWLEDGED),
    Point("relay", before("schedule.settle")),
    Point("relay", after("schedule.settle")),
    Point("relay", before("schedule.requeue_lost"), Scenario.LOST),
    Point("relay", after("schedule.requeue_lost"), Scenario.LOST),
    Point("relay", before("schedule.take_dead_letters"), Scenario.GIVEN_UP, "failed"),
    Point("relay", after("schedule.take_dead_letters"), Scenario.GIVEN_UP, "failed"),
    Point("relay", Moment.PUBLISHING, Scenario.GIVEN_UP, "failed"),
    Point("relay", Moment.ACKNOWLEDGED, Scenario.GIVEN_UP, "failed"),
    Point("relay", before("schedule.settle_dead_letters"), Scenario.GIVEN_UP, "failed"),
    Point("relay", after("schedule.settle_dead_letters"), Scenario.GIVEN_UP, "failed"),
    Point("consumer", Moment.BEFORE_REQUEST),
    Point("consumer", Moment.REQUESTED),
    Point("consumer", Moment.ANSWERED),
    Point("consumer", Moment.BEFORE_OFFSET),
    Point("consumer", Moment.AFTER_OFFSET),
    Point("consumer", before("dead_letters.add_record"), Scenario.UNREADABLE, ""),
    Point("consumer", after("dead_letters.add_record"), Scenario.UNREADABLE, ""),
    Point("evaluate", before("leases.claim")),
    Point("evaluate", after("leases.claim")),
    Point("evaluate", before("leases.heartbeat")),
    Point("evaluate", after("leases.heartbeat")),
    Point("evaluate", before("leases.complete")),
    Point("evaluate", after("leases.complete")),
    Point("evaluate", before("leases.retry"), Scenario.FAILS),
    Point("evaluate", after("leases.retry"), Scenario.FAILS),
    Point("evaluate", before("leases.give_up"), Scenario.FAILS, settings=GIVES_UP),
    Point("evaluate", after("leases.give_up"), Scenario.FAILS, "failed", GIVES_UP),
    Point("evaluate", Moment.BEFORE_ANSWER),
    Point("evaluate", Moment.AFTER_ANSWER),
]
