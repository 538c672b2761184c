"""The demo: the whole system started, the sample candidates sent over its own HTTP interface, their ranking printed."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cveval_local.api import Api
from cveval_local.process import Serving, serve
from cveval_local.settings import LocalSettings
from cveval_local.showing import print_candidate, print_ranking, rank
from cveval_local.tables import console

SAMPLES = Path(__file__).parent / "samples"


async def run_demo(data: Path) -> None:
    """Start, evaluate, print, stop.

    Raises:
        ConfigurationError: another demo is running in the folder.
    """
    logging.getLogger("cveval").setLevel(logging.ERROR)
    started: asyncio.Future[Serving] = asyncio.get_running_loop().create_future()
    settings = LocalSettings(data=data, host="127.0.0.1", port=0)
    system = asyncio.create_task(serve(settings, ready=started.set_result))
    either: list[asyncio.Future[Any]] = [system, started]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if started.done():
        serving = started.result()
        console().print(f"cveval serves on {serving.address}, with SQLite in {data}", markup=False)
        try:
            results = await _evaluate_all(serving.address)
        finally:
            serving.stop()
            await system
        _print(results)
    await system


async def _evaluate_all(address: str) -> list[tuple[str, dict[str, Any]]]:
    candidates = json.loads((SAMPLES / "candidates.json").read_text("utf-8"))
    texts = {
        "job_description": (SAMPLES / "job.txt").read_text("utf-8"),
        "study_case_brief": (SAMPLES / "brief.txt").read_text("utf-8"),
    }
    out = console()
    results: list[tuple[str, dict[str, Any]]] = []
    async with Api(address) as api:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=out, transient=True
        ) as progress:
            task = progress.add_task("evaluating", total=len(candidates))

            async def evaluate(candidate: dict[str, str]) -> None:
                ids = await api.upload(SAMPLES / candidate["cv"], SAMPLES / candidate["project"])
                job_id = await api.evaluate({**ids, **texts})
                answer = await api.result_when_finished(job_id)
                progress.advance(task)
                if answer["error"] is not None:
                    out.print(f"  {candidate['name']}: {answer['error']['message']}", markup=False)
                else:
                    out.print(f"  evaluated {candidate['cv']} with {candidate['project']}", markup=False)
                    results.append((candidate["name"], answer["result"]))

            await asyncio.gather(*(evaluate(candidate) for candidate in candidates))
    return results


def _print(results: list[tuple[str, dict[str, Any]]]) -> None:
    out = console()
    title = (SAMPLES / "job.txt").read_text("utf-8").splitlines()[0]
    out.print(f"\nRanked for: {title}\n", markup=False)
    print_ranking(results)
    out.print(
        "\nmatch: 0.20 to 1.00 from the CV · project: 2 to 10 from the report · ratings: 1 to 5\n",
        markup=False,
    )
    name, best = rank(results)[0]
    print_candidate(name, best)
    out.print(
        "\nTry next:\n"
        "  make run                                  serve on http://127.0.0.1:8080, data in ./cveval-data\n"
        "  .venv/bin/cveval evaluate --cv CV --project REPORT --job JOB.txt\n"
        "  .venv/bin/cveval rank --job JOB.txt FOLDER          many CVs against one job\n"
        "  .venv/bin/cveval jobs --data cveval-data/demo\n"
        "  .venv/bin/cveval --help\n",
        markup=False,
    )
