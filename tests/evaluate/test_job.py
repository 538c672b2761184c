"""What a job description asks for."""

from datetime import date

import pytest

from cveval_evaluate.local import prepare_job, rate_cv
from cveval_evaluate.local.skills import alternatives_in
from cveval_evaluate.local.text import sentences

POST = "Baker\n\nThe Old Mill bakes bread by the sea.\n\n"


@pytest.mark.parametrize(
    "items",
    [
        "- Two hands for dough\n- Joy in early mornings\n",
        "\n• Two hands for dough\n• Joy in early mornings\n",
        "Two hands for dough\nJoy in early mornings\n",
        "\nTwo hands for dough\nJoy in early mornings\n",
    ],
    ids=["hyphens", "bullets", "lines", "lines after a gap"],
)
@pytest.mark.parametrize(
    "heading",
    ["You bring:", "Your profile", "What we look for", "Who you are", "Ideally you have", "Nice to have", "What you'll need",
     "About you", "Skills", "## Your tasks", "**Must have**", "We expect:", "In this role you will", "The ideal candidate",
     "To be successful in this role you will need the following:", "Personal skills", "Bonus points"],
)  # fmt: skip
def test_what_stands_under_a_heading_that_asks_is_asked_for(heading: str, items: str) -> None:
    job = prepare_job(f"{POST}{heading}\n{items}\nBenefits\n- A free loaf of rye\n")
    assert job.has_requirements
    assert {"dough", "morn"} <= job.vector.keys()
    assert "loaf" not in job.vector


@pytest.mark.parametrize(
    "heading",
    ["We offer:", "Benefits", "About us", "What we offer", "What you get", "Who we are", "What you can expect from us", "Our values"],
)  # fmt: skip
def test_what_a_firm_offers_or_is_asks_for_nothing(heading: str) -> None:
    assert not prepare_job(f"{POST}{heading}\n- A free loaf of rye\n- Two ovens for dough\n").has_requirements


@pytest.mark.parametrize("heading", ["You bring:", "Your profile", "What we look for"])
def test_an_empty_section_asks_for_nothing(heading: str) -> None:
    assert not prepare_job(f"{POST}{heading}\n\nBenefits\n- A free loaf of rye\n").has_requirements


@pytest.mark.parametrize(
    ("asked", "choices"),
    [
        ("You know Python, Go, Java or a similar language.", [{"Python", "Go", "Java"}]),
        ("PostgreSQL, MySQL or Oracle; AWS or Azure.", [{"PostgreSQL", "MySQL", "Oracle"}, {"AWS", "Azure"}]),
        ("Experience with Kubernetes and Docker, and with AWS and/or Azure.", [{"AWS", "Azure"}]),
        ("HTML/CSS, Docker and Kubernetes, or what else it takes.", []),
        ("Python and PostgreSQL.", []),
    ],
)
def test_of_alternatives_one_is_enough(asked: str, choices: list[set[str]]) -> None:
    named = {"Oracle Database": "Oracle", "Amazon Web Services": "AWS", "Microsoft Azure": "Azure"}
    found = [choice for sentence in sentences(asked) for choice in alternatives_in(sentence)]
    assert [{named.get(skill, skill) for skill in choice} for choice in found] == choices


def test_nothing_is_missed_where_another_one_would_do() -> None:
    job = prepare_job("Backend engineer\nYou know PostgreSQL, MySQL or MariaDB, AWS or Azure, and Docker.\n")
    cv = "Experience\nBackend engineer, Acme\n2015 – 2020\nBuilt billing services on MySQL for three countries and ran them for years.\n"
    found = rate_cv(cv, job, date(2026, 1, 1)).match
    assert found.shown == ("MySQL",)
    assert {"PostgreSQL", "MariaDB"} == {*found.met_otherwise}
    assert len(found.missing) == 3
    assert found.asked == 6


@pytest.mark.parametrize(
    "offer",
    [
        "What we offer\n- A learning budget to develop your skills in Python, and 10 years of experience around you\n- Excel courses\n",
        "What we offer: a learning budget to develop your skills in Python, 10 years of experience around you, and Excel courses.\n",
        "Requirements\n\nWe offer: a learning budget to develop your skills in Python, 10 years of experience around you, and Excel courses.\n",
        "Perks\n- Training: a learning budget to develop your skills in Python, 10 years of experience around you, and Excel courses\n",
        "Benefits\n\nA learning budget to develop your skills in Python, 10 years of experience around you, and Excel courses.\n",
    ],
    ids=["items", "one line", "one line elsewhere", "labelled item", "prose"],
)
def test_what_a_firm_offers_names_no_skill_and_no_years(offer: str) -> None:
    job = prepare_job(f"{POST}Your profile\n- Two years of experience with Kafka\n\n{offer}")
    assert [*job.skills] == ["Apache Kafka"]
    assert job.years_asked == 2
    assert "budget" not in job.vector
    assert [item.text for item in job.requirements.items] == ["Two years of experience with Kafka"]


@pytest.mark.parametrize("above", ["About us", "Salary: £40,000", "Location: the sea"])
def test_below_what_a_firm_is_its_words_may_ask_for_something(above: str) -> None:
    job = prepare_job(
        f"Baker\n\n{above}\n\nThe Old Mill bakes bread.\n\nYou must have three years of experience with Excel.\n"
    )
    assert [*job.skills] == ["Excel"]
    assert job.years_asked == 3
