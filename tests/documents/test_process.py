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
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from cveval.domain.errors import ExtractionUnavailable, UnreadableDocument, UnsupportedDocument
from cveval_submit.extraction import reader_process
from cveval_submit.extraction.limits import Limits
from cveval_submit.extraction.process import ProcessExtractor
from cveval_submit.extraction.reader_process import Answer, ForkServerProcess, ReaderProcess
from tests.documents.forge import line, pdf

# Sorting these marks takes NFKC time that grows with the square of their number: hours.
ENDLESS = ("a" + "\u0301\u0323" * 300_000).encode()
assert unicodedata.combining("\u0301") != unicodedata.combining("\u0323")


def children() -> list[psutil.Process]:
    """The extraction processes of this test process, zombies included."""
    return [child for child in psutil.Process().children(recursive=True) if is_ours(child)]


def is_ours(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE or any(
            "extraction.fork_server" in part for part in process.cmdline()
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


def server_of(extractor: ProcessExtractor) -> psutil.Process:
    assert extractor._server is not None
    return psutil.Process(extractor._server.pid)


@asynccontextmanager
async def reading(extractor: ProcessExtractor, documents: int = 1) -> AsyncIterator[list[psutil.Process]]:
    """The processes of readers that have endless documents."""
    if extractor._server is None:
        await extractor.extract(b"warm", field="cv")
    handed_over, hand_over = asyncio.Semaphore(0), ReaderProcess._hand_over

    async def told(reader: ReaderProcess, content: bytes) -> None:
        await hand_over(reader, content)
        # More than a socket holds, so that the reader has begun.
        handed_over.release()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReaderProcess, "_hand_over", told)
        tasks = [asyncio.create_task(extractor.extract(ENDLESS, field="cv")) for _ in range(documents)]
        for _ in tasks:
            await handed_over.acquire()
    readers = server_of(extractor).children()
    try:
        yield readers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_document_is_read_in_a_child(extractor: ProcessExtractor) -> None:
    document = await extractor.extract(pdf(line("Ada Example")), field="cv")
    assert (document.text, document.mime, document.warnings) == (
        "Ada Example",
        "application/pdf",
        ("low_quality:few_words",),
    )


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


async def test_a_cancelled_caller_takes_its_reader_along(extractor: ProcessExtractor) -> None:
    async with reading(extractor) as [reader]:
        assert reader.is_running()
    assert not reader.is_running()
    assert server_of(extractor).children() == []


async def test_no_process_reads_two_documents_and_one_server_forks_them_all(
    extractor: ProcessExtractor,
) -> None:
    await extractor.extract(b"first", field="cv")
    server = server_of(extractor)
    async with reading(extractor, 2) as readers:
        assert len({reader.pid for reader in readers}) == 2
        assert {reader.ppid() for reader in readers} == {server.pid}
    assert (await extractor.extract(b"second", field="cv")).text == "second"
    assert server_of(extractor) == server


async def test_many_at_first_start_one_server(extractor: ProcessExtractor) -> None:
    await asyncio.gather(*(extractor.extract(b"Ada", field="cv") for _ in range(5)))
    assert len(children()) == 1


async def test_a_server_that_died_is_replaced_unnoticed(extractor: ProcessExtractor) -> None:
    await extractor.extract(b"first", field="cv")
    died = server_of(extractor)
    died.kill()
    died.wait()
    assert (await extractor.extract(b"second", field="cv")).text == "second"
    assert server_of(extractor) != died


async def test_a_server_that_dies_over_a_document_is_an_outage(extractor: ProcessExtractor) -> None:
    await extractor.extract(b"warm", field="cv")
    server, ask = server_of(extractor), ReaderProcess.ask

    async def bereft(reader: ReaderProcess, content: bytes) -> Answer:
        server.kill()
        return await ask(reader, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReaderProcess, "ask", bereft)
        with pytest.raises(ExtractionUnavailable):
            await extractor.extract(b"Ada", field="cv")
    assert (await extractor.extract(b"again", field="cv")).text == "again"


async def test_a_server_that_hangs_is_killed_and_replaced(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_process, "STOP_WITHIN", 0.1)
    async with reading(extractor) as [reader]:
        hung = server_of(extractor)
        hung.suspend()
    assert (await extractor.extract(b"again", field="cv")).text == "again"
    assert not hung.is_running()
    # What it read is nobody's child any more; its own limits would end it.
    reader.kill()
    assert psutil.wait_procs([reader], timeout=10)[1] == []


async def test_closing_ends_the_server_and_leaves_no_zombie() -> None:
    extractor = ProcessExtractor()
    await asyncio.gather(*(extractor.extract(b"Ada", field="cv") for _ in range(3)))
    await extractor.aclose()
    assert children() == []


@pytest.mark.parametrize(
    ("content", "ending"), [(b"Ada", nullcontext()), (b"\x89PNG", pytest.raises(UnsupportedDocument))]
)
async def test_closing_lets_documents_that_are_being_read_end(
    monkeypatch: pytest.MonkeyPatch, content: bytes, ending: AbstractContextManager[Any]
) -> None:
    extractor = ProcessExtractor()
    ask = ReaderProcess.ask

    async def closed_meanwhile(reader: ReaderProcess, content: bytes) -> Answer:
        await extractor.aclose()
        return await ask(reader, content)

    monkeypatch.setattr(ReaderProcess, "ask", closed_meanwhile)
    with ending:
        await extractor.extract(content, field="cv")
    assert children() == []


def test_nothing_outlives_a_parent_that_was_killed() -> None:
    program = (
        "import asyncio, sys; from cveval_submit.extraction.process import ProcessExtractor;"
        "from tests.documents.test_process import ENDLESS, reading\n"
        "async def main():\n"
        "    async with reading(ProcessExtractor()) as readers:\n"
        "        print(readers[0].ppid(), readers[0].pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        processes = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(processes) == 2
    parent.kill()
    parent.wait()
    assert psutil.wait_procs(processes, timeout=10)[1] == []


def serve(monkeypatch: pytest.MonkeyPatch, reader: type) -> None:
    """A server that forks readers of this class."""

    class Server:
        def fork(self) -> Any:
            return reader()

        async def stop(self) -> None: ...

    async def start(limits: Limits) -> Server:
        return Server()

    monkeypatch.setattr(ForkServerProcess, "start", start)


async def test_no_more_documents_are_read_at_a_time_than_there_are_slots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, release = [], asyncio.Event()

    class Patient:
        """Answers when it is told to."""

        async def ask(self, content: bytes) -> Answer:
            started.append(self)
            await release.wait()
            return Answer(b'{"text": "Ada", "mime": "text/plain", "warnings": []}', 0)

        async def stop(self) -> None:
            pass

    serve(monkeypatch, Patient)
    extractor = ProcessExtractor(concurrency=2)
    asking = [asyncio.create_task(extractor.extract(b"Ada", field="cv")) for _ in range(5)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(started) == 2
    release.set()
    await asyncio.gather(*asking)
    assert len(started) == 5
    await extractor.aclose()


async def test_slow_documents_of_one_owner_leave_a_place_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    release = asyncio.Event()

    class Slow:
        async def ask(self, content: bytes) -> Answer:
            if content == b"slow":
                await release.wait()
            return Answer(b'{"text": "Ada", "mime": "text/plain", "warnings": []}', 0)

        async def stop(self) -> None: ...

    serve(monkeypatch, Slow)
    extractor = ProcessExtractor(concurrency=2)
    slow = [
        asyncio.create_task(extractor.extract(b"slow", field="cv", owner="somebody else")) for _ in range(3)
    ]
    for _ in range(20):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await extractor.extract(b"quick", field="cv", owner="acme")
    release.set()
    await asyncio.gather(*slow)
    await extractor.aclose()


async def test_nobody_waits_long_behind_documents_that_are_slow_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_asked, may_end = asyncio.Event(), asyncio.Event()

    class Slow:
        async def ask(self, content: bytes) -> Answer:
            is_asked.set()
            await may_end.wait()
            return Answer(b"", 0)

        async def stop(self) -> None: ...

    serve(monkeypatch, Slow)
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


async def test_a_reader_gets_no_environment_and_no_descriptor_of_the_server_or_of_another_document(
    extractor: ProcessExtractor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CVEVAL_DATABASE_PASSWORD", "secret")
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        async with reading(extractor, 2) as readers:
            for process in (server_of(extractor), *readers):
                assert process.environ() == {}
                assert [file.path for file in process.open_files()] == []
            # Its channel twice and stderr: not even the lifeline of the other document.
            assert [reader.num_fds() for reader in readers] == [3, 3]


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


async def test_a_reader_that_nobody_asks_ends(extractor: ProcessExtractor) -> None:
    await extractor.extract(b"warm", field="cv")
    assert extractor._server is not None
    reader = extractor._server.fork()
    assert await reader.ask(b"") == Answer(b"", 0)
    await reader.stop()


async def test_what_is_said_of_a_document_holds_none_of_its_text(extractor: ProcessExtractor) -> None:
    await extractor.extract(b"warm", field="cv")
    assert extractor._server is not None
    reader = extractor._server.fork()
    answer = await reader.ask(b"%PDF-1.4\nSECRET\n%%EOF")
    await reader.stop()
    assert json.loads(answer.said)["error"] == "unreadable_document"
    assert b"SECRET" not in answer.said


async def test_a_reader_is_confined_to_the_limits_and_the_server_is_not(extractor: ProcessExtractor) -> None:
    async with reading(extractor) as [reader]:
        assert limit(reader, psutil.RLIMIT_CPU) == (20, 21)
        assert limit(reader, psutil.RLIMIT_AS) == (1_000_000_000, 1_000_000_000)
        assert limit(reader, psutil.RLIMIT_NPROC) == (0, 0)
        assert limit(server_of(extractor), psutil.RLIMIT_CPU) == (-1, -1)


def limit(process: psutil.Process, which: int) -> tuple[int, int]:
    if sys.platform != "linux":
        pytest.skip("only Linux tells the limits of another process")
    return process.rlimit(which)


async def test_a_reader_that_neither_parent_nor_server_ends_is_ended_by_its_own_clock() -> None:
    server = await ForkServerProcess.start(Limits(wall=timedelta(seconds=0.01)))
    reader = server.fork()
    assert await reader.ask(ENDLESS) == Answer(b"", -signal.SIGALRM)
    await reader.stop()
    await server.stop()
