"""Extraction of the samples, median ms: reading alone (without any process), and through the warm server that forks a reader
for each document, as in production; then scoring of every CV with every report.

Example: python -m bench documents --quick
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from reportlab.pdfgen.canvas import Canvas

from bench.measuring import ROOT, Bench, Row, at_most, middle
from cveval.domain.evaluations import Materials
from cveval_evaluate.local import LocalEvaluator, prepare_job, rate_cv
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.extraction.reading import read
from cveval_submit.handler import JOB_DESCRIPTION, STUDY_CASE_BRIEF
from tests.documents.forge import line, pdf

SAMPLES = ROOT / "deploy" / "local" / "src" / "cveval_local" / "samples"
CVS = ("ada-sampleton.pdf", "bruno-placeholder.pdf", "clara-exemplar.docx", "dario-mockfield.txt")
REPORTS = ("strong-report.pdf", "weak-report.md")
LONG = 10
"""Pages."""
PDF_TARGET, DOCX_TARGET = 80.0, 25.0
"""Milliseconds of reading, without the start of a process."""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    rounds = 5 if bench.quick else 25
    contents = {name: (SAMPLES / name).read_bytes() for name in (*CVS, *REPORTS)}
    for row in _read_alone(contents, rounds):
        yield row
    async for row in _extract(contents, rounds):
        yield row
    async for row in _score({name: read(content).text for name, content in contents.items()}, rounds):
        yield row


def _read_alone(contents: dict[str, bytes], rounds: int) -> list[Row]:
    def spent(*names: str) -> float:
        return middle([_milliseconds(contents[name]) for _ in range(rounds) for name in names])

    contents = contents | {"long": _long_cv()}
    pdfs = [name for name in contents if name.endswith(".pdf")]
    return [
        at_most("documents: reading a PDF, without process", spent(*pdfs), PDF_TARGET, " ms"),
        at_most(
            "documents: reading a DOCX, without process", spent("clara-exemplar.docx"), DOCX_TARGET, " ms"
        ),
        Row(f"documents: reading a PDF of {LONG} full pages, without process", f"{spent('long'):.0f} ms"),
    ]


def _milliseconds(content: bytes) -> float:
    began = time.perf_counter()
    read(content)
    return (time.perf_counter() - began) * 1e3


def _long_cv() -> bytes:
    """Pages of sixty lines."""

    def page(canvas: Canvas) -> None:
        for number in range(60):
            line(
                "Built and ran services for a team of five, with tests and care", y=395 - 6.5 * number, size=6
            )(canvas)

    return pdf(*[page] * LONG)


async def _extract(contents: dict[str, bytes], rounds: int) -> AsyncIterator[Row]:
    extractor = ProcessExtractor()
    began = time.perf_counter()
    await extractor.extract(b"the first document", field="cv")
    yield Row(
        "documents: the first extraction, with the server's start",
        f"{(time.perf_counter() - began) * 1e3:.0f} ms",
    )
    for name, content in contents.items():
        spent = []
        for _ in range(rounds):
            began = time.perf_counter()
            await extractor.extract(content, field=name)
            spent.append((time.perf_counter() - began) * 1e3)
        yield Row(f"documents: extraction of {name}, warm", f"{middle(spent):.0f} ms")
    await extractor.aclose()


async def _score(texts: dict[str, str], rounds: int) -> AsyncIterator[Row]:
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
    yield Row(
        "documents: scoring of a CV and a report, all pairs",
        f"{middle(scored):.1f} ms",
        "≤ 2 ms",
        middle(scored) <= 2,
    )
    job = prepare_job(JOB_DESCRIPTION)
    alone: list[float] = []
    for _ in range(rounds):
        for cv in CVS:
            began = time.perf_counter()
            rate_cv(texts[cv], job, today)
            alone.append((time.perf_counter() - began) * 1e3)
    yield Row(
        "documents: scoring of a CV alone, job prepared",
        f"{middle(alone):.1f} ms",
        "≤ 2 ms",
        middle(alone) <= 2,
    )
