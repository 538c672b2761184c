"""PDF columns: those that are drawn row by row are read one after the other; tables and dates at the edge are not torn."""

import re
from collections.abc import Callable

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from cveval_submit.extraction.reading import read
from tests.documents.forge import (
    BULLETS,
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
    larger,
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


def bullets_apart(texts: list[Placed]) -> list[Placed]:
    """The bullets drawn by themselves, as word processors do."""
    return [
        part
        for left, baseline, text in texts
        for part in (
            [(left, baseline, "\u2022"), (left + 18, baseline, text[2:])]
            if text.startswith("\u2022")
            else [(left, baseline, text)]
        )
    ]


@pytest.mark.parametrize("drawn", [list, bullets_apart, word_by_word])
def test_a_side_bar_of_short_items_beside_bullets_of_one_line_is_read_by_itself(
    drawn: Callable[[list[Placed]], list[Placed]],
) -> None:
    left = text_of(HEADLINE, *row_by_row(column(SKILLS, LEFT), drawn(column(BULLETS, 120))))
    assert left == f"{HEADLINE[2]}\n{SKILLS}\n{BULLETS}"
    right = text_of(HEADLINE, *row_by_row(drawn(column(BULLETS, LEFT)), column(SKILLS, 250)))
    assert right == f"{HEADLINE[2]}\n{BULLETS}\n{SKILLS}"


def test_a_side_bar_whose_items_have_bullets_too_is_read_by_itself() -> None:
    items = "\n".join(f"\u2022 {item}" for item in SKILLS.split("\n"))
    read_text = text_of(HEADLINE, *row_by_row(column(items, LEFT), column(BULLETS, 120)))
    assert read_text == f"{HEADLINE[2]}\n{items}\n{BULLETS}"


def test_bullets_that_are_drawn_by_themselves_stay_with_statements_of_several_lines() -> None:
    statements = "\n".join(
        f"\u2022 {first}\n  and what belongs to it"
        for first in (
            "Built the ingestion service",
            "Cut the cost of queries",
            "Led the team of five",
            "Wrote the tests first",
        )
    )
    drawn = [
        (left + 18 * text.startswith("  "), baseline, text.strip())
        for left, baseline, text in column(statements, 120)
    ]
    read_text = text_of(HEADLINE, *row_by_row(column(SKILLS, LEFT), bullets_apart(drawn)))
    assert read_text == f"{HEADLINE[2]}\n{SKILLS}\n" + statements.replace("\n  ", "\n")


STATEMENTS = BULLETS.replace("\u2022 ", "")


def test_lists_under_headings_of_their_own_are_read_by_themselves() -> None:
    listed = "\n".join([larger("Skills"), "Python", "PostgreSQL", "Kafka", "Spark", "Terraform"])
    for left, right in ((listed, STATEMENTS), (STATEMENTS, listed)):
        lines = text_of(HEADLINE, *row_by_row(column(left, LEFT), column(right, MIDDLE))).split("\n")
        assert lines[1:] == [
            re.sub(r".*\((\w+)\) Tj.*", r"\1", line) for line in f"{left}\n{right}".split("\n")
        ]


def test_columns_whose_lines_stand_at_different_heights_are_read_by_themselves() -> None:
    drawn = row_by_row(column(SKILLS, LEFT, leading=14), column(STATEMENTS, 120))
    assert text_of(HEADLINE, *drawn) == f"{HEADLINE[2]}\n{SKILLS}\n{STATEMENTS}"


ONE_FONT = """Experience
Engineer, Sample Systems, since 2019
Services of a shop in the cloud
Engineer, Mock Works, until 2019
Education
Example University
Master of informatics"""


@pytest.mark.parametrize("sides", [(SKILLS, ONE_FONT), (ONE_FONT, SKILLS)], ids=["left", "right"])
def test_a_side_bar_in_the_same_font_and_rows_is_told_by_the_sections_on_both_sides(
    sides: tuple[str, str],
) -> None:
    left, right = sides
    found = read(placed(HEADLINE, *row_by_row(column(left, LEFT), column(right, MIDDLE))))
    assert found.text == f"{HEADLINE[2]}\n{left}\n{right}"
    assert "low_quality:mixed_columns" not in found.warnings


def test_sections_of_a_longer_column_may_begin_below_the_end_of_the_side_bar() -> None:
    main = ONE_FONT.replace("Experience", "Sample Person").replace("Education", "Also") + "\nInterests\nChess"
    assert text_of(*row_by_row(column(SKILLS, LEFT), column(main, MIDDLE))) == f"{SKILLS}\n{main}"


MIXED = {
    "sections on one side": (SKILLS, ONE_FONT.replace("Experience", "Sample Person").replace("Education", "Also")),
    "one section on each side in the same line": ("Skills\nPython\nKafka\nSpark", "Experience\nSample Systems\nMock Works\nExample Labs"),
}  # fmt: skip


@pytest.mark.parametrize("sides", MIXED.values(), ids=MIXED)
def test_what_may_be_columns_or_a_table_is_read_row_by_row_with_a_warning(sides: tuple[str, str]) -> None:
    found = read(placed(*row_by_row(column(sides[0], LEFT), column(sides[1], MIDDLE))))
    left, right = (side.split("\n") for side in sides)
    assert found.text.split("\n")[1] == f"{left[1]} {right[1]}"
    assert "low_quality:mixed_columns" in found.warnings


def test_what_crosses_both_columns_stays_between_what_is_above_and_below_it() -> None:
    across = (LEFT, 220.0, "Five years of services that people rely upon every day and night")
    below = row_by_row(column(SKILLS, LEFT, 200), column(BULLETS, 120, 200))
    drawn = [*row_by_row(column(SKILLS, LEFT), column(BULLETS, 120)), across, *below]
    assert text_of(HEADLINE, *drawn) == "\n".join([HEADLINE[2], SKILLS, BULLETS, across[2], SKILLS, BULLETS])


def test_dates_at_the_right_stay_with_their_roles_beside_a_side_bar() -> None:
    career = column(
        "\n".join(["Sample Systems", *BULLETS.split("\n")[1:4], "Mock Works", *BULLETS.split("\n")[4:]]), 120
    )
    dates = flush_right("2019 \u2013 2021\n\n\n\n2016 \u2013 2019")
    lines = text_of(HEADLINE, *row_by_row(column(SKILLS, LEFT), career, dates)).split("\n")
    assert lines[1:8] == SKILLS.split("\n")
    assert [" ".join(lines[number].split()) for number in (8, 12)] == [
        "Sample Systems 2019 \u2013 2021",
        "Mock Works 2016 \u2013 2019",
    ]


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
    found = read(placed(*row_by_row(column(columns[0], LEFT), column(columns[1], MIDDLE))))
    assert [line.split() for line in found.text.split("\n")] == [
        [*one.split(), *other.split()] for one, other in zip(left, right, strict=True)
    ]
    assert "low_quality:mixed_columns" not in found.warnings


LABELLED = {
    "sections at the left with their dates": (
        "Experience\n2019 - 2023\n2016 - 2019\nSkills\n\nEducation\n2012 - 2016\nLanguages",
        "Sample Systems\nEngineer for services\nMock Works, services\nPython and Kafka\nSpark\nExample University\nMaster\nEnglish",
    ),
    "labels with bullets": (
        "Backend\n\n\nData\n\n\nWeb\n\n\nCloud",
        "\n".join(f"\u2022 {words} in all of its usual ways" for words in ("Python", "Django", "FastAPI", "Kafka", "Spark",
            "Airflow", "TypeScript", "React", "Testing", "Terraform")),
    ),
    "a matrix under a heading of each side": (
        "\n".join([larger("Skill"), "Python", "PostgreSQL", "Kafka", "Docker"]),
        "\n".join([larger("Use"), "Used at work for long", "Used at home for long", "Used at work once", "Used in my studies"]),
    ),
    "roles with place and time at a tab": (
        "\n\n".join(f"{larger('Engineer')}\n{company}\nBuilt and ran the services" for company in ("Sample Systems", "Mock Works", "Example Labs")),
        "\n\n\n".join(f"{place}\nuntil {year}" for place, year in (("Springfield", 2023), ("Shelbyville", 2021), ("Ogdenville", 2019))),
    ),
    "a matrix of groups": (
        "\n\n".join([f"{larger('Skills')}\nPython", "Docker\nKafka", "Spark\nLinux", "Django\nAirflow"]),
        "\n\n".join(["Grade of use\nUsed at work for long", *["Used at home for long\nUsed at work once"] * 3]),
    ),
    "short values with bullets": (
        "Python\nPostgreSQL\nKafka\nDocker\nSpark",
        "\n".join(f"\u2022 {number} years" for number in ("Five", "Three", "Two", "Two", "Some")),
    ),
    "labels in the middle of their cells": (
        "",
        "Python and Django, and the tools\naround them\nPostgreSQL, Kafka and Spark, and\nwarehouses\nReact, testing in browsers, and\nTypeScript",
    ),
}  # fmt: skip


@pytest.mark.parametrize("columns", LABELLED.values(), ids=LABELLED)
def test_labels_roles_and_matrices_stay_with_what_stands_beside_them(columns: tuple[str, str]) -> None:
    labels = column(columns[0], LEFT) or [
        (LEFT, 324 - 24 * number, label) for number, label in enumerate(("Backend", "Data", "Web"))
    ]
    beside = column(columns[1], MIDDLE)
    found = read(placed(*row_by_row(labels, beside)))
    in_order = [re.sub(r".*\((\w+)\) Tj.*", r"\1", text) for _, _, text in row_by_row(labels, beside)]
    assert "".join(found.text.split()) == "".join("".join(in_order).split())
    assert "low_quality:mixed_columns" not in found.warnings


def test_a_gutter_that_most_lines_cross_is_none() -> None:
    prose = "\n".join(["A line of the summary that goes over the whole width of the page."] * 9)
    drawn = [*column(prose, LEFT, 390, 6), *row_by_row(column(CAREER, LEFT), column(STUDIES, MIDDLE))]
    assert f"{CAREER.splitlines()[0]} {STUDIES.splitlines()[0]}" in text_of(*drawn)


def test_a_page_with_turned_text_is_read_as_it_is_drawn() -> None:
    drawn = row_by_row(column(CAREER, LEFT), column(STUDIES, MIDDLE))
    turned = (10.0, 200.0, "x) Tj 0 1 -1 0 10 20 Tm (turned")
    assert f"{CAREER.splitlines()[0]} {STUDIES.splitlines()[0]}" in text_of(*drawn, turned)
