"""Dates in a CV: every way of writing them, overlaps once, education not, and only what bears on the job."""

from datetime import date
from itertools import pairwise

import pytest

from cveval.domain.evaluations import Parameter, Rating
from cveval_evaluate.local import prepare_job, rate_cv, warnings_on_cv
from cveval_evaluate.local.career import Block, blocks
from cveval_evaluate.local.cv import months_of
from cveval_evaluate.local.dates import dated, lone, lowered, month_number
from cveval_evaluate.local.matching import Beside, relatedness

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
        ("2020年 – 至今", 83),
        ("2024 - 至今", 35),
        ("Marketing 2019 - 2021", 24),
        ("Designer 2019 - 2021", 24),
        ("2021 - 2019", 0),
        ("40 of 2019 people", 0),
        ("Jan – Jun 2019", 6),
        ("Nov – Feb 2020", 4),
        ("01 – 06/2019", 6),
        ("01.03. – 31.07.2018", 5),
        ("March 5 – July 3, 2018", 5),
        ("03/19 - 06/21", 28),
        ("03.19 – 06.21", 28),
        ("Mar '19 – Apr '21", 26),
        ("Mar 19 – Apr 21", 26),
        ("'98 – '02", 48),
        ("1998–02", 48),
        ("2024–", 35),
        ("(2024 –)", 35),
        ("2024– Principal Engineer", 35),
        ("2024 – Principal Engineer", 0),
        ("Q1 2019 – Q3 2020", 21),
        ("Q1 – Q3 2020", 9),
        ("Summer 2018 – Spring 2019", 12),
        ("mid-2019 – late 2020", 20),
        ("2024 to date", 35),
        ("2024 onwards", 35),
        ("2015-03 – 2018-07", 41),
        ("01.03.2015 – 31.07.2018", 41),
        ("01.03.15 – 31.07.18", 41),
        ("March 5, 2015 – July 3, 2018", 41),
        ("2019年3月 – 2021年5月", 27),
        ("2019年3月至2021年5月", 27),
        ("2019년 3월 ~ 2021년 5월", 27),
        ("2024 – present day", 35),
        ("March 2024 to the present day", 33),
        ("2024 – current time", 35),
        ("March 2024 - (present)", 33),
        ("Mar 2018 thru Dec 2022", 58),
        ("2018 → 2022", 48),
        ("2018 -> 2022", 48),
        ("2018/19 – 2021/22", 48),
        ("1998/99 – 1999/00", 24),
        ("2018/09 – 2019/10", 14),
        ("03/2018 – 12/2020 and 02/2021 – 04/2023", 34 + 27),
        ("2019-03-12", 0),
        ("2019-03-12 – 2021-05-30", 27),
        ("rolled out 20 – 30 servers", 0),
        ("version 3.19 – 3.21", 0),
        ("5 – 10 engineers, 24/7 – 365", 0),
    ],
)
def test_a_range_is_read_in_the_ways_in_which_it_is_written(line: str, months: int) -> None:
    assert sum(d.end - d.start for d in dated(lowered(line), PRESENT) if d.is_plausible(PRESENT)) == months


@pytest.mark.parametrize(
    ("line", "months"),
    [("May 2024", 1), ("Summer 2018", 3), ("Q1 2019", 3), ("05/2024", 1), ("2024", 0), ("ISO 9001", 0)],
)
def test_a_month_or_a_season_alone_is_as_long_as_it_is(line: str, months: int) -> None:
    found = lone(lowered(line), PRESENT)
    assert (found.end - found.start if found else 0) == months


def positions(cv: str) -> list[tuple[int, ...]]:
    """The months of each dated position."""
    return [tuple(b - a for a, b in block.spans) for block in blocks(cv, date(2026, 11, 25)) if block.spans]


@pytest.mark.parametrize(
    "told",
    [
        "- Migrated customer data of 2000 – 2020",
        "- Moved the records (2015–2019 archive) into SQL",
        "Migrated customer data, 2000 – 2020",
        "Customer data of 2000 – 2020 went into a warehouse",
        "- Upgrade of 60 instances from 2012 to 2019 version",
        "- Spring forecast, 2019 – 2021",
        "A long line that is wrapped where nobody would look for it, about the archive of\n2015 – 2019",
        "Since 2019 there is a council of customers, which I lead",
        "Career break: January to May 2014, by bicycle",
    ],
)
def test_a_range_within_what_is_told_opens_no_position(told: str) -> None:
    cv = f"EXPERIENCE\nData Engineer, Imaginary Ltd\n2021 – 2023\n{DONE}{told}\n{DONE}"
    assert positions(cv) == [(24,)]


@pytest.mark.parametrize(
    "layout",
    [
        "EXPERIENCE\nData Engineer, Imaginary Ltd\n2021 – 2023\n{done}\nDeveloper, Other Ltd\n2018 – 2021\n{done}",
        "EXPERIENCE\nData Engineer, Imaginary Ltd (2021–2023)\n{done}Developer, Other Ltd (2018–2021): {done}",
        "EXPERIENCE\n2021 –\n2023\nData Engineer\n{done}\n2018 –\n2021\nDeveloper\n{done}",
        "WORK\n- 2021–2023: Data Engineer, Imaginary Ltd\n- 2018–2021: Developer, Other Ltd\n",
        "WORK\n• Data Engineer, Imaginary Ltd, 2021 – 2023\n• Developer, Other Ltd, 2018 – 2021\n",
        "Ada Sampleton, data engineer, Leeds, likes long lines in which nothing is missing. 2021–2023 Data Engineer at one: pipelines. 2018–2021 Developer at another.",
        "I worked as a data engineer at Imaginary Ltd from 2021 to 2023 and built pipelines.\n\nFrom 2018 to 2021 I wrote tables.\n",
        "data engineer, imaginary ltd\n2021-2023\n\n2018-2021 developer at other ltd\n",
        "EXPERIENCE\nJan 2021\n– Dec 2022\nData Engineer\n{done}\nJan 2018\nto\nDec 2020\nDeveloper\n{done}",
        "EXPERIENCE\nJan 2021 –\nDec 2022\nData Engineer\n{done}\n2018\nthru\n2021\nDeveloper\n{done}",
    ],
)
def test_a_position_is_opened_in_the_ways_in_which_it_is_written(layout: str) -> None:
    assert positions(layout.format(done=DONE)) == [(24,), (36,)]


@pytest.mark.parametrize(
    ("layout", "months"),
    [
        ("Data Engineer, Imaginary Ltd\n03/2018 – 12/2020 and 02/2021 – 04/2023", (34, 27)),
        ("Data Engineer, 2018 – 2020, and again from 2021 – 2023", (24, 24)),
        ("Data Engineer, Imaginary Ltd, 2018 – present day", (107,)),
        ("Data Engineer, Imaginary Ltd, March 2018 to present day", (105,)),
        ("Data Engineer, Imaginary Ltd, August 2018 - (present)", (100,)),
        ("Data Engineer, Imaginary Ltd, 2018 – 2020\n- 2019", (24,)),
    ],
)
def test_all_ranges_of_a_heading_count(layout: str, months: tuple[int, ...]) -> None:
    assert positions(f"EXPERIENCE\n{layout}\n{DONE}") == [months]
    assert positions(
        f"EXPERIENCE\nData Engineer\n2021 – 2023\n{DONE}- Data of 2000 – 2010 and 2011 – 2013\n"
    ) == [(24,)]


def test_a_lone_month_is_a_position_only_where_its_line_stands_apart_among_positions() -> None:
    told = (
        f"Data Intern, Imaginary Ltd\nMay 2024\n{DONE}Lead of the team, June 2024\n- Certified, July 2024\n"
    )
    assert positions(f"EXPERIENCE\n{told}") == [(1,)]
    assert positions(f"Leeds, May 2024\n\n{told}") == []


@pytest.mark.parametrize(
    "degree",
    [
        "BSc Computer Science, University of Nowhere, 2012 – 2016",
        "2012 – 2016\nBachelor of Arts, Nowhere College",
        "Studied physics, 2012 – 2016",
        "BA History, 2012 – 2016",
        "2012 – 2016, BN (Hons) Nursing",
        "PGCE, 2015 – 2016",
    ],
)
def test_a_degree_is_no_work_even_without_a_heading(degree: str) -> None:
    cv = f"Data Engineer, Imaginary Ltd\n2021 – 2023\n{DONE}\n{degree}\n\nDeveloper, Other Ltd\n2018 – 2021\n{DONE}"
    assert positions(cv) == [(24,), (36,)]
    assert positions("Lecturer for MBA students, 2012 – 2016\n") == [(48,)]
    assert positions("BA, Imaginary Ltd, 2012 – 2016\n") == [(48,)]


ACCOUNTS = "- Closed the books of twelve shops each month\n"


@pytest.mark.parametrize(
    "position",
    [
        "Senior Accountant, Miller Ltd, 2015 – 2020\n{}",
        "2015 – 2020   Senior Accountant, Miller Ltd\n{}",
        "Senior Accountant\nMiller Ltd, 2015 – 2020\n{}",
        "Miller Ltd, Leeds\n2015 – 2020\nClosed the books of twelve shops each month.\n",
        "Project Manager at Miller Ltd (2015–2020)\n{}",
        "School nurse | Leeds | 2015 – 2020\n{}",
    ],
)
@pytest.mark.parametrize("gap", ["", "\n"])
@pytest.mark.parametrize(
    "degree", ["BSc Accounting, University of Nowhere, 2009 – 2012", "BSc Accounting, Nowhere College, 2012"]
)
def test_a_career_may_follow_the_education_without_a_heading_of_its_own(
    degree: str, gap: str, position: str
) -> None:
    told = position.format(ACCOUNTS)
    assert positions(f"EDUCATION\n{degree}\n{gap}{told}") == [(60,)]
    assert positions(f"EDUCATION\n{told}{gap}{degree}\n") == [(60,)]
    assert positions(f"EDUCATION\n{degree}\n{gap}{told}\nWORK\nClerk, Other Ltd\n2020 – 2022\n{DONE}") == [
        (24,)
    ]


@pytest.mark.parametrize(
    "study",
    [
        "BSc Accounting, University of Nowhere, 2015 – 2020",
        "Computer Engineering, Nowhere, 2015 – 2020",
        "Data Scientist Nanodegree, 2015 – 2020",
        "Solutions architect course, 2015 – 2020",
        "Training for managers, Miller Ltd, 2015 – 2020",
        "2015 – 2020\nUniversity of Nowhere, Accountant's programme",
        "Thesis: Closing the books, with Miller Ltd, 2015 – 2020",
        "Student project, lead developer, 2015 – 2020",
        "Web shop project, lead developer, 2015 – 2020",
        "Web shop in a team of five (2015–2020)",
        "Lead developer, 2015 – 2020\nUniversity of Nowhere",
        "2015 – 2020\nLead developer\nUniversity of Nowhere",
        "Robotics course\nLead developer, 2015 – 2020",
        "Apprentice accountant, Miller Ltd, 2015 – 2020",
        "President, Debating Society, 2015 – 2020",
        "Junior year abroad, Lyon, 2015 – 2020",
        "Certified Accountant, 2015 – 2020",
    ],
)
def test_what_was_studied_is_no_work_whatever_was_done_there(study: str) -> None:
    assert positions(f"EDUCATION\nSecondary school, Leeds, 2007 – 2015\n{study}\n{ACCOUNTS}") == []


def test_below_education_a_role_without_what_was_done_or_within_the_time_of_a_study_is_no_position() -> None:
    assert positions("EDUCATION\nSenior Accountant, Miller Ltd, 2015 – 2020\n- Ledgers and books\n") == []
    degree = "BSc Accounting, University of Nowhere, 2014 – 2018"
    work = f"Lead developer of a web shop, 2016 – 2017\n{ACCOUNTS}"
    assert positions(f"EDUCATION\n{degree}\n{work}") == positions(f"EDUCATION\n{work}{degree}\n") == []


@pytest.mark.parametrize("dates", ["1961 – present", "2030 – 2035", "2021 – 2019"])
def test_dates_that_cannot_be_do_not_count_and_are_warned_of(dates: str) -> None:
    cv = f"EXPERIENCE\nData Engineer, Imaginary Ltd\n{dates}\n{DONE}\nData Engineer, Other Ltd\n2018 – 2021\n{DONE}"
    found = rate_cv(cv, prepare_job(JOB), date(2026, 11, 25))
    assert found.months == 36
    assert [w for w in warnings_on_cv(found) if w.startswith(f"cv: implausible_dates: {dates} did not count")]
    assert positions(cv) == [(36,)]


MORE = """SUMMARY
Somebody who likes the harbour, paints small boats during winter evenings, cooks soup for neighbours, repairs old bicycles, collects
stamps about lighthouses, sings second tenor, keeps bees behind the chapel, writes letters by hand, knows every baker around town, and
has walked along the whole coast twice with a tent, a kettle, some maps and far too many novels.
"""
"""So that a CV is long enough for any rating."""


def experience(cv: str, job: str = JOB) -> Rating:
    ratings = rate_cv(MORE + cv, prepare_job(job), date(2026, 11, 25)).ratings
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
    degrees = [
        relatedness(prepare_job(JOB), block, Beside(told * 0.0005, has_itself=False)) for told in range(100)
    ]
    assert (degrees[0], degrees[-1]) == (0.0, 1.0)
    assert all(0 <= more - less <= 0.1 for less, more in pairwise(degrees))


def test_months_count_as_far_as_the_position_bears_on_the_job_and_the_best_one_where_two_overlap() -> None:
    half, full = Block("", ((0, 24),), (), ()), Block("", ((12, 36),), (), ())
    assert months_of([(half, 0.5), (full, 1.0)]) == 6 + 24


NURSE = (
    "Ward Nurse, Vila Hospital\n2013 – 2024\n- Cared for 20 patients on a surgical ward and planned six discharges a week\n"
    "- Trained 8 nurses in wound care and reduced infections by 30 %\n"
)
CHEF = (
    "Head Chef, Old Mill\n2013 – 2024\n- Cooked for 120 guests each evening with a team of nine and cut waste by 20 %\n"
    "- Wrote four menus a year with farmers from the valley and trained 12 apprentices, of whom three won prizes\n"
)
TEACHER = (
    "Teacher, Elm School\n2013 – 2024\n- Taught history to 140 pupils a year and raised the share of good grades by 15 %\n"
    "- Organised exchanges with two schools in France and led five colleagues who rewrote the curriculum\n"
)
PAYROLL = (
    "Payroll Specialist\nYou need experience in payroll, knowledge of tax and wage statements, and Excel.\n"
)
ACCOUNTANT = "Accountant\nYou need experience in accounting and bookkeeping, knowledge of ledgers and invoices, and Excel.\n"
DATABASES = "Database Administrator\nYou need experience with PostgreSQL and MySQL databases, backups and replication.\n"
IN_OTHER_WORK = [
    (
        NURSE,
        PAYROLL,
        [
            "- Check the monthly payroll of the ward for our head nurse",
            "- Entered payroll data into Excel each month",
        ],
    ),
    (
        CHEF,
        ACCOUNTANT,
        ["- Checked the accounting of 40 deliveries a week", "- Kept ledgers and invoices of the mill"],
    ),
    (
        TEACHER,
        DATABASES,
        ["- Taught a course on databases to 20 pupils", "- Ran the PostgreSQL databases of our library"],
    ),
]


@pytest.mark.parametrize(("position", "job", "lines"), IN_OTHER_WORK)
def test_one_line_does_not_make_a_position_bear_on_a_job_but_two_may(
    position: str, job: str, lines: list[str]
) -> None:
    def months(*more: str) -> int:
        cv = "\n".join([f"EXPERIENCE\n{position.rstrip()}", *more])
        return rate_cv(cv, prepare_job(job), date(2026, 11, 25)).months

    assert [months(line) for line in lines] == [0, 0]
    assert months(*lines) > 100


@pytest.mark.parametrize(
    ("position", "job"),
    [
        ("Data Engineer, Imaginary Ltd\n2013 – 2024\n" + DONE, JOB),
        ("Imaginary Ltd\n2013 – 2024\n" + DONE, JOB),
        ("Payroll Clerk, Vila Hospital" + NURSE.partition("Hospital")[2] + IN_OTHER_WORK[0][2][0], PAYROLL),
    ],
)
def test_a_position_of_few_lines_or_with_the_jobs_words_in_two_bears_on_it(position: str, job: str) -> None:
    assert rate_cv(f"EXPERIENCE\n{position}", prepare_job(job), date(2026, 11, 25)).months == 132


def test_a_word_that_is_said_once_does_not_make_a_position_bear_on_a_job() -> None:
    job = prepare_job(
        "Engineer (Payments)\nYou need experience in building card payments with Python and Kafka, knowledge of ledgers, and a team spirit.\n"
    )

    def months(more: str) -> int:
        cv = (
            "EXPERIENCE\nVisual Designer, Imaginary Ltd (payments)\n2013 – 2024\n"
            "- Drew posters, icons and a mascot for 12 clients on paper and in colour\n"
            f"- Chose typefaces and photographs for a magazine of 90 pages with its editors{more}\n"
        )
        return rate_cv(cv, job, date(2026, 11, 25)).months

    assert months("") == 0
    assert months(" and a team of engineers who build card payments") == 132


def test_numbers_and_words_of_time_do_not_tell_of_a_trade() -> None:
    job = prepare_job(
        "Accountant\nYou need three years of experience in accounting, close the books within five days each month, and know Excel.\n"
    )
    assert {"account", "book"} <= job.vector.keys()
    assert job.vector.keys().isdisjoint(["three", "five", "year", "day", "month"])
    told = TEACHER.replace("by 15 %", "by 15 % {}")
    once, twice = (
        rate_cv(f"EXPERIENCE\n{told.format(when)}", job, date(2026, 11, 25))
        for when in ("in each town", "in three years, five days a week, month by month")
    )
    assert (once.months, once.match.evidence) == (twice.months, twice.match.evidence) == (0, ())
