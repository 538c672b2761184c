"""`cveval rank`: a thousand text CVs against one job, from the command to its last line.

The CVs are the labelled samples of `make eval`, again and again; each is read by a child process and rated for itself.

Example: python -m bench rank --quick
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from itertools import cycle, islice
from pathlib import Path

from bench.measuring import ROOT, Bench, Row, at_most

SAMPLES = ROOT / "tests" / "quality" / "samples"
JOB = SAMPLES / "jobs" / "backend_engineer.txt"


async def measure(bench: Bench) -> AsyncIterator[Row]:
    number = 100 if bench.quick else 1_000
    with tempfile.TemporaryDirectory(prefix="cveval-bench-") as name:
        for place, cv in enumerate(islice(cycle(sorted((SAMPLES / "cvs").iterdir())), number)):
            shutil.copy(cv, Path(name) / f"{place:04}.txt")
        began = time.perf_counter()
        answered = await _rank(Path(name))
        seconds = time.perf_counter() - began
    assert len(answered["ranking"]) == number
    yield at_most("rank: 1,000 text CVs against one job", seconds * 1_000 / number, 20, " s")


async def _rank(folder: Path) -> dict[str, list[object]]:
    command = (Path(sys.executable).with_name("cveval"), "rank", "--job", JOB, folder, "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    answer: dict[str, list[object]] = json.loads(said)
    return answer
