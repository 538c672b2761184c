"""What happens, and in which order: a deck that the seed shuffles. The machine decides the timing."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil


class Act(StrEnum):
    KILL = "kill"
    """SIGKILL, and a start some time later."""
    PAUSE = "pause"
    """SIGSTOP, and SIGCONT some time later; an instance of evaluate sleeps longer than its lease."""
    CUT = "cut"
    RESET = "reset"
    DELAY = "delay"
    DROP = "drop"
    REBALANCE = "rebalance"
    """A shim leaves in good order and joins again."""
    POISON = "poison"
    """Records that nobody can read."""


NETWORK, BROKER = "network", "broker"
SUBMIT, EVALUATE, SHIM, POSTGRES = "submit", "evaluate", "shim", "postgres"


@dataclass(frozen=True)
class Fault:
    act: Act
    target: str

    def __str__(self) -> str:
        return f"{self.act}:{self.target}"


KILLS = {EVALUATE: 0.6, SHIM: 0.15, SUBMIT: 0.13, POSTGRES: 0.06, BROKER: 0.06}
"""Shares of the kills."""
OTHERS = {
    Fault(Act.PAUSE, EVALUATE): 0.05,
    Fault(Act.PAUSE, SHIM): 0.02,
    Fault(Act.PAUSE, SUBMIT): 0.01,
    Fault(Act.PAUSE, POSTGRES): 0.02,
    Fault(Act.PAUSE, BROKER): 0.02,
    Fault(Act.CUT, NETWORK): 0.02,
    Fault(Act.RESET, NETWORK): 0.03,
    Fault(Act.DELAY, NETWORK): 0.02,
    Fault(Act.DROP, NETWORK): 0.03,
    Fault(Act.REBALANCE, SHIM): 0.03,
    Fault(Act.POISON, BROKER): 0.05,
}
"""For each kill so many others; at least one of each."""
POSSIBLE = {str(fault): fault for fault in (*(Fault(Act.KILL, target) for target in KILLS), *OTHERS)}


def deck(kills: int, chance: random.Random, only: Fault | None = None) -> Sequence[Fault]:
    """At least so many kills, all targets among them, and the other faults, shuffled; or one fault so many times."""
    if only is not None:
        return [only] * kills
    cards = [Fault(Act.KILL, target) for target, share in KILLS.items() for _ in range(ceil(kills * share))]
    for fault, share in OTHERS.items():
        cards += [fault] * max(1, round(kills * share))
    chance.shuffle(cards)
    return cards
