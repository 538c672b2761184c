"""Dates in a CV: every way of writing them, overlaps once, education not, and only what bears on the job."""

from datetime import date
from itertools import pairwise

import pytest

from cveval.domain.evaluations import Parameter, Rating
from cveval_evaluate.local import prepare_job, rate_cv
from cveval_evaluate.local.career import Block, blocks
from cveval_evaluate.local.cv import months_of
from cveval_evaluate.local.dates import month_number, spans
from cveval_evaluate.local.matching import relatedness

PRESENT = month_number(2026, 11)
JOB = "Data Engineer\nYou must have experience with Python, SQL, Spark and data pipelines.\n"
DONE = "- Built data pipelines in Python and Spark that load SQL tables for the data team\n"


@pytest.mark.parametrize(
    ("line", "months"),
    [
        ("2018 - 2020", 24),
        ("2018–2020", 24),
        ("2015–16", 12),
        ("03/2019 – 05/2021", 27),
        ("2019-03 – 2021-05", 27),
        ("01.03.2019 - 31.05.2021", 27),
        ("March 2019 to May 2021", 27),
        ("Mar. 2019 until May 2021", 27),
        ("from March 2019 - present", 93),
        ("since 2024", 35),
        ("2024 – until now", 35),
        ("2024–          Developer, Somewhere", 35),
        ("März 2019 bis Mai 2021", 27),
        ("enero de 2020 a diciembre de 2020", 12),
        ("janvier 2020 – aujourd'hui", 83),
        ("Januari 2020 – sekarang", 83),
        ("2020年 – 至今", 0),
        ("2024 - 至今", 35),
        ("Marketing 2019 - 2021", 24),
        ("Designer 2019 - 2021", 24),
        ("2021 - 2019", 0),
        ("40 of 2019 people", 0),
    ],
)
def test_a_range_is_read_in_the_ways_in_which_it_is_written(line: str, months: int) -> None:
    assert sum(end - start for start, end in spans(line, PRESENT)) == months


def experience(cv: str, job: str = JOB) -> Rating:
    ratings = rate_cv(cv, prepare_job(job), date(2026, 11, 25)).ratings
    return next(rating for rating in ratings if rating.parameter is Parameter.EXPERIENCE_LEVEL)


@pytest.mark.parametrize(
    ("dates", "score"),
    [
        ("01/2026 - 06/2026", 1),
        ("01/2025 - 06/2026", 2),
        ("01/2024 - 06/2026", 3),
        ("01/2023 - 06/2026", 4),
        ("01/2020 - 06/2026", 5),
    ],
)
def test_years_rate_one_to_five(dates: str, score: int) -> None:
    assert experience(f"EXPERIENCE\nData Engineer\n{dates}\n{DONE}").score == score


def test_overlapping_positions_count_once_and_education_does_not_count() -> None:
    cv = f"EXPERIENCE\nData Engineer\n2020 - 2022\n{DONE}\nData Engineer, data pipelines\n2021 - 2022\n{DONE}\nEDUCATION\nMSc\n2010 - 2020\n"
    assert experience(cv).reason.startswith("2 years in dated positions")


@pytest.mark.parametrize(("asked", "score"), [(2, 4), (5, 4), (10, 3)])
def test_the_years_that_a_job_asks_for_count(asked: int, score: int) -> None:
    job = JOB + f"At least {asked} years of experience with data pipelines are required.\n"
    assert experience(f"EXPERIENCE\nData Engineer\n06/2023 - 06/2026\n{DONE}", job).score == score


def test_years_in_other_work_are_shown_and_do_not_count() -> None:
    cv = f"EXPERIENCE\nPastry Chef, Old Bakery\n2010 - 2020\n- Baked bread and cakes for weddings\n\nData Engineer\n2024 - 2026\n{DONE}"
    rating = experience(cv)
    assert rating.reason.startswith(
        "2 years in dated positions, as far as they bear on the job, overlaps counted once (10 years more"
    )
    assert rating.score == 3


def test_whether_a_position_bears_on_the_job_is_a_matter_of_degree() -> None:
    """Told less and less of the job by the rest of the CV, a position counts less and less, and never suddenly."""
    block = blocks(f"EXPERIENCE\nData Engineer\n2010 - 2020\n{DONE}", None)[1]
    degrees = [relatedness(prepare_job(JOB), block, told * 0.0005) for told in range(100)]
    assert (degrees[0], degrees[-1]) == (0.0, 1.0)
    assert all(0 <= more - less <= 0.1 for less, more in pairwise(degrees))


def test_months_count_as_far_as_the_position_bears_on_the_job_and_the_best_one_where_two_overlap() -> None:
    half, full = Block("", ((0, 24),), (), ()), Block("", ((12, 36),), (), ())
    assert months_of([(half, 0.5), (full, 1.0)]) == 6 + 24
