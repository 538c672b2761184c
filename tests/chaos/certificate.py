"""The verdict: every accepted id looked up, and what it took."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

DUPLICATES = ("already_done", "held_by_another", "not_due_yet")


@dataclass(frozen=True)
class Fate:
    """What the database holds of one job in the end."""

    status: str
    attempts: int
    completions: int
    """Attempts recorded as completed."""
    results_written: int
    """However they were written, and whether or not they are there still."""
    has_result: bool
    letters: int


@dataclass(frozen=True)
class Attempted:
    """A completed attempt."""

    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True)
class Evidence:
    """All that the verdict rests on."""

    accepted: Mapping[str, str]
    """The client's list: Idempotency key → job id."""
    changed_ids: Mapping[str, AbstractSet[str]]
    poisoned: AbstractSet[str]
    """Keys of jobs that always fail."""
    fates: Mapping[str, Fate]
    """By job id: every job of the database."""
    poison_records: AbstractSet[str]
    """Keys of unreadable records that the broker has acknowledged."""
    buried_records: Sequence[str]
    """Keys of the records that dead letters keep, one for each letter."""
    notes: Sequence[tuple[str, int, str]]
    """Completions that were answered: job id, attempt, the answer."""
    completed: AbstractSet[tuple[str, int]]
    """Job id and attempt of each attempt recorded as completed."""
    records: int
    """Published on the topic, poison included."""
    outcomes: Mapping[str, int]
    """evaluate's answers, as the network saw them."""
    died_by_themselves: Mapping[str, int] = field(default_factory=dict)
    """Programs that ended without being told to."""


@dataclass(frozen=True)
class Verdict:
    lost: Sequence[str]
    """Accepted ids without the end that they should have."""
    second_results: Sequence[str]
    strangers: Sequence[str]
    """Jobs that nobody was told of."""
    changed_ids: Sequence[str]
    stale_offered: int
    stale_rejected: int
    unexplained_letters: int
    """Of jobs that should have completed, and of records that are no injected ones."""
    missing_letters: int
    """Of injected poison, and dead letters that lie there twice."""
    died_by_themselves: int

    @property
    def holds(self) -> bool:
        return not self.faults

    @property
    def faults(self) -> Mapping[str, int]:
        """What must be nothing, and is not."""
        counted = {
            "lost": len(self.lost),
            "second results": len(self.second_results),
            "jobs that no client was told of": len(self.strangers),
            "keys with two jobs": len(self.changed_ids),
            "stale completions taken": self.stale_offered - self.stale_rejected,
            "unexplained dead letters": self.unexplained_letters,
            "dead letters missing or twice": self.missing_letters,
            "programs that died by themselves": self.died_by_themselves,
        }
        return {name: number for name, number in counted.items() if number}


def judge(evidence: Evidence) -> Verdict:
    keys = {job_id: key for key, job_id in evidence.accepted.items()}
    poisoned = {job_id for job_id, key in keys.items() if key in evidence.poisoned}
    fates = evidence.fates
    stale = [note for note in evidence.notes if note[:2] not in evidence.completed]
    letters = Counter(evidence.buried_records)
    return Verdict(
        lost=[job_id for job_id in keys if not _has_its_end(fates.get(job_id), is_poison=job_id in poisoned)],
        second_results=[
            job_id for job_id, fate in fates.items() if fate.results_written > 1 or fate.completions > 1
        ],
        strangers=sorted(fates.keys() - keys.keys()),
        changed_ids=sorted(evidence.changed_ids),
        stale_offered=len(stale),
        stale_rejected=sum(answer == "LeaseLost" for *_, answer in stale),
        unexplained_letters=sum(fate.letters for job_id, fate in fates.items() if job_id not in poisoned)
        + sum(number for key, number in letters.items() if key not in evidence.poison_records),
        missing_letters=sum(fates[job_id].letters != 1 for job_id in poisoned if job_id in fates)
        + sum(letters[key] != 1 for key in evidence.poison_records),
        died_by_themselves=sum(evidence.died_by_themselves.values()),
    )


def _has_its_end(fate: Fate | None, *, is_poison: bool) -> bool:
    if fate is None:
        return False
    if is_poison:
        return fate.status == "failed" and not fate.has_result
    return fate.status == "completed" and fate.has_result


def recoveries(kills: Sequence[datetime], attempts: Sequence[Attempted]) -> list[float]:
    """For each kill, seconds until a job that was claimed after it was completed."""
    by_start = sorted(attempts, key=lambda attempt: attempt.started_at)
    starts = [attempt.started_at for attempt in by_start]
    first_end: list[datetime] = []
    for attempt in reversed(by_start):
        first_end.append(min(attempt.finished_at, first_end[-1]) if first_end else attempt.finished_at)
    first_end.reverse()
    places = [(kill, bisect_left(starts, kill)) for kill in kills]
    return [(first_end[at] - kill).total_seconds() for kill, at in places if at < len(first_end)]


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))] if values else 0.0


@dataclass(frozen=True)
class Told:
    """What the certificate says beside the verdict."""

    command: str
    seed: int
    machine: str
    began_at: datetime
    took: float
    drained_in: float | None
    """Seconds from the end of all faults until no job was unfinished; None: it never came to that."""
    acts: Mapping[str, int]
    """Everything that was done, in words."""
    kills: Mapping[str, int]
    recovery: Sequence[float]
    lost_attempts: Sequence[float]
    """Seconds from the claim that was lost to the result, of each job that lost one."""


def written(evidence: Evidence, verdict: Verdict, told: Told) -> str:
    """The certificate as text."""
    jobs = len(evidence.accepted)
    good = [fate for job_id, fate in evidence.fates.items() if fate.status == "completed"]
    extra = sum(fate.attempts - 1 for fate in good)
    answered = sum(evidence.outcomes.values())
    twice = sum(evidence.outcomes.get(name, 0) for name in DUPLICATES)
    failed = sum(fate.letters for fate in evidence.fates.values())
    lines = {
        "command": told.command,
        "seed": f"{told.seed} (it fixes the faults and their order; the machine decides their timing)",
        "machine": told.machine,
        "began, took": f"{told.began_at:%Y-%m-%d %H:%M} UTC, {told.took:.0f} s"
        + ("" if told.drained_in is None else f"; drained {told.drained_in:.1f} s after the last fault"),
        "jobs accepted": f"{jobs:,}",
        "kills (SIGKILL)": f"{sum(told.kills.values()):,}: " + _listed(told.kills),
        "other faults": _listed(told.acts),
        "lost": f"{len(verdict.lost):,}",
        "second results": f"{len(verdict.second_results):,}",
        "stale completions": f"{verdict.stale_offered:,} offered, {verdict.stale_rejected:,} rejected",
        "extra attempts": f"{extra:,} ({_percent(extra, len(good))} of the jobs completed)",
        "duplicates delivered": f"{twice:,} of {answered:,} answers ({_percent(twice, answered)})",
        "records published": f"{evidence.records:,}",
        "answers of evaluate": _listed(evidence.outcomes),
        "dead letters": f"{failed:,} of jobs and {len(evidence.buried_records):,} of records; injected: "
        f"{len(evidence.poisoned & evidence.accepted.keys()):,} jobs that always fail and {len(evidence.poison_records):,} records",
        "a job claimed and completed after a kill": _spread(told.recovery),
        "from a claim that was lost to the end": _spread(told.lost_attempts),
    }
    if verdict.holds and jobs:
        lines["bound at 95 %"] = (
            f"0 in {jobs:,}: under such faults fewer than 1 accepted job in {jobs // 3:,} is lost (3/N)"
        )
    lines["verdict"] = "HOLDS" if verdict.holds else "BROKEN: " + _listed(verdict.faults)
    width = max(map(len, lines))
    return "\n".join(
        ["cveval: proof under faults", ""] + [f"{name:<{width}}  {text}" for name, text in lines.items()]
    )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items())) or "none"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.2f} %"


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return (
        f"p50 {percentile(values, 0.5):.2f} s, p99 {percentile(values, 0.99):.2f} s, most {max(values):.2f} s "
        f"({len(values):,} times)"
    )
