"""What a job description asks for."""

import pytest

from cveval_evaluate.local import prepare_job

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
