"""The local evaluator: nine ratings from evidence, quotes that stand in the documents, the same bytes on every run."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cveval.domain.evaluations import HIGHEST_RATING, LOWEST_RATING, Materials, Parameter, compute_scores
from cveval_evaluate.local import prepare_job, rate_cv
from cveval_evaluate.local.brief import prepare_brief
from cveval_evaluate.local.evaluator import assess
from cveval_submit.extraction.reading import read

SAMPLES = Path(__file__).parents[2] / "deploy/local/src/cveval_local/samples"
CANDIDATES = json.loads((SAMPLES / "candidates.json").read_text("utf-8"))
PAIRS = sorted({(candidate["cv"], candidate["project"]) for candidate in CANDIDATES})
ONE_RUN = """
import json, sys
from dataclasses import asdict
from tests.evaluate.test_local_evaluator import PAIRS, assess, materials
print(json.dumps([asdict(assess(materials(*pair))) for pair in PAIRS], default=str))
"""


def materials(cv: str, project: str) -> Materials:
    return Materials(
        cv=read((SAMPLES / cv).read_bytes()).text,
        project=read((SAMPLES / project).read_bytes()).text,
        job_description=(SAMPLES / "job.txt").read_text("utf-8"),
        study_case_brief=(SAMPLES / "brief.txt").read_text("utf-8"),
    )


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("pair", PAIRS)
def test_all_nine_parameters_are_rated_from_one_to_five_with_a_reason(pair: tuple[str, str]) -> None:
    ratings = assess(materials(*pair)).ratings
    assert [rating.parameter for rating in ratings] == list(Parameter)
    assert all(LOWEST_RATING <= rating.score <= HIGHEST_RATING and rating.reason for rating in ratings)


@pytest.mark.parametrize("pair", PAIRS)
def test_every_quote_stands_in_the_document_that_it_names(pair: tuple[str, str]) -> None:
    given = materials(*pair)
    documents = {"cv": one_line(given.cv), "project": one_line(given.project)}
    quoted = [quote for rating in assess(given).ratings for quote in rating.quotes]
    assert quoted
    assert [q.text for q in quoted if one_line(q.text) not in documents[q.document]] == []


@pytest.mark.parametrize("pair", PAIRS)
def test_a_rating_above_the_floor_has_quotes(pair: tuple[str, str]) -> None:
    assert [
        r.parameter for r in assess(materials(*pair)).ratings if r.score > LOWEST_RATING and not r.quotes
    ] == []


def test_the_same_input_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", ONE_RUN],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_documents_without_evidence_get_the_floor_of_both_numbers() -> None:
    given = replace(materials(*PAIRS[0]), cv="Nothing here.", project="Nothing here.")
    found = assess(given)
    scores = compute_scores(found.ratings)
    assert (str(scores.cv_match_rate), str(scores.project_score)) == ("0.20", "2.00")
    assert any("very_short" in warning for warning in found.warnings)


def test_the_strong_report_outscores_the_weak_one() -> None:
    cv = PAIRS[0][0]
    strong, weak = (
        compute_scores(assess(materials(cv, report)).ratings).project_score
        for report in ("strong-report.pdf", "weak-report.md")
    )
    assert strong > weak


def test_a_name_and_contact_data_change_nothing() -> None:
    given = materials("dario-mockfield.txt", PAIRS[0][1])
    other = replace(
        given, cv=given.cv.replace("DARIO MOCKFIELD", "AMINA PLACEHOLDER").replace("dario.mock", "amina.mock")
    )
    assert other.cv != given.cv
    assert [asdict(r)["score"] for r in assess(other).ratings] == [
        asdict(r)["score"] for r in assess(given).ratings
    ]


# -- what is asked for, and what is quoted -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "years"),
    [
        ("At least five years of experience in payroll.", 5),
        ("Five (5) years of experience in payroll.", 5),
        ("2 years with a PhD, 10 years of experience otherwise.", 2),
        ("A PhD and 2 years of experience;\nor a degree and 8 years of experience.", 2),
        ("Three to five years of experience.\nTen years of leading teams.", 10),
        ("4 years of experience in payroll.\n6 years in travel is a plus.", 4),
        ("We have grown for the past ten years.", None),
        ("48 months of experience in payroll.", 4),
        ("At least 36 months' professional experience.", 3),
        ("18 to 24 months of relevant experience in payroll.", 1),
        ("A contract of 24 months in Leeds.", None),
        ("4+ yrs of experience in payroll.", 4),
        ("4+ yrs. experience in payroll.", 4),
        ("Experience: 4+ years", 4),
        ("Minimum 3 yrs exp in payroll.", 3),
    ],
)
def test_the_years_asked_for_are_the_most_but_of_alternatives_the_fewest(
    demand: str, years: int | None
) -> None:
    assert prepare_job(f"Payroll clerk\n{demand}\n").years_asked == years


@pytest.mark.parametrize(
    "line",
    [
        "Your work will be graded on tests, documentation and design.",
        "Submit your report by Friday to the team.",
        "Due date: describe and submit everything until the first of March.",
        "The report must not exceed four pages of normal text.",
        "Take about five days, and not one hour more than these. Hand in the\ncode, a README and a report of two to four pages.",
        "- Creativity (10 %): useful features beyond the requirements. Are they tested, and does a README explain them?",
    ],
)
def test_how_a_work_is_handed_in_and_graded_is_no_requirement(line: str) -> None:
    brief = f"Case study\n\nBuild a service that imports invoices of a bakery.\n{line}\n"
    assert prepare_brief(brief).requirements == ("Build a service that imports invoices of a bakery.",)


def test_a_title_answers_no_requirement() -> None:
    brief = "Build a service that imports the invoices of a bakery.\n"
    title = "Report: how I went about a service which imports all of the invoices of a bakery in the north of town\n"
    told = "All invoices of the bakery are imported each night by a small service."
    answers = [
        assess(replace(materials(*PAIRS[0]), study_case_brief=brief, project=f"{title}\n{text}")).details[
            "requirements"
        ]
        for text in ("It rains today, and the moon is full tonight.", told)
    ]
    assert [[part["quote"] for part in answer] for answer in answers] == [[None], [told.rstrip()]]  # type: ignore[attr-defined]


def test_sentences_are_quoted_before_titles_and_lists() -> None:
    job = prepare_job("Cloud developer\nYou must know Python, Terraform and Kubernetes.\n")
    found = rate_cv(
        "Cloud developer Python Terraform Kubernetes\n\nI moved the shops of a florist to Kubernetes with Python.\n",
        job,
        None,
    )
    assert found.ratings[0].quotes[0].text == "I moved the shops of a florist to Kubernetes with Python."
