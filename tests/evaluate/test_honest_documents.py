"""Whoever answers what was asked, point by point and with facts of their own, uses its words and is no copyist."""

from datetime import date

import pytest

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local import assess, prepare_job, rate_cv
from cveval_evaluate.local.brief import prepare_brief
from cveval_evaluate.local.copying import (
    LONGEST_OF_A_JOB,
    MOST_LIKE_A_JOB,
    likeness,
    source_of,
    without_copied,
)
from tests.evaluate.test_local_evaluator import PAIRS, materials

NURSE_POST = """Registered Nurse, Intensive Care

We are looking for a registered nurse for our intensive care unit with 18 beds.
Requirements
- Registered nurse with at least 3 years of experience in intensive care
- Experience with ventilated patients, haemofiltration and arterial lines
- Knowledge of medication safety, infection control and wound care
- You mentor students and take part in audits
- Skills in documentation with electronic patient records
- Advanced life support certificate, degree in nursing
"""
NURSE = """Ann Bell
Registered Nurse

EXPERIENCE
Staff Nurse, Intensive Care Unit, Elm Hospital, 2018 - present
- Care for ventilated patients on an intensive care unit with 20 beds, two patients a shift.
- Set up haemofiltration and arterial lines; trained 8 nurses in both.
- Led the medication safety audit: errors fell by 30 % in a year.
- Link nurse for infection control and wound care, 12 audits a year.
- Mentor four nursing students each term.
- Moved documentation of the unit to electronic patient records in 3 months.
Staff Nurse, Surgical Ward, Oak Hospital, 2015 - 2018
- Looked after 10 patients a shift after operations.
EDUCATION
Degree in Nursing, 2015. Advanced life support certificate, 2023.
"""
ENGINEER_POST = """Senior Data Engineer

Our platform team moves the parcel data of 4,000 shops. You will design and develop data pipelines that feed our reports,
and you will be on call for them every sixth week.
Requirements
- At least 5 years of experience with Python and SQL
- Experience with Apache Spark, Airflow and Kafka in production
- Knowledge of AWS and Terraform; you set up your own infrastructure
- You monitor data quality and keep the costs of the warehouse low
- You review code, write tests and documentation, and mentor junior engineers
- You explain technical decisions to analysts and product managers
- Degree in computer science or a similar field
"""
ENGINEER = """Mira Lund
Senior Data Engineer

PROFILE
Data engineer with eight years of experience with Python and SQL, most of them on data pipelines for shops and their parcels.

EXPERIENCE
Senior Data Engineer, Parcelworks Ltd, Mar 2020 - present
- Design and develop the data pipelines behind 60 reports, in Python on Apache Spark, with Airflow for 140 daily jobs.
- Brought Kafka into production for the scans of 300 depots; the reports are 4 minutes old now, not a day.
- Set up the infrastructure of the team on AWS with Terraform, so that a new environment takes 20 minutes.
- Monitor data quality with 220 checks; on call every fourth week, with 2 calls a month.
- Cut the costs of the warehouse by 35 % by partitioning its 12 largest tables.
- Mentor three junior engineers, review their code, and explain technical decisions to analysts and product managers.
Data Engineer, Tillhouse, 2016 - 2020
- Moved 90 SQL reports of shops into tested Python jobs and wrote their documentation.
EDUCATION
Degree in Computer Science, 2016.
"""
COOK_POST = """Head Chef

A hotel by the sea with 60 rooms and a restaurant of 90 seats is looking for a head chef for its kitchen.
What we expect
- Experience as head chef or sous chef of at least 4 years
- You plan menus with the seasons, with fish from the harbour and vegetables from the farms around
- You lead a team of eight cooks, plan their shifts and train apprentices
- You keep food cost below 30 percent, order from suppliers and check the stock
- Knowledge of food hygiene, allergens and HACCP documentation
- You work with the service team on banquets and weddings
"""
COOK = """Tom Reed
Head Chef

EXPERIENCE
Head Chef, Harbour House, 2019 - present
- Lead the kitchen of a restaurant of 70 seats: six cooks and two apprentices, whose shifts I plan.
- Plan a menu for each of the four seasons, with fish from two boats of the harbour and vegetables from five farms.
- Brought food cost from 36 to 29 percent by ordering from 12 suppliers instead of 30 and checking the stock every Monday.
- Wrote the HACCP documentation and the list of allergens; three inspections of food hygiene without a complaint.
- Cooked for 40 weddings and banquets of up to 200 guests with the service team of the hotel.
- Trained nine apprentices, of whom seven passed with distinction.
Sous Chef, Mill Inn, 2014 - 2019
- Ran the fish station and stood in for the head chef for 12 weeks a year.
"""
TAILORED = {"nurse": (NURSE_POST, NURSE), "engineer": (ENGINEER_POST, ENGINEER), "cook": (COOK_POST, COOK)}
AS_OF = date(2026, 11, 25)


@pytest.mark.parametrize(("post", "cv"), TAILORED.values(), ids=TAILORED)
def test_a_cv_that_answers_a_short_post_point_by_point_is_no_copy(post: str, cv: str) -> None:
    found = rate_cv(cv, prepare_job(post), AS_OF)
    assert found.original.copied_words == 0
    assert [rating.score for rating in found.ratings[:2]] == [5, 5]


@pytest.mark.parametrize(("post", "cv"), TAILORED.values(), ids=TAILORED)
def test_such_a_cv_comes_not_even_near_the_limit(post: str, cv: str) -> None:
    source = prepare_job(post).source
    assert likeness(cv, source) <= 0.9 * source.most_alike


@pytest.mark.parametrize("pair", PAIRS)
def test_no_candidate_of_the_demonstration_is_taken_for_a_copyist(pair: tuple[str, str]) -> None:
    assert [warning for warning in assess(materials(*pair)).warnings if "_text_copied" in warning] == []


@pytest.mark.parametrize("pair", PAIRS)
def test_no_candidate_of_the_demonstration_comes_near_the_limit(pair: tuple[str, str]) -> None:
    given = materials(*pair)
    for document, source in (
        (given.cv, prepare_job(given.job_description).source),
        (given.project, prepare_brief(given.study_case_brief).source),
    ):
        assert likeness(document, source) <= 0.9 * source.most_alike


def test_the_strong_report_answers_far_more_of_the_brief_than_the_weak_one() -> None:
    strong, weak = (
        next(
            rating.score
            for rating in assess(materials(PAIRS[0][0], report)).ratings
            if rating.parameter is Parameter.CORRECTNESS
        )
        for report in ("strong-report.pdf", "weak-report.md")
    )
    assert strong >= weak + 2


@pytest.mark.parametrize(("words", "limit"), [(40, 1.0), (100, 0.543), (185, 0.36), (400, MOST_LIKE_A_JOB)])
def test_a_short_source_may_be_answered_in_more_of_its_words(words: int, limit: float) -> None:
    invented = [f"b{chr(97 + n // 26)}o{chr(97 + n % 26)}k" for n in range(words)]
    assert source_of(" ".join(invented), LONGEST_OF_A_JOB, MOST_LIKE_A_JOB).most_alike == pytest.approx(
        limit, abs=0.001
    )


def test_a_post_of_a_hundred_different_words_is_recognised_in_any_order() -> None:
    invented = [f"b{chr(97 + n // 26)}o{chr(97 + n % 26)}k" for n in range(100)]
    scattered = "\n".join(word for start in range(7) for word in invented[start::7])
    assert (
        without_copied(
            scattered, source_of(" ".join(invented), LONGEST_OF_A_JOB, MOST_LIKE_A_JOB)
        ).copied_words
        > 50
    )
