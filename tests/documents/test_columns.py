"""PDF columns: those that are drawn row by row are read one after the other; tables and dates at the edge are not torn."""

import re

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from cveval_submit.extraction.reading import read
from tests.documents.forge import (
    CAREER,
    EDGE,
    HEADLINE,
    LEFT,
    MIDDLE,
    SKILLS,
    STUDIES,
    Placed,
    column,
    in_columns,
    placed,
    row_by_row,
)


def text_of(*texts: Placed) -> str:
    return read(placed(*texts)).text


def flush_right(texts: str, top: float = 330) -> list[Placed]:
    return [
        (EDGE - stringWidth(text, "Helvetica", 9), baseline, text)
        for _, baseline, text in column(texts, 0, top)
    ]


def word_by_word(texts: list[Placed]) -> list[Placed]:
    return [
        (left + stringWidth(text[: word.start()], "Helvetica", 9), baseline, word[0])
        for left, baseline, text in texts
        for word in re.finditer(r"\S+", text)
    ]


def test_columns_drawn_row_by_row_are_read_left_then_right_below_what_spans_them() -> None:
    assert read(in_columns()).text == f"{HEADLINE[2]}\n{CAREER}\n{STUDIES}"


def test_lines_of_two_columns_need_not_stand_at_the_same_height() -> None:
    drawn = row_by_row(column(CAREER, LEFT), column(STUDIES, MIDDLE, top=325, leading=13))
    assert text_of(HEADLINE, *drawn) == f"{HEADLINE[2]}\n{CAREER}\n{STUDIES}"


def test_columns_drawn_word_by_word_are_read_with_their_spaces() -> None:
    drawn = row_by_row(word_by_word(column(CAREER, LEFT)), word_by_word(column(STUDIES, MIDDLE)))
    assert text_of(HEADLINE, *drawn) == f"{HEADLINE[2]}\n{CAREER}\n{STUDIES}"


def test_a_side_bar_of_short_items_is_read_before_the_career_beside_it() -> None:
    assert read(in_columns(SKILLS, CAREER, middle=120)).text == f"{HEADLINE[2]}\n{SKILLS}\n{CAREER}"


def test_columns_that_the_stream_draws_one_after_the_other_are_left_alone() -> None:
    assert text_of(HEADLINE, *column(STUDIES, MIDDLE), *column(CAREER, LEFT)) == (
        f"{HEADLINE[2]}\n{STUDIES}\n{CAREER}"
    )


ROLES = """Senior engineer, Sample Systems
Engineer for data platforms and the
reporting of sales, Placeholder Works
Junior engineer for the web shop and
its payment service, Mock Industries
Working student in the laboratory for
distributed systems, Example University"""


DATES = "May 2021 - now\nJan 2018 - May 2021\n\nMar 2016 - Dec 2017\n\nOct 2014 - Feb 2016"


@pytest.mark.parametrize("dates", [flush_right(DATES), column(DATES, 290)], ids=["flush right", "at a tab"])
def test_dates_at_the_right_stay_with_their_roles(dates: list[Placed]) -> None:
    lines = text_of(*row_by_row(column(ROLES, LEFT), dates)).split("\n")
    assert " ".join(lines[0].split()) == "Senior engineer, Sample Systems May 2021 - now"
    assert " ".join(lines[1].split()) == "Engineer for data platforms and the Jan 2018 - May 2021"
    assert lines[2] == "reporting of sales, Placeholder Works"


def test_places_at_the_right_stay_with_their_roles() -> None:
    places = "Springfield\nShelbyville, Anywhere\n\nOgdenville\n\nNorth Haverbrook"
    lines = text_of(*row_by_row(column(ROLES, LEFT), flush_right(places))).split("\n")
    assert lines[1].split() == [
        "Engineer",
        "for",
        "data",
        "platforms",
        "and",
        "the",
        "Shelbyville,",
        "Anywhere",
    ]


def test_a_table_of_skills_is_read_row_by_row_though_its_values_go_over_several_lines() -> None:
    labels = "Backend\n\nData\n\n\nWeb\n\nCloud"
    values = """Python, Django, FastAPI and the usual
tools around them
PostgreSQL, Kafka, Spark, dbt, Airflow,
warehouses in the cloud, modelling, and
quality checks
TypeScript, React, accessibility,
testing in browsers
Terraform, Kubernetes"""
    lines = text_of(*row_by_row(column(labels, LEFT), column(values, 120))).split("\n")
    assert lines[0].split() == ["Backend", "Python,", "Django,", "FastAPI", "and", "the", "usual"]
    assert lines[2].split() == ["Data", "PostgreSQL,", "Kafka,", "Spark,", "dbt,", "Airflow,"]


def test_a_list_whose_items_begin_small_is_not_taken_for_columns() -> None:
    bullets = [(LEFT, baseline, "\u2022") for _, baseline, _ in column(CAREER, 0)]
    small = [(left, baseline, text.lower()) for left, baseline, text in column(CAREER, LEFT + 12)]
    lines = text_of(*row_by_row(bullets, small)).split("\n")
    assert [line.split()[:2] for line in lines] == [
        ["\u2022", text.split()[0].lower()] for text in CAREER.split("\n")
    ]


def test_one_column_of_prose_is_read_as_it_is_drawn() -> None:
    assert text_of(*word_by_word(column(CAREER, LEFT))) == CAREER


TABLES = {
    "capitals": (
        "Built the pipelines in Python\nWrote queries for PostgreSQL\nMoved services to containers\nKept clusters of Kafka alive",
        "Used at work for five years\nUsed at work for three years\nUsed at home for two years\nUsed at work for one year",
    ),
    "small words": ("python\npostgres\ndocker\nkafka", "five years\nthree years\ntwo years\none year"),
    "ragged lines": (
        "sql and some more\nphp for one shop\nbash in all ways\njust some c\npython for the long pipelines of data",
        "only at home\nfor fun only\nat work once\nin my studies\nused at work for the last five years or so",
    ),
    "one broken sentence": (
        "A very long label that runs\nover two lines\nPython\nKafka\nDocker",
        "Five years of work\nand of play\nTwo years\nOne year\nFour years",
    ),
    "rows with space between": (
        "\n\n\n".join(
            ["the pipelines built in python", "the queries of postgresql", "the clusters of containers"] * 2
        ),
        "\n\n\n".join(
            ["used at work for five years", "used at work for three years", "used at home for two years"] * 2
        ),
    ),
}


@pytest.mark.parametrize("columns", TABLES.values(), ids=TABLES)
def test_a_table_of_two_columns_is_read_row_by_row(columns: tuple[str, str]) -> None:
    left, right = (text.replace("\n\n\n", "\n").split("\n") for text in columns)
    read_lines = text_of(*row_by_row(column(columns[0], LEFT), column(columns[1], MIDDLE))).split("\n")
    assert [line.split() for line in read_lines] == [
        [*one.split(), *other.split()] for one, other in zip(left, right, strict=True)
    ]


def test_a_gutter_that_most_lines_cross_is_none() -> None:
    prose = "\n".join(["A line of the summary that goes over the whole width of the page."] * 9)
    drawn = [*column(prose, LEFT, 390, 6), *row_by_row(column(CAREER, LEFT), column(STUDIES, MIDDLE))]
    assert f"{CAREER.splitlines()[0]} {STUDIES.splitlines()[0]}" in text_of(*drawn)


def test_a_page_with_turned_text_is_read_as_it_is_drawn() -> None:
    drawn = row_by_row(column(CAREER, LEFT), column(STUDIES, MIDDLE))
    turned = (10.0, 200.0, "x) Tj 0 1 -1 0 10 20 Tm (turned")
    assert f"{CAREER.splitlines()[0]} {STUDIES.splitlines()[0]}" in text_of(*drawn, turned)
