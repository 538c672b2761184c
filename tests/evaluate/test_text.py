"""Where a sentence ends, and where it only seems to."""

from datetime import date

import pytest

from cveval_evaluate.local import prepare_job
from cveval_evaluate.local.career import blocks
from cveval_evaluate.local.text import sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "I have 5 yrs. of experience in SQL.",
        "I worked approx. 20 hrs. a week with tools incl. SQL, e.g. Postgres (esp. its indexes).",
        "Licence no. 12 was renewed in Sept. 2019 by the board.",
        "From Jan. to Mar. 2019 I led Dr. Miller's and Prof. Brown's wards.",
        "Sales grew by 5 % p.a. over three years, i.e. Leeds etc. and York.",
        "I answer to the dept. of finance, cf. report no. 4.",
    ],
)
def test_an_abbreviation_ends_no_sentence_that_goes_on(sentence: str) -> None:
    assert [found.text for found in sentences(f"It was so. {sentence} Then I left.")] == [
        "It was so.",
        sentence,
        "Then I left.",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "I worked there for 5 yrs.",
        "I built tables, queries etc.",
        "I left in Dec.",
        "The answer was no.",
        "It answers within 50 ms.",
        "I moved to Miller Ltd.",
    ],
)
def test_an_abbreviation_ends_a_sentence_where_another_begins(sentence: str) -> None:
    assert [found.text for found in sentences(f"{sentence} Then others came.")] == [
        sentence,
        "Then others came.",
    ]


def test_years_asked_may_be_abbreviated() -> None:
    assert prepare_job("Clerk\nYou must have 5 yrs. of experience in payroll.\n").years_asked == 5


def test_dates_with_abbreviated_months_are_read_in_a_long_line() -> None:
    cv = (
        "Ada Sampleton, data engineer, Leeds, likes long lines in which nothing is missing, not even the names of towns. "
        "Data Engineer at Imaginary Ltd, Sept. 2015 – Sept. 2019: pipelines and tables."
    )
    assert [block.spans for block in blocks(cv, date(2026, 11, 25)) if block.spans] == [
        ((2015 * 12 + 8, 2019 * 12 + 9),)
    ]
