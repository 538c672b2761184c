"""The command line `cveval`, as a person and as a program use it."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from cveval.domain.events import RawRecord, Refusal, UnreadableRecord
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_local import migrating
from cveval_local.commands import main
from tests.samples import a_job

T = TypeVar("T")
SAMPLES = Path(__file__).parents[2] / "deploy/local/src/cveval_local/samples"
NOBODY = "3f1c2a4e-5b6d-4c7e-8f90-a1b2c3d4e5f6"
COMMANDS = sorted(main.commands)
A_RECORD = RawRecord(
    "evaluate.default", 3, 117, datetime(2026, 1, 1, tzinfo=UTC), b"k", b"\x1b[2J\xff", (("ce_id", b"x"),)
)
ON_A_FOLDER = [
    "jobs",
    "dead",
    "purge",
    "keys list",
    "doctor",
    "redrive --all --dry-run",
    "archive list",
    "hold list",
    "after-restore",
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A migrated, empty data folder."""
    migrating.migrate(tmp_path / "cveval.db")
    return tmp_path


def run(*words: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], env=environment)


def answer(*words: str | Path) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def with_store(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run_it() -> T:
        store = open_store(DatabaseSettings(url=SecretStr(f"sqlite:///{data / 'cveval.db'}")), Metrics())
        try:
            return await work(store)
        finally:
            await store.aclose()

    return asyncio.run(run_it())


def bury(data: Path, letter: UnreadableRecord) -> None:
    with_store(data, lambda store: store.transact(lambda tx: tx.dead_letters.add_record(letter)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Example:" in result.output


def test_the_command_line_is_complete() -> None:
    asked = "serve evaluate submit result jobs why dead redrive cancel erase purge archive hold backup after-restore keys migrate doctor"
    assert set(asked.split()) <= set(COMMANDS)
    assert isinstance(main.commands["keys"], click.Group)
    assert set(main.commands["keys"].commands) == {"add", "list", "revoke"}


@pytest.mark.parametrize("words", ON_A_FOLDER)
def test_a_command_answers_people_and_programs(words: str, data: Path) -> None:
    for_people = run(*words.split(), "--data", data)
    assert for_people.exit_code == 0, for_people.output
    assert for_people.output.strip()
    answer(*words.split(), "--data", data)


@pytest.mark.parametrize("words", ["jobs", "dead", "purge", "keys list", f"why {NOBODY}", f"cancel {NOBODY}"])
def test_a_folder_without_a_database_is_named_with_the_way_out(words: str, tmp_path: Path) -> None:
    result = run(*words.split(), "--data", tmp_path)
    assert result.exit_code == 1
    assert "cveval serve" in result.stderr


@pytest.mark.parametrize("name", ["why", "cancel"])
def test_an_unknown_job_is_one_line_and_no_traceback(name: str, data: Path) -> None:
    result = run(name, NOBODY, "--data", data)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "job_not_found" in result.stderr


def test_what_is_no_id_is_refused(data: Path) -> None:
    result = run("why", "banana", "--data", data)
    assert result.exit_code == 2
    assert "is no id" in result.stderr


def test_a_key_is_added_listed_and_revoked_and_its_secret_shown_once(data: Path) -> None:
    made = answer("keys", "add", "acme", "--label", "frontend", "--data", data)
    assert made["secret"].startswith("cvk_")
    [listed] = answer("keys", "list", "--data", data)
    assert (listed["id"], listed["owner"], listed["revoked_at"]) == (made["id"], "acme", None)
    assert made["secret"] not in run("keys", "list", "--data", data).output
    assert run("keys", "revoke", made["id"], "--data", data).exit_code == 0
    assert answer("keys", "list", "--data", data)[0]["revoked_at"] is not None


def test_a_candidate_who_is_not_there_cannot_be_erased(data: Path) -> None:
    result = run("erase", NOBODY, "--yes", "--data", data)
    assert result.exit_code == 1
    assert "candidate_not_found" in result.stderr


def test_migrate_says_what_it_did_and_then_that_nothing_is_left(tmp_path: Path) -> None:
    assert "applied" in run("migrate", "--data", tmp_path).output
    assert "nothing to do" in run("migrate", "--data", tmp_path).output


def test_a_wrong_setting_ends_the_command_and_is_named(tmp_path: Path) -> None:
    result = run("serve", "--data", tmp_path, "--port", "0", CVEVAL_LEASE="banana")
    assert result.exit_code == 1
    assert "CVEVAL_LEASE" in result.stderr


def test_a_queue_without_places_of_its_own_refuses_to_start(tmp_path: Path) -> None:
    result = run(
        "serve", "--data", tmp_path, "--port", "0", CVEVAL_QUEUES='{"evaluate:bulk": {"max_concurrency": 2}}'
    )
    assert result.exit_code == 1
    for setting in ("CVEVAL_EVALUATE_MAX_JOBS (8)", "CVEVAL_MAX_CONCURRENCY", "CVEVAL_QUEUES"):
        assert setting in result.stderr


def test_files_are_evaluated_without_a_server() -> None:
    words = (
        "--cv",
        SAMPLES / "clara-exemplar.docx",
        "--project",
        SAMPLES / "strong-report.pdf",
        "--job",
        SAMPLES / "job.txt",
    )
    result = run("evaluate", *words, "--job", SAMPLES / "job.txt", "--json")
    assert result.exit_code == 0, result.output
    assert "match" in result.stdout


def test_what_is_asked_for_is_printed_with_what_answers_it(tmp_path: Path) -> None:
    job, cv = tmp_path / "job.txt", tmp_path / "cv.txt"
    job.write_text("Nurse\nRequirements\n- Experience of wound care\n- Knowledge of phlebotomy\n")
    cv.write_text(
        "Employment\nStaff Nurse, Greenacre Home\n2016 - 2020\n- Dressed wounds of some twenty people\n"
    )
    report = SAMPLES / "strong-report.pdf"
    lines = run("evaluate", "--cv", cv, "--project", report, "--job", job).stdout.splitlines()
    place = lines.index(
        "  What the job asks for: 1 of 2 found (changes no number; “-” is a question, not a verdict)"
    )
    assert lines[place + 1 : place + 4] == [
        "    + Experience of wound care",
        "      “Dressed wounds of some twenty people”",
        "    - Knowledge of phlebotomy",
    ]
    assert any(line.startswith("  What the brief asks for: ") for line in lines)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(bytes(range(256)))
    result = run(
        "evaluate", "--cv", broken, "--project", SAMPLES / "strong-report.pdf", "--job", SAMPLES / "job.txt"
    )
    assert result.exit_code == 1
    assert "unsupported_document" in result.stderr


def _no_database(folder: Path) -> Path:
    (folder / "cveval.db").write_bytes(b"this is no database, however long one looks at it" * 100)
    return folder


@pytest.mark.parametrize("words", ["jobs", "serve --port 0", "migrate"])
def test_a_file_that_is_no_database_is_one_line(words: str, tmp_path: Path) -> None:
    result = run(*words.split(), "--data", _no_database(tmp_path))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.stderr
    assert "cannot be used as a database" in result.stderr


@pytest.mark.parametrize("words", ["jobs", "serve --port 0", "purge"])
def test_a_postgres_without_schema_is_one_line_with_the_way_out(
    words: str, tmp_path: Path, postgres: str
) -> None:
    result = run(*words.split(), "--data", tmp_path, CVEVAL_DATABASE_URL=postgres)
    assert result.exit_code == 1
    assert "run goose" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_doctor_finds_a_postgres_without_schema(tmp_path: Path, postgres: str) -> None:
    result = run("doctor", "--data", tmp_path, CVEVAL_DATABASE_URL=postgres)
    assert result.exit_code == 1
    assert "run goose" in " ".join(result.output.split())
    assert "is it running" not in " ".join(result.output.split())


def test_doctor_finds_a_file_that_is_no_database(tmp_path: Path) -> None:
    result = run("doctor", "--data", _no_database(tmp_path))
    assert result.exit_code == 1
    assert "cannot be used as a database" in result.output


def test_a_database_without_its_migrations_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "cveval.db").touch()
    result = run("jobs", "--data", tmp_path)
    assert result.exit_code == 1
    assert "cveval migrate" in result.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("serve", "--data", tmp_path, "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "CVEVAL_PORT" in result.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("serve", "--data", tmp_path / "file" / "data", "--port", "0")
    assert result.exit_code == 1
    assert "CVEVAL_DATA" in result.stderr


def test_a_pool_that_cannot_be_is_named(data: Path) -> None:
    result = run("jobs", "--data", data, CVEVAL_DATABASE_POOL_MIN_SIZE="9")
    assert result.exit_code == 1
    assert "CVEVAL_DATABASE_POOL_MIN_SIZE" in result.stderr


def test_a_misspelt_setting_is_named_with_the_one_that_is_meant(data: Path) -> None:
    result = run("doctor", "--data", data, CVEVAL_JOB_TIMEOT="9s")
    assert "CVEVAL_JOB_TIMEOT is read by nobody: is CVEVAL_JOB_TIMEOUT meant?" in " ".join(
        result.output.split()
    )


def test_an_address_that_is_none_is_named() -> None:
    result = run("result", NOBODY, "--server", "banana")
    assert result.exit_code == 1
    assert "CVEVAL_SERVER" in result.stderr


@pytest.mark.parametrize("content", [b"", b"  \n ", "caf\xe9".encode("latin-1")])
def test_a_job_description_that_is_none_is_refused_before_anything_is_sent(
    content: bytes, tmp_path: Path
) -> None:
    job = tmp_path / "job.txt"
    job.write_bytes(content)
    words = ("--cv", SAMPLES / "dario-mockfield.txt", "--project", SAMPLES / "weak-report.md", "--job", job)
    for command in ("evaluate", "submit"):
        result = run(command, *words)
        assert result.exit_code == 1
        assert str(job) in result.stderr


def test_a_key_needs_an_owner(data: Path) -> None:
    assert run("keys", "add", " ", "--data", data).exit_code == 2
    assert answer("keys", "list", "--data", data) == []


def test_a_named_job_that_cannot_be_redriven_is_told_why(data: Path) -> None:
    result = run("redrive", NOBODY, "--data", data)
    assert result.exit_code == 1
    assert "job_not_found" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("redrive", "say which jobs"),
        ("redrive --all --stop-above 5", "needs --canary"),
        ("redrive --all --older-than soon", "is no duration"),
    ],
)
def test_a_redrive_that_cannot_be_meant_is_refused(data: Path, words: str, said: str) -> None:
    result = run(*words.split(), "--data", data)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_dead_letter_whose_record_names_no_job_is_told_to_be_none(data: Path) -> None:
    bury(data, UnreadableRecord(NOBODY, DEFAULT_QUEUE, None, A_RECORD, Refusal("malformed_request", "no")))
    told = run("redrive", "--code", "malformed_request", "--data", data)
    assert told.exit_code == 0
    assert "0 job(s) are back" in told.output
    assert "1 dead letter(s) like these name no job" in told.output
    assert "`cveval dead --raw`" in told.output
    assert "name no job" not in run("redrive", "--code", "timeout", "--data", data).output
    named = run("redrive", NOBODY, "--data", data)
    assert named.exit_code == 1
    assert "is a dead letter and no job" in named.stderr


def test_what_the_command_line_writes_is_for_its_owner_only(tmp_path: Path) -> None:
    assert run("migrate", "--data", tmp_path / "new").exit_code == 0
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "cveval.db").stat().st_mode & 0o077 == 0


def test_a_record_that_nobody_could_read_is_shown_with_its_reason_and_its_bytes(data: Path) -> None:
    refusal = Refusal("malformed_request", "no CloudEvent")
    bury(data, UnreadableRecord(NOBODY, DEFAULT_QUEUE, None, A_RECORD, refusal))
    shown = run("dead", "--raw", "--data", data).output
    assert "evaluate.default/3@117  malformed_request: no CloudEvent" in shown
    assert "header ce_id: x" in shown
    assert r"\x1b[2J\\xff" in shown
    assert "evaluate.default/3@117" in run("dead", "--data", data).output
    [listed] = answer("dead", "--data", data)
    assert listed["record"]["value"] == "G1sySv8="


def test_a_refusal_that_is_shown_writes_nothing_to_the_terminal(data: Path) -> None:
    job_id = with_store(data, a_job)
    refusal = Refusal("x\x1b[2J", "no\x9b\r\n")
    bury(data, UnreadableRecord(NOBODY, DEFAULT_QUEUE, job_id, A_RECORD, refusal))
    for words in ("dead", "dead --raw", f"why {job_id}", f"redrive {job_id} --dry-run"):
        shown = run(*words.split(), "--data", data).output
        assert r"x\x1b[2J" in shown, words
        assert r"no\x9b\r\n" in shown, words
        assert not {"\x1b", "\x9b", "\r"} & set(shown), words
