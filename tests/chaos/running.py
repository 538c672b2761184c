"""One run: faults under load, then none, a drain, and the verdict."""

import asyncio
import os
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from cveval.domain.errors import JobNotFound
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.opening import open_store
from cveval_local.history import History, tell
from tests.chaos.certificate import Told, Verdict, judge, recoveries, written
from tests.chaos.client import Client, key_of
from tests.chaos.faults import SUBMIT, Fault, deck
from tests.chaos.world import World, started

POISON_SHARE = 0.01
AT_ONCE = 3
"""Faults at the same time, beside one for each instance of evaluate."""
WINDOW = 200
"""So many accepted jobs may be unfinished before the client waits."""
PATIENCE = 20.0
"""A fault comes after so many seconds even where the jobs do not get on."""
DRAINED_WITHIN = 120.0
TOLD_HISTORIES = 20


@dataclass(frozen=True)
class Wish:
    jobs: int
    kills: int
    seed: int
    scripts: Mapping[str, str]
    command: str
    minutes: float
    """Faults and new jobs end after this, however many there were."""
    instances: int = 2
    """Of evaluate."""
    only: Fault | None = None
    """This fault and no other."""
    logs: Path | None = None
    """Where the logs of all programs are kept."""
    without: str = ""
    """A guard that is taken away."""


async def prove(wish: Wish) -> tuple[bool, str]:
    """Whether it holds, and the certificate; the histories of what was lost below it."""
    chance = random.Random(wish.seed)
    cards = deck(wish.kills, chance, wish.only)
    poisoned = chance.sample(range(wish.jobs), max(1, round(wish.jobs * POISON_SHARE)))
    began_at, began = datetime.now(UTC), time.monotonic()
    _progress("servers and programs start")
    async with started(
        wish.scripts, chance, instances=wish.instances, logs=wish.logs, without=wish.without
    ) as world:
        client = Client(
            world.programs[SUBMIT].address, wish.jobs, chance, poisoned=frozenset(map(key_of, poisoned))
        )
        await client.upload()
        await _under_faults(world, client, cards, wish)
        _progress("faults off; drain")
        drained_in = await _drained(world)
        evidence = await world.evidence(client)
        verdict = judge(evidence)
        told = Told(
            command=wish.command,
            seed=wish.seed,
            machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
            began_at=began_at,
            took=time.monotonic() - began,
            drained_in=drained_in,
            acts=world.acts,
            kills=Counter(target for _, target in world.kills),
            recovery=recoveries([at for at, _ in world.kills], await world.completed_attempts()),
            lost_attempts=await world.lost_attempts(),
        )
        text = written(evidence, verdict, told)
        if not verdict.holds:
            text += "\n\n" + await _histories(world, verdict)
        return verdict.holds, text


async def _under_faults(world: World, client: Client, cards: Sequence[Fault], wish: Wish) -> None:
    """Until every job is accepted and every fault has been, or the time is over."""
    pacing = _Pace(world, client, cards, wish)
    watching = asyncio.create_task(pacing.watch())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(client.run())
            group.create_task(pacing.deal())
    finally:
        watching.cancel()


class _Pace:
    """Jobs and faults wait for each other: each fault lets its share of the jobs in, and comes when those before it are done."""

    def __init__(self, world: World, client: Client, cards: Sequence[Fault], wish: Wish) -> None:
        self._world = world
        self._client = client
        self._cards = cards
        self._dealt = 0
        self._finished = 0
        self._began = time.monotonic()
        self._ends_at = self._began + wish.minutes * 60
        self._at_once = AT_ONCE + wish.instances

    async def deal(self) -> None:
        free = asyncio.Semaphore(self._at_once)
        async with asyncio.TaskGroup() as group:
            for number, card in enumerate(self._cards):
                await self._until_finished(number * self._client.jobs // len(self._cards) - WINDOW)
                await free.acquire()
                if time.monotonic() > self._ends_at:
                    self._client.is_over = True
                    break
                self._dealt = number + 1
                group.create_task(self._suffer(card, free))

    async def _suffer(self, card: Fault, free: asyncio.Semaphore) -> None:
        try:
            await self._world.suffer(card)
        finally:
            free.release()

    async def _until_finished(self, jobs: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._finished < jobs and time.monotonic() < deadline:
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Count, let jobs in, and show how far it is, until cancelled."""
        shown = 0.0
        while True:
            unfinished = await self._world.unfinished()
            if unfinished is not None:
                self._finished = max(self._finished, len(self._client.accepted) - unfinished)
            share = min(1.0, (self._dealt + 1) / len(self._cards))
            self._client.may_accept = min(round(self._client.jobs * share), self._finished + WINDOW)
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                _progress(
                    f"{shown - self._began:5.0f} s: {len(self._client.accepted):,} of {self._client.jobs:,} jobs accepted, "
                    f"{unfinished if unfinished is not None else '?'} unfinished; {self._dealt} of {len(self._cards)} faults, "
                    f"{len(self._world.kills)} kills"
                )
            await asyncio.sleep(0.2)


async def _drained(world: World) -> float | None:
    """Seconds until nothing was unfinished."""
    began = time.monotonic()
    await asyncio.to_thread(world.poisoner.flush)
    while time.monotonic() - began < DRAINED_WITHIN:
        if await world.unfinished() == 0 and await world.lost_records() == 0:
            return time.monotonic() - began
        await asyncio.sleep(0.2)
    return None


async def _histories(world: World, verdict: Verdict) -> str:
    """What `cveval why` tells of each job that something is wrong with."""
    store = open_store(DatabaseSettings(url=SecretStr(world.database)), Metrics())
    told: list[str] = []
    for job_id in dict.fromkeys((*verdict.lost, *verdict.second_results)):
        if len(told) == TOLD_HISTORIES:
            told.append("… and more")
            break
        told.append(f"Job {job_id}")
        try:
            history = await store.transact(lambda tx, job_id=job_id: History.of(tx, job_id))  # type: ignore[misc]
            told += [f"  {line}" for line in tell(history, datetime.now(UTC))]
        except JobNotFound:
            told.append("  is not in the database")
    await store.aclose()
    return "\n".join(told)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
