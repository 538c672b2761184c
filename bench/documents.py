"""Extraction of the samples, median ms: reading alone (without any process), and through the warm server that forks a reader
for each document, as in production; then scoring of the labelled samples.

Example: python -m bench documents --quick
"""

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import count, cycle

from reportlab.pdfgen.canvas import Canvas

from bench.measuring import ROOT, Bench, Row, at_most, middle
from cveval.domain.evaluations import Materials
from cveval_evaluate.local import assess, prepare_job, rate_cv
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.extraction.reading import read
from tests.documents.forge import line, pdf
from tests.quality.labelled import AS_OF, briefs, cvs, jobs, reports
from tests.quality.swapping import as_somebody_else

SAMPLES = ROOT / "deploy" / "local" / "src" / "cveval_local" / "samples"
CVS = ("ada-sampleton.pdf", "bruno-placeholder.pdf", "clara-exemplar.docx", "dario-mockfield.txt")
REPORTS = ("strong-report.pdf", "weak-report.md")
LONG = 10
"""Pages."""
PDF_TARGET, DOCX_TARGET = 80.0, 25.0
"""Milliseconds of reading, without the start of a process."""
_SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "ri", "so", "tu")


async def measure(bench: Bench) -> AsyncIterator[Row]:
    rounds = 5 if bench.quick else 25
    contents = {name: (SAMPLES / name).read_bytes() for name in (*CVS, *REPORTS)}
    for row in _read_alone(contents, rounds):
        yield row
    async for row in _extract(contents, rounds):
        yield row
    for row in _score(rounds):
        yield row


def _read_alone(contents: dict[str, bytes], rounds: int) -> list[Row]:
    def spent(*names: str) -> float:
        return middle([_spent(partial(read, contents[name])) for _ in range(rounds) for name in names])

    contents = contents | {"long": _long_cv()}
    pdfs = [name for name in contents if name.endswith(".pdf")]
    return [
        at_most("documents: reading a PDF, without process", spent(*pdfs), PDF_TARGET, " ms"),
        at_most(
            "documents: reading a DOCX, without process", spent("clara-exemplar.docx"), DOCX_TARGET, " ms"
        ),
        Row(f"documents: reading a PDF of {LONG} full pages, without process", f"{spent('long'):.0f} ms"),
    ]


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


def _score(rounds: int) -> list[Row]:
    """The labelled samples of `make eval`: every CV with a report and a real post in turn, each the quickest of some rounds.

    In each round a CV is that of somebody else, so that nothing can be remembered of its text.
    """
    names, whole, alone = map(_somebody, count()), [], []
    for cv, report, post in zip(cvs(), cycle(reports()), cycle(jobs().values()), strict=False):
        brief, job = briefs()[report.brief], prepare_job(post)
        texts = [as_somebody_else(cv, next(names)) for _ in range(2 * rounds)]
        pairs = [Materials(text, report.text, post, brief, as_of=AS_OF) for text in texts[:rounds]]
        whole.append(min(_spent(partial(assess, pair)) for pair in pairs))
        alone.append(min(_spent(partial(rate_cv, text, job, AS_OF)) for text in texts[rounds:]))
    return [
        at_most("documents: scoring of a CV and a report", middle(whole), 2, " ms"),
        Row("documents: scoring of a CV alone", f"{middle(alone):.1f} ms"),
    ]


def _somebody(number: int) -> tuple[str, str]:
    """A given and a family name that no other number below 10,000 has."""
    syllables = [_SYLLABLES[int(digit)] for digit in f"{number:04}"]
    return "".join(syllables).capitalize(), "".join(reversed(syllables)).capitalize() + "son"


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds; other programs only ever make it more."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3
