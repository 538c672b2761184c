"""Who shows a kind of a skill has shown the skill: nothing is missed that a narrower name says already."""

import json
from importlib import resources

import pytest

from cveval_evaluate.local import Job, cv_feedback, prepare_job, rate_cv
from cveval_evaluate.local.matching import Match
from cveval_evaluate.local.skills import kinds_of_skills
from tests.quality.labelled import AS_OF

RAW = json.loads((resources.files("cveval_evaluate.local") / "data" / "skills.json").read_text("utf-8"))


def matched(job: Job, done: str) -> Match:
    return rate_cv(
        f"Experience\nEngineer, Acme\n2015 - 2020\n- {done} for three countries\n", job, AS_OF
    ).match


def test_every_name_is_in_the_list() -> None:
    narrower: dict[str, list[str]] = RAW["narrower"]
    named = {*narrower, *(kind for kinds in narrower.values() for kind in kinds)}
    assert named <= RAW["skills"].keys()


def test_no_skill_is_a_kind_of_itself() -> None:
    assert not [skill for skill, kinds in kinds_of_skills().items() if skill in kinds]


def test_a_kind_of_a_kind_is_one_too() -> None:
    assert "PostGIS" in kinds_of_skills()["Relational database"]
    assert "Amazon EKS" in kinds_of_skills()["Cloud computing"]


@pytest.mark.parametrize(
    ("asked", "done", "skill", "kind"),
    [
        ("authentication", "Moved the sign-in to OIDC", "Authentication", "OAuth"),
        ("AWS", "Ran the billing on EC2", "Amazon Web Services", "Amazon EC2"),
        ("automated tests", "Covered the billing with pytest", "Test automation", "pytest"),
        ("relational databases", "Tuned a Postgres cluster", "Relational database", "PostgreSQL"),
        ("SQL", "Tuned a Postgres cluster", "SQL", "PostgreSQL"),
        ("data pipelines", "Scheduled the imports in Airflow", "ETL", "Airflow"),
        ("data warehousing", "Moved the figures to Snowflake", "Data warehouse", "Snowflake"),
        ("agile methods", "Planned the work in Scrum", "Agile", "Scrum"),
        ("prototyping", "Drew the checkout in Figma", "Prototyping", "Figma"),
        ("bookkeeping", "Closed the months in Xero", "Accounting", "Xero"),
        ("accounting", "Wrote the VAT returns of each quarter", "Accounting", "VAT"),
        ("an ERP system", "Closed the months in Sage 200", "ERP", "Sage"),
        ("logistics", "Cut the losses of stock control", "Supply chain", "Inventory management"),
        ("digital marketing", "Raised the visits by SEO", "Digital marketing", "SEO"),
    ],
)
def test_what_a_narrower_skill_shows_is_not_missing(asked: str, done: str, skill: str, kind: str) -> None:
    job = prepare_job(f"Engineer\nRequirements\n- Experience with {asked}\n")
    assert skill in job.skills
    found = matched(job, done)
    assert found.met_otherwise.get(skill) == kind
    assert skill not in found.missing


def test_management_accounts_are_accounting_and_sage_is_no_advice() -> None:
    job = prepare_job("Engineer\nRequirements\n- Experience with accounting and an ERP system\n")
    assert matched(job, "Prepared the management accounts").missing == ("ERP",)
    assert matched(job, "Gave sage advice on the books").missing == ("Accounting", "ERP")


def test_a_broader_skill_does_not_show_a_narrower_one() -> None:
    job = prepare_job("Engineer\nRequirements\n- Experience with PostgreSQL and OAuth\n")
    found = matched(job, "Wrote SQL on relational databases and the authentication")
    assert found.missing == ("OAuth", "PostgreSQL")


def test_a_kind_of_an_alternative_is_enough() -> None:
    job = prepare_job("Engineer\nYou know PostgreSQL, MongoDB or a similar store.\n")
    assert matched(job, "Ran a PostGIS cluster").met_otherwise == {
        "MongoDB": "PostGIS",
        "PostgreSQL": "PostGIS",
    }


def test_it_does_not_count_as_shown() -> None:
    job = prepare_job("Engineer\nRequirements\n- Experience with SQL, Docker and Terraform\n")
    found = matched(job, "Tuned a Postgres cluster")
    assert found.shown == found.listed == ()
    assert found.asked == 3


def test_the_feedback_says_by_what_a_skill_is_met() -> None:
    job = prepare_job("Engineer\nRequirements\n- Experience with SQL, relational databases and Terraform\n")
    cv = (
        "Experience\nEngineer, Acme\n2015 - 2020\n- Tuned a Postgres cluster for three countries\n"
        "- Wrote down what was learnt from every outage, for the next team and for all who come later\n"
        "- Mended pumps of an old mill by hand, together with a neighbour and two apprentices from the village\n"
        "- Taught evening courses in drawing, sewing, gardening and first aid at a community college\n"
        "- Repaired tractors, ploughs and harvesters during long summers between semesters at university\n"
        "- Organised concerts of local choirs inside barns, churches and market halls across three valleys\n"
    )
    text = cv_feedback(rate_cv(cv, job, AS_OF))
    assert "or SQL and relational databases it names PostgreSQL; nothing is said of Terraform" in text
