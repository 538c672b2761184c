"""The client: asks until it hears 202, and remembers every id that it was given. What it remembers is what must not be lost."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import aiohttp

POISON = "always fails"
DOCUMENTS = 20
AT_ONCE = 12


def key_of(number: int) -> str:
    return f"job-{number}"


@dataclass
class Client:
    address: str
    jobs: int
    chance: random.Random
    accepted: dict[str, str] = field(default_factory=dict)
    """Idempotency key → job id."""
    poisoned: frozenset[str] = frozenset()
    """Keys of jobs that always fail."""
    changed_ids: dict[str, set[str]] = field(default_factory=dict)
    """Keys that were answered with different ids."""
    answers: Counter[str] = field(default_factory=Counter)
    may_accept: int = 0
    """How many jobs are wanted by now: the faults set the pace."""
    is_over: bool = False
    """No more are wanted."""
    _cvs: list[str] = field(default_factory=list)
    _projects: list[str] = field(default_factory=list)

    async def upload(self) -> None:
        """Documents, before the faults begin."""
        async with aiohttp.ClientSession(self.address) as http:
            for number in range(DOCUMENTS):
                form = aiohttp.FormData()
                form.add_field("cv", f"Ada Example {number}\nPython since 2019".encode(), filename="cv.txt")
                form.add_field("project", f"Report {number}: retries, tests".encode(), filename="p.txt")
                async with http.post("/v1/upload", data=form) as answer:
                    ids = await answer.json()
                    assert answer.status == 201, ids
                self._cvs.append(ids["cv_id"])
                self._projects.append(ids["project_id"])

    async def run(self) -> None:
        """Until every job is accepted."""
        numbers = count()
        timeout = aiohttp.ClientTimeout(total=15, sock_connect=2)
        async with aiohttp.ClientSession(self.address, timeout=timeout) as http, asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._ask_on(http, numbers))

    async def _ask_on(self, http: aiohttp.ClientSession, numbers: "count[int]") -> None:
        while (number := next(numbers)) < self.jobs:
            while number >= self.may_accept and not self.is_over:
                await asyncio.sleep(0.05)
            if self.is_over:
                return
            await self._until_accepted(http, number)

    async def _until_accepted(self, http: aiohttp.ClientSession, number: int) -> None:
        key, body = key_of(number), self._request(number)
        if key in self.poisoned:
            body["job_description"] = f"{POISON}, number {number}"
        while not await self._ask(http, key, body):
            await asyncio.sleep(self.chance.uniform(0.05, 0.5))
        if self.chance.random() < 0.02:
            # A cautious client asks again though it has its answer.
            await self._ask(http, key, body)

    def _request(self, number: int) -> dict[str, str]:
        """No two alike: the same request with another key would be the same job."""
        pair, role = number % DOCUMENTS**2, number // DOCUMENTS**2
        return {
            "cv_id": self._cvs[pair % DOCUMENTS],
            "project_id": self._projects[pair // DOCUMENTS],
            "job_description": f"Role {role}",
        }

    async def _ask(self, http: aiohttp.ClientSession, key: str, body: dict[str, str]) -> bool:
        """Whether it was accepted."""
        try:
            async with http.post("/v1/evaluate", json=body, headers={"Idempotency-Key": key}) as answer:
                told = await answer.json()
                self.answers[str(answer.status)] += 1
                if answer.status != 202:
                    return False
        except (aiohttp.ClientError, OSError, TimeoutError):
            self.answers["none"] += 1
            return False
        if self.accepted.setdefault(key, told["id"]) != told["id"]:
            self.changed_ids.setdefault(key, {self.accepted[key]}).add(told["id"])
        return True
