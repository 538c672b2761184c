"""Extraction (a child process, as in production) and scoring per document of the samples, median ms.

Example: python -m bench documents --quick
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from bench.measuring import ROOT, Bench, Row, middle
from cveval.domain.evaluations import Materials
from cveval_evaluate.local import LocalEvaluator
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.handler import JOB_DESCRIPTION, STUDY_CASE_BRIEF

SAMPLES = ROOT / "deploy" / "local" / "src" / "cveval_local" / "samples"
CVS = ("ada-sampleton.pdf", "bruno-placeholder.pdf", "clara-exemplar.docx", "dario-mockfield.txt")
REPORTS = ("strong-report.pdf", "weak-report.md")


async def measure(bench: Bench) -> AsyncIterator[Row]:
    rounds = 3 if bench.quick else 9
    texts: dict[str, str] = {}
    all_spent: list[float] = []
    extractor = ProcessExtractor()
    for name in (*CVS, *REPORTS):
        content = (SAMPLES / name).read_bytes()
        spent = []
        for _ in range(rounds):
            began = time.perf_counter()
            texts[name] = (await extractor.extract(content, field=name)).text
            spent.append((time.perf_counter() - began) * 1e3)
        all_spent += spent
        yield Row(f"documents: extraction of {name}", f"{middle(spent):.0f} ms")
    await extractor.aclose()
    yield Row("documents: extraction, all samples", f"{middle(all_spent):.0f} ms")
    scored: list[float] = []
    evaluator = LocalEvaluator()
    today = datetime.now(UTC).date()
    for cv in CVS:
        for report in REPORTS:
            materials = Materials(texts[cv], texts[report], JOB_DESCRIPTION, STUDY_CASE_BRIEF, as_of=today)
            for _ in range(rounds):
                began = time.perf_counter()
                await evaluator.evaluate(materials)
                scored.append((time.perf_counter() - began) * 1e3)
    yield Row("documents: scoring of a CV and a report, all pairs", f"{middle(scored):.1f} ms")
