"""What the certificate calls broken, and that a run without a guard is seen to be."""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.certificate import Attempted, Evidence, Fate, Told, judge, recoveries, written
from tests.chaos.faults import KILLS, OTHERS, Act, deck
from tests.chaos.programs import ROOT

AT = datetime(2026, 11, 25, tzinfo=UTC)
DONE = Fate("completed", attempts=1, completions=1, results_written=1, has_result=True, letters=0)
FAILED = Fate("failed", attempts=3, completions=0, results_written=0, has_result=False, letters=1)
SOUND = Evidence(
    accepted={"job-0": "a", "job-1": "b", "job-2": "c"},
    changed_ids={},
    poisoned={"job-2"},
    fates={"a": DONE, "b": replace(DONE, attempts=2), "c": FAILED},
    poison_records={"poison-0"},
    buried_records=["poison-0"],
    notes=[("a", 1, "Recorded"), ("b", 1, "LeaseLost"), ("b", 2, "Recorded")],
    completed={("a", 1), ("b", 2)},
    records=5,
    outcomes={"completed": 2, "already_done": 1, "lease_lost": 1},
)


def with_fate(job_id: str, fate: Fate) -> Evidence:
    return replace(SOUND, fates={**SOUND.fates, job_id: fate})


def without(job_id: str) -> Evidence:
    return replace(SOUND, fates={other: fate for other, fate in SOUND.fates.items() if other != job_id})


def test_a_sound_run_holds() -> None:
    verdict = judge(SOUND)
    assert verdict.holds
    assert (verdict.stale_offered, verdict.stale_rejected) == (1, 1)


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (without("a"), "lost"),
        (with_fate("a", replace(DONE, status="queued")), "lost"),
        (with_fate("a", replace(DONE, has_result=False)), "lost"),
        (with_fate("a", FAILED), "lost"),
        (with_fate("a", FAILED), "unexplained dead letters"),
        (with_fate("c", DONE), "lost"),
        (with_fate("a", replace(DONE, results_written=2)), "second results"),
        (with_fate("a", replace(DONE, completions=2)), "second results"),
        (with_fate("d", DONE), "jobs that no client was told of"),
        (replace(SOUND, changed_ids={"job-0": {"a", "d"}}), "keys with two jobs"),
        (replace(SOUND, notes=[("a", 7, "Recorded")]), "stale completions taken"),
        (with_fate("a", replace(DONE, letters=1)), "unexplained dead letters"),
        (replace(SOUND, buried_records=["poison-0", "a"]), "unexplained dead letters"),
        (replace(SOUND, buried_records=[]), "dead letters missing or twice"),
        (replace(SOUND, buried_records=["poison-0", "poison-0"]), "dead letters missing or twice"),
        (with_fate("c", replace(FAILED, letters=2)), "dead letters missing or twice"),
        (replace(SOUND, died_by_themselves={"shim-1": 1}), "programs that died by themselves"),
    ],
)
def test_whatever_breaks_a_promise_is_named(evidence: Evidence, fault: str) -> None:
    verdict = judge(evidence)
    assert not verdict.holds
    assert fault in verdict.faults


def the_text(evidence: Evidence) -> str:
    told = Told("python -m tests.chaos", 7, "2 cores", AT, 60, 1.5, {}, {"evaluate": 3}, [0.5], [2.0])
    return written(evidence, judge(evidence), told)


def test_the_certificate_tells_the_bound_only_where_the_promises_hold() -> None:
    sound, broken = the_text(SOUND), the_text(without("a"))
    assert "0 in 3: under such faults fewer than 1 accepted job in 1" in sound
    assert sound.endswith("HOLDS")
    assert "bound" not in broken
    assert broken.endswith("BROKEN: lost 1")


def test_recovery_is_measured_to_the_first_end_of_a_job_claimed_after_the_kill() -> None:
    def at(second: float) -> datetime:
        return AT + timedelta(seconds=second)

    attempts = [Attempted(at(0), at(9)), Attempted(at(2), at(8)), Attempted(at(3), at(4))]
    assert recoveries([at(1), at(2.5), at(5)], attempts) == [3, 1.5]


@pytest.mark.parametrize("kills", [5, 60, 1000])
def test_a_deck_has_its_kills_of_every_target_and_every_other_fault(kills: int) -> None:
    cards = deck(kills, random.Random(1))
    targets = Counter(card.target for card in cards if card.act is Act.KILL)
    assert targets.keys() == KILLS.keys()
    assert targets.total() >= kills
    assert set(OTHERS) <= set(cards)
    assert cards == deck(kills, random.Random(1))


@pytest.mark.chaos
async def test_without_the_fence_the_certificate_is_red() -> None:
    """Workers that were paused for longer than their lease bring results of jobs that others have."""
    if not {"CVEVAL_TEST_KAFKA_SCRIPT", "CVEVAL_TEST_POSTGRES_SCRIPT"} <= os.environ.keys():
        pytest.skip("no servers: set CVEVAL_TEST_KAFKA_SCRIPT and CVEVAL_TEST_POSTGRES_SCRIPT")
    options = ("--jobs", "400", "--kills", "6", "--only", "pause:evaluate", "--without", "fence")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos", *options, cwd=ROOT, stdout=subprocess.PIPE
    )
    certificate, _ = await process.communicate()
    assert process.returncode == 1
    assert b"stale completions taken" in certificate
