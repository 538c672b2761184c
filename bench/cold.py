"""Cold start: a fresh functions-framework process with each function until /healthz answers, ÷ its hello world.

Starts alternate between the functions and hello world; medians are compared. The database is Postgres.

Example: python -m bench cold --quick
"""

import time
from collections.abc import AsyncIterator

import aiohttp

from bench.measuring import HELLO, Bench, Row, middle, note, serving, source_of, until_healthy

FUNCTIONS = ("submit", "evaluate", "purge")
DRIVERLESS = "≤ 1.25 without a heavy driver"


async def measure(bench: Bench) -> AsyncIterator[Row]:
    database = bench.fresh()
    spent: dict[str, list[float]] = {name: [] for name in ("hello", *FUNCTIONS)}
    for turn in range((3 if bench.quick else 7) + 1):
        for name, times in spent.items():
            took = await _start(name, database)
            # The first turn fills the caches of files.
            if turn:
                times.append(took)
        note(f"cold: turn {turn}")
    base = middle(spent["hello"])
    for name in FUNCTIONS:
        # The target is for functions without a heavy driver; all three need the database's.
        yield Row(f"cold: {name} ÷ hello world", f"{middle(spent[name]) / base:.2f}", DRIVERLESS)
    seconds = "; ".join(f"{middle(times) * 1e3:.0f}" for times in spent.values())
    yield Row(f"cold: ms of {'; '.join(spent)}", seconds)


async def _start(name: str, database: str) -> float:
    source = HELLO if name == "hello" else source_of(name)
    began = time.perf_counter()
    with serving(name, source, database) as address:
        async with aiohttp.ClientSession() as session:
            await until_healthy(session, address)
        return time.perf_counter() - began
