"""`--rubric FILE` of `cveval evaluate` and `cveval submit`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cveval_local.commands import main

REPOSITORY = Path(__file__).parents[2]
SAMPLES = REPOSITORY / "deploy/local/src/cveval_local/samples"
EXAMPLE = REPOSITORY / "docs/how-to/backend-hiring.rubric.json"
PAIR = ("--cv", str(SAMPLES / "dario-mockfield.txt"), "--project", str(SAMPLES / "weak-report.md"))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def evaluated(*words: str) -> Any:
    result = run("evaluate", *PAIR, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_structured_rubric_makes_the_numbers(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.json"
    rubric.write_text('{"cv": {"achievements": {"weight": 100}}}')
    shown = evaluated("--rubric", str(rubric))
    scores = {rating["parameter"]: rating["score"] for rating in shown["ratings"]}
    assert shown["cv_match_rate"] == scores["achievements"] / 5
    assert shown["project_score"] == evaluated()["project_score"]
    assert len(shown["receipt"]["rubric_hash"]) == 64


def test_a_text_rubric_leaves_the_numbers_and_is_warned_of(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.txt"
    rubric.write_text("Tests count twice.")
    shown, plain = evaluated("--rubric", str(rubric)), evaluated()
    assert (shown["cv_match_rate"], shown["ratings"]) == (plain["cv_match_rate"], plain["ratings"])
    [warning] = [warning for warning in shown["warnings"] if warning.startswith("scoring_rubric:")]
    assert "does not read it" in warning


def test_people_see_weights_and_the_anchor_of_the_score(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.json"
    anchors = {str(score): f"our words for {score}" for score in range(1, 6)}
    rubric.write_text(json.dumps({"cv": {"achievements": {"weight": 100, "anchors": anchors}}}))
    shown = " ".join(run("evaluate", *PAIR, "--rubric", str(rubric)).output.split())
    score = {r["parameter"]: r["score"] for r in evaluated()["ratings"]}["achievements"]
    assert f"achievements: {score} of 5 (100 %) {score} means in the rubric: our words for {score}" in shown
    assert "of 5 (0 %)" in shown


def test_the_example_of_the_documentation_is_taken() -> None:
    assert evaluated("--rubric", str(EXAMPLE))["ratings"][0]["weight"] == 50


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"cv": {"technical_skills": {"weight": 99}}}', "rubric.cv: its weights add up to 99"),
        (
            b'{"cv": {"technical_skills": {"weight": 100}}',
            "rubric begins like an object of JSON and is no JSON from",
        ),
        (b'[{"technical_skills": 100}]', "rubric is no JSON object: give one with name, cv, project"),
        (b'"Tests count twice."', "rubric is no JSON object"),
        (b'{"cv": {"luck": {"weight": 100}}}', "rubric.cv.luck: is unknown"),
        (b"", "is empty"),
        (b"\xff", "is no UTF-8 text"),
        (b"x" * 10_001, "at most 10,000"),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "submit"])
def test_a_wrong_rubric_is_one_line_before_anything_is_sent(
    command: str, content: bytes, said: str, tmp_path: Path
) -> None:
    rubric = tmp_path / "rubric.json"
    rubric.write_bytes(content)
    result = run(command, *PAIR, "--rubric", str(rubric))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert result.stderr.startswith(f"cveval: {rubric}")
    assert said in result.stderr
