"""`cveval rank`, as a person and as a program use it."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.test_commands import SAMPLES, run

JOB = SAMPLES / "job.txt"


@pytest.fixture
def cvs(tmp_path: Path) -> Path:
    """A folder of CVs: three that can be read, one that cannot, one that is hidden."""
    folder = tmp_path / "cvs"
    folder.mkdir()
    for name in ("ada-sampleton.pdf", "clara-exemplar.docx", "dario-mockfield.txt"):
        shutil.copy(SAMPLES / name, folder)
    (folder / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / ".hidden").write_text("nobody's CV")
    return folder


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    shutil.copy(SAMPLES / "strong-report.pdf", folder / "dario-mockfield.pdf")
    shutil.copy(SAMPLES / "weak-report.md", folder / "nobody.md")
    return folder


def ranked(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_folder_of_cvs_is_ranked_by_match_rate_alone(cvs: Path) -> None:
    result = run("rank", "--job", JOB, cvs, "--json")
    found = ranked(result)
    names = [Path(one["cv"]).name for one in found["ranking"]]
    assert sorted(names) == ["ada-sampleton.pdf", "clara-exemplar.docx", "dario-mockfield.txt"]
    rates = [one["cv_match_rate"] for one in found["ranking"]]
    assert rates == sorted(rates, reverse=True)
    assert all(one["project_score"] is None and len(one["ratings"]) == 4 for one in found["ranking"])
    quotes = [q["text"] for one in found["ranking"] for rating in one["ratings"] for q in rating["quotes"]]
    assert quotes


def test_a_file_that_cannot_be_read_gets_a_line_and_the_others_are_ranked(cvs: Path) -> None:
    result = run("rank", "--job", JOB, cvs, "--json")
    assert result.exit_code == 1
    [fault] = ranked(result)["unread"]
    assert Path(fault["cv"]).name == "photo.txt"
    assert "is a picture" in fault["reason"]
    assert f"{cvs / 'photo.txt'} is a picture" in result.stderr
    assert "1 of 4 could not be read" in result.stderr


def test_when_all_can_be_read_the_command_succeeds(cvs: Path) -> None:
    result = run("rank", "--job", JOB, *sorted(cvs.glob("*-*")))
    assert result.exit_code == 0, result.output
    assert "could not be read" not in result.output
    assert "advice, and no decision" in result.output


def test_the_table_names_the_warnings_of_each_by_their_codes(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("Python developer\n")
    result = run("rank", "--job", JOB, tmp_path)
    [line] = [line for line in result.stdout.splitlines() if "short.txt" in line]
    assert line.endswith("low_quality:few_words, very_short")


def test_the_table_names_what_is_not_shown_in_the_words_of_the_job(tmp_path: Path) -> None:
    (tmp_path / "job.txt").write_text("Engineer\nYou must know Kafka, Python and data pipelines.\n")
    (tmp_path / "cv.txt").write_text("Baker of bread\n")
    assert (
        "Kafka, data pipelines, Python"
        in run("rank", "--job", tmp_path / "job.txt", tmp_path / "cv.txt").stdout
    )


def test_what_to_do_about_a_file_of_this_machine_is_no_upload(tmp_path: Path) -> None:
    (tmp_path / "noise.bin").write_bytes(b"\x00\xff" * 40)
    (tmp_path / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "half.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "old.txt").write_bytes("Café".encode("latin-1"))
    (tmp_path / "empty.txt").touch()
    result = run("rank", "--job", JOB, tmp_path)
    assert "5 of 5 could not be read" in result.stderr
    assert "upload" not in result.stderr.replace(str(tmp_path), "")


def test_a_cv_has_the_number_that_an_evaluation_gives_it(cvs: Path) -> None:
    cv, project = cvs / "ada-sampleton.pdf", SAMPLES / "strong-report.pdf"
    evaluated = run("evaluate", "--cv", cv, "--project", project, "--job", JOB, "--json")
    [alone] = ranked(run("rank", "--job", JOB, cv, "--json"))["ranking"]
    whole = json.loads(evaluated.stdout)
    assert alone["cv_match_rate"] == whole["cv_match_rate"]
    assert alone["ratings"] == whole["ratings"][:4]


def test_a_report_goes_with_the_cv_of_its_name(cvs: Path, reports: Path) -> None:
    result = run("rank", "--job", JOB, "--projects", reports, "--brief", SAMPLES / "brief.txt", cvs, "--json")
    scores = {Path(one["cv"]).stem: one["project_score"] for one in ranked(result)["ranking"]}
    assert scores["dario-mockfield"] > 2
    assert scores["ada-sampleton"] is None
    assert "nobody.md: no CV has this name" in result.stderr


def test_equal_numbers_share_a_place(tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copy(SAMPLES / "dario-mockfield.txt", tmp_path / f"{name}.txt")
    shutil.copy(SAMPLES / "weak-report.md", tmp_path)
    places = [one["rank"] for one in ranked(run("rank", "--job", JOB, tmp_path, "--json"))["ranking"]]
    assert places == [1, 1, 3]


GERMAN = """Erika Muster

Berufserfahrung
2019 - 2023 Softwareentwicklerin bei der Beispiel AG
Ich habe Dienste mit Python und PostgreSQL für die Abrechnung gebaut und den Betrieb der Datenbank mit dem Team verantwortet.
2015 - 2019 Entwicklerin bei der Muster GmbH
Ich habe die Schnittstellen mit Django für den Vertrieb entwickelt und die Kollegen bei der Einführung von Docker unterstützt.
"""


def test_a_cv_in_another_language_follows_the_others_without_a_rank(tmp_path: Path) -> None:
    (tmp_path / "erika.txt").write_text(GERMAN)
    (tmp_path / "short.txt").write_text("Python developer\n")
    first, last = ranked(run("rank", "--job", JOB, tmp_path, "--json"))["ranking"]
    assert (Path(first["cv"]).name, first["rank"], first["unranked"]) == ("short.txt", 1, None)
    assert (Path(last["cv"]).name, last["rank"]) == ("erika.txt", None)
    assert last["cv_match_rate"] > first["cv_match_rate"]
    assert last["unranked"].startswith("cv: not_english: ")

    table = run("rank", "--job", JOB, tmp_path).stdout.splitlines()
    [line] = [line for line in table if "erika.txt" in line]
    assert line.startswith("–")
    assert "not_english" in line
    assert "must not be compared" in table[-1]

    *_, row = csv.DictReader(io.StringIO(run("rank", "--job", JOB, tmp_path, "--csv").stdout))
    assert (row["rank"], row["unranked"]) == ("", last["unranked"])


def test_against_a_job_description_in_another_language_nobody_has_a_rank(cvs: Path, tmp_path: Path) -> None:
    job = tmp_path / "job.txt"
    job.write_text("Wir suchen eine Entwicklerin, die mit uns die Dienste mit Python baut und betreibt.\n")
    given = ("rank", "--job", job, cvs / "ada-sampleton.pdf", cvs / "dario-mockfield.txt")
    for one in ranked(run(*given, "--json"))["ranking"]:
        assert one["rank"] is None
        assert one["unranked"].startswith("job_description: not_english: ")

    table = run(*given).stdout.splitlines()
    assert not any("not_english" in line for line in table if str(cvs) in line)
    assert sum("job_description: not_english" in line for line in table) == 1
    assert "since the job description is not in English" in table[-1]


def test_an_earlier_ranking_is_repeated_by_its_day(tmp_path: Path) -> None:
    (tmp_path / "cv.txt").write_text(
        "Experience\nPython developer, 2021 - present\nBuilt web services in Python.\n"
    )
    months = {}
    for day in ("2022-01-15", "2026-01-15"):
        found = ranked(run("rank", "--job", JOB, tmp_path, "--as-of", day, "--json"))
        assert found["as_of"] == day
        details = found["ranking"][0]["receipt"]["details"]
        months[day] = details["months_of_experience"] + details["months_unrelated"]
    assert months["2026-01-15"] - months["2022-01-15"] == 48
    as_csv = run("rank", "--job", JOB, tmp_path, "--as-of", "2022-01-15", "--csv")
    assert [row["as_of"] for row in csv.DictReader(io.StringIO(as_csv.stdout))] == ["2022-01-15"]


def test_a_file_that_is_named_twice_is_ranked_once(cvs: Path) -> None:
    assert len(ranked(run("rank", "--job", JOB, cvs, cvs / "ada-sampleton.pdf", "--json"))["ranking"]) == 3


def test_a_cv_with_the_text_of_another_is_ranked_and_says_which_it_repeats(tmp_path: Path) -> None:
    text = (SAMPLES / "dario-mockfield.txt").read_text()
    first, copy, spaced = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"
    for path, written in ((first, text), (copy, text), (spaced, f"\n{text}\n\n".replace("\n", " \n"))):
        path.write_text(written)
    shutil.copy(SAMPLES / "clara-exemplar.docx", tmp_path)
    expected = {"a.txt": None, "b.txt": str(first), "c.txt": str(first), "clara-exemplar.docx": None}

    found = ranked(run("rank", "--job", JOB, tmp_path, "--json"))["ranking"]
    assert {Path(one["cv"]).name: one["repeats"] for one in found} == expected

    rows = csv.DictReader(io.StringIO(run("rank", "--job", JOB, tmp_path, "--csv").stdout))
    assert {Path(row["cv"]).name: row["repeats"] or None for row in rows} == expected

    table = run("rank", "--job", JOB, tmp_path).stdout
    for path in (copy, spaced):
        assert f"{path} repeats {first}: the two have the same text\n" in table
    assert sum(line.rstrip().endswith(" repeats") for line in table.splitlines()) == 2


def test_subfolders_are_ranked_too_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for folder in ("2026/november", ".trash"):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(SAMPLES / "dario-mockfield.txt", tmp_path / folder)
    [found] = ranked(run("rank", "--job", JOB, tmp_path, "--json"))["ranking"]
    assert found["cv"] == str(tmp_path / "2026/november/dario-mockfield.txt")


def test_weights_of_a_rubric_make_the_match_rate(cvs: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.json"
    rubric.write_text('{"cv": {"achievements": {"weight": 100, "anchors": {"1": "none"}}}}')
    for one in ranked(run("rank", "--job", JOB, "--rubric", rubric, cvs, "--json"))["ranking"]:
        [achievements] = [r for r in one["ratings"] if r["parameter"] == "achievements"]
        assert one["cv_match_rate"] == achievements["score"] / 5


@pytest.mark.parametrize("with_report", [False, True])
def test_a_rubric_in_prose_is_said_to_change_nothing(
    cvs: Path, reports: Path, tmp_path: Path, *, with_report: bool
) -> None:
    rubric = tmp_path / "rubric.txt"
    rubric.write_text("Tests count twice.")
    words: list[str | Path] = ["--job", JOB, cvs / "dario-mockfield.txt"]
    words += ["--projects", reports] if with_report else []
    plain, result = run("rank", *words, "--json"), run("rank", *words, "--rubric", rubric, "--json")
    assert f"{rubric}: a text for an LLM, which changes nothing here" in result.stderr
    [[one], [other]] = ranked(plain)["ranking"], ranked(result)["ranking"]
    assert (one["cv_match_rate"], one["ratings"]) == (other["cv_match_rate"], other["ratings"])
    [warning] = [warning for warning in other["warnings"] if warning not in one["warnings"]]
    assert warning.startswith("scoring_rubric: not_read: it is a text for an LLM")


def test_csv_has_a_line_for_each_file_and_no_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(SAMPLES / "dario-mockfield.txt", tmp_path / "=1+1.txt")
    (tmp_path / "empty.txt").touch()
    monkeypatch.chdir(tmp_path)
    result = run("rank", "--job", JOB, "=1+1.txt", "empty.txt", "--csv")
    heading, first, last = csv.reader(io.StringIO(result.stdout))
    assert dict(zip(heading, first, strict=True))["cv"] == "'=1+1.txt"
    assert "is empty" in dict(zip(heading, last, strict=True))["error"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--csv", "--json", JOB], "exclude each other"),
        (["--brief", JOB, JOB], "--projects reports/"),
        (["no-such-file"], "does not exist"),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_call_says_what_to_do(words: list[str | Path], said: str) -> None:
    result = run("rank", "--job", JOB, *words)
    assert result.exit_code == 2
    assert said in result.output


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    result = run("rank", "--job", JOB, tmp_path)
    assert result.exit_code == 2
    assert f"there is no file in {tmp_path}" in result.output


def test_an_empty_job_description_is_refused(tmp_path: Path, cvs: Path) -> None:
    (tmp_path / "job.txt").touch()
    result = run("rank", "--job", tmp_path / "job.txt", cvs)
    assert result.exit_code == 1
    assert f"{tmp_path / 'job.txt'} is empty: write the text into it" in result.stderr
