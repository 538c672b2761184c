"""The wall between the server and a document: limits, death, cancellation, and nothing left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from cveval.domain.errors import ExtractionUnavailable, UnreadableDocument, UnsupportedDocument
from cveval_submit.extraction import reader_process
from cveval_submit.extraction.limits import Limits
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.extraction.reader_process import Answer, ReaderProcess
from tests.documents.forge import line, pdf

# Sorting these marks takes NFKC time that grows with the square of their number: hours.
ENDLESS = ("a" + "\u0301\u0323" * 300_000).encode()
assert unicodedata.combining("\u0301") != unicodedata.combining("\u0323")


def children() -> list[psutil.Process]:
    """The extraction processes of this test process, zombies included."""
    return [child for child in psutil.Process().children(recursive=True) if is_reader(child)]


def is_reader(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE or any(
            "extraction.child" in part for part in process.cmdline()
        )
    except psutil.NoSuchProcess:
        return False


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
async def extractor() -> AsyncIterator[ProcessExtractor]:
    extractor = ProcessExtractor()
    yield extractor
    await extractor.aclose()


async def spare_of(extractor: ProcessExtractor) -> ReaderProcess:
    [spare] = extractor._spares
    return await asyncio.shield(spare)


async def test_a_document_is_read_in_a_child(extractor: ProcessExtractor) -> None:
    document = await extractor.extract(pdf(line("Ada Example")), field="cv")
    assert (document.text, document.mime, document.warnings) == ("Ada Example", "application/pdf", ())


async def test_errors_name_the_field_and_keep_their_kind(extractor: ProcessExtractor) -> None:
    with pytest.raises(UnsupportedDocument, match=r"^cv is an RTF file: save it") as unsupported:
        await extractor.extract(b"{\\rtf1 Hello}", field="cv")
    assert unsupported.value.field == "cv"
    with pytest.raises(UnreadableDocument, match=r"^project is a truncated PDF") as unreadable:
        await extractor.extract(b"%PDF-1.7", field="project")
    assert unreadable.value.field == "project"


async def test_an_empty_document_needs_no_child(extractor: ProcessExtractor) -> None:
    with pytest.raises(UnreadableDocument, match="cv is empty"):
        await extractor.extract(b"", field="cv")
    assert children() == []


async def ended(limits: Limits, content: bytes) -> str:
    """The message when a limit ends a child; nothing may be left of it."""
    extractor = ProcessExtractor(limits)
    try:
        with pytest.raises(UnreadableDocument) as caught:
            await extractor.extract(content, field="cv")
    finally:
        await extractor.aclose()
    assert children() == []
    assert caught.value.field == "cv"
    return str(caught.value)


async def test_the_clock_ends_a_child_and_the_message_names_the_limit() -> None:
    message = await ended(Limits(wall=timedelta(seconds=0.2)), ENDLESS)
    assert "not read within 0.2 seconds, which is the limit: export it again" in message


async def test_the_kernel_ends_a_child_that_computes_too_long_and_the_message_names_the_limit() -> None:
    message = await ended(Limits(cpu=1), ENDLESS)
    assert "more than 1 seconds of computing" in message


async def test_a_child_that_wants_too_much_memory_ends_and_the_message_names_the_limit() -> None:
    message = await ended(Limits(memory=150_000_000), b"a" * 100_000_000)
    # macOS does not keep this limit; the text's own is the next one there.
    limit = "at most 400,000 are read" if sys.platform == "darwin" else "more than 150 MB of memory"
    assert limit in message


async def test_a_cancelled_caller_takes_its_child_along(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await extractor.extract(b"warm", field="cv")
    spare = await spare_of(extractor)
    asked, ask = asyncio.Event(), ReaderProcess.ask

    async def told(child: ReaderProcess, content: bytes) -> Answer:
        asked.set()
        return await ask(child, content)

    monkeypatch.setattr(ReaderProcess, "ask", told)
    asking = asyncio.create_task(extractor.extract(ENDLESS, field="cv"))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not spare.is_alive
    assert not psutil.pid_exists(spare._process.pid)


async def test_no_child_reads_two_documents_and_a_spare_waits_for_the_next(
    extractor: ProcessExtractor,
) -> None:
    pids = []
    for text in (b"first", b"second", b"third"):
        assert (await extractor.extract(text, field="cv")).text == text.decode()
        pids.append((await spare_of(extractor))._process.pid)
    assert len(set(pids)) == 3
    assert len(children()) == 1


async def test_a_spare_that_died_is_replaced_unnoticed(extractor: ProcessExtractor) -> None:
    await extractor.extract(b"first", field="cv")
    spare = await spare_of(extractor)
    os.kill(spare._process.pid, signal.SIGKILL)
    await spare._process.wait()
    assert (await extractor.extract(b"second", field="cv")).text == "second"


async def test_closing_ends_the_spares_and_leaves_no_zombie() -> None:
    extractor = ProcessExtractor()
    await asyncio.gather(*(extractor.extract(b"Ada", field="cv") for _ in range(3)))
    await extractor.aclose()
    assert children() == []


async def test_no_more_children_read_at_a_time_than_there_are_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    started, release = [], asyncio.Event()

    class Patient:
        """Answers when it is told to."""

        is_alive = True

        async def ask(self, content: bytes) -> Answer:
            started.append(self)
            await release.wait()
            return Answer(b'{"text": "Ada", "mime": "text/plain", "warnings": []}', 0)

        async def stop(self) -> None:
            pass

    async def start(limits: Limits) -> Patient:
        return Patient()

    monkeypatch.setattr(ReaderProcess, "start", start)
    extractor = ProcessExtractor(concurrency=2)
    asking = [asyncio.create_task(extractor.extract(b"Ada", field="cv")) for _ in range(5)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(started) == 2
    release.set()
    await asyncio.gather(*asking)
    assert len(started) == 5
    await extractor.aclose()


async def test_nobody_waits_long_behind_documents_that_are_slow_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_asked, may_end = asyncio.Event(), asyncio.Event()

    class SlowChild:
        is_alive = True

        async def ask(self, content: bytes) -> Answer:
            is_asked.set()
            await may_end.wait()
            return Answer(b"", 0)

        async def stop(self) -> None: ...

    async def start(limits: Limits) -> SlowChild:
        return SlowChild()

    monkeypatch.setattr(ReaderProcess, "start", start)
    extractor = ProcessExtractor(Limits(queue=timedelta(milliseconds=1)), concurrency=1)
    slow = asyncio.create_task(extractor.extract(b"slow", field="cv"))
    await is_asked.wait()
    with pytest.raises(ExtractionUnavailable) as refusal:
        await extractor.extract(b"quick", field="project")
    assert refusal.value.retry_after == timedelta(milliseconds=1)
    may_end.set()
    with pytest.raises(UnreadableDocument):
        await slow
    await extractor.aclose()


async def test_a_child_gets_no_environment_and_no_descriptor(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CVEVAL_DATABASE_PASSWORD", "secret")
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        await extractor.extract(b"Ada", field="cv")
        child = psutil.Process((await spare_of(extractor))._process.pid)
        assert child.environ() == {}
        assert child.open_files() == []
        assert child.num_fds() == 3


def test_the_limits_of_a_confined_process_are_those_that_were_asked_for() -> None:
    program = (
        "import resource as r; from cveval_submit.extraction.limits import confine; confine(1_000_000_000, 20);"
        "print(r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_FSIZE), r.getrlimit(r.RLIMIT_CORE), r.getrlimit(r.RLIMIT_NPROC))"
    )
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert shown.stdout == "(20, 21) (0, 0) (0, 0) (0, 0)\n"


def test_a_confined_process_cannot_write_a_file(tmp_path: Path) -> None:
    program = (
        "import os, sys; from cveval_submit.extraction.limits import confine; confine(1_000_000_000, 20);"
        "os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY), b'text')"
    )
    target = tmp_path / "file"
    ended = subprocess.run([sys.executable, "-c", program, str(target)], check=False, capture_output=True)
    assert b"File too large" in ended.stderr
    assert target.stat().st_size == 0


def test_no_parser_is_loaded_before_the_limits() -> None:
    program = "import sys, cveval_submit.extraction.child; print(sorted({'pypdf', 'zipfile', 'pyexpat'} & {*sys.modules}))"
    shown = subprocess.run([sys.executable, "-IBc", program], check=True, capture_output=True, text=True)
    assert shown.stdout == "[]\n"


async def test_no_temporary_file_is_made(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    await extractor.extract(pdf(line("Ada")), field="cv")
    assert files_in(tmp_path) == []


async def test_a_start_that_fails_is_an_outage_and_not_the_documents_fault(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(ExtractionUnavailable):
        await extractor.extract(b"Ada", field="cv")


async def test_a_child_that_dies_before_it_saw_a_document_is_an_outage(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ExtractionUnavailable):
        await extractor.extract(b"Ada", field="cv")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no JSON",
        b'{"error": "internal_error", "message": "taken over"}',
        b'{"text": 5, "mime": "text/plain", "warnings": []}',
        b'{"text": "Ada", "mime": "text/html", "warnings": []}',
        rb'{"text": "\ud800", "mime": "text/plain", "warnings": []}',
        rb'{"text": "A\u0000", "mime": "text/plain", "warnings": []}',
    ],
)
def test_a_child_that_was_taken_over_cannot_say_what_no_child_says(said: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="cv could not be read"):
        ProcessExtractor()._interpret(Answer(said, 0), "cv")


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_process, "MAX_ANSWER", 1_000)
    extractor = ProcessExtractor()
    with pytest.raises(UnreadableDocument):
        await extractor.extract(b"a" * 100_000, field="cv")
    await extractor.aclose()
    assert children() == []


def test_a_child_whose_parent_is_gone_ends() -> None:
    command = [sys.executable, "-IBm", "cveval_submit.extraction.child", "1000000000", "20"]
    ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    assert (ended.returncode, ended.stdout) == (0, b"ready\n")


def test_what_is_said_of_a_document_holds_none_of_its_text() -> None:
    command = [sys.executable, "-IBm", "cveval_submit.extraction.child", "1000000000", "20"]
    ended = subprocess.run(command, check=True, input=b"%PDF-1.4\nSECRET\n%%EOF", capture_output=True)
    answer = json.loads(ended.stdout.removeprefix(b"ready\n"))
    assert answer["error"] == "unreadable_document"
    assert b"SECRET" not in ended.stdout + ended.stderr
