"""What of a brief is a requirement, and which sentence of a report is quoted for one."""

import pytest

from cveval_evaluate.local.brief import coverage, prepare_brief
from cveval_evaluate.local.report import done_in

BUILD = "Link shortener\n\nBuild a service that shortens links.\n"


def asked(brief: str) -> list[str]:
    return [" ".join(requirement.split()) for requirement in prepare_brief(BUILD + brief).requirements[1:]]


@pytest.mark.parametrize(
    "above",
    [
        "Requirements",
        "## What to build",
        "**Tasks:**",
        "2. Acceptance criteria",
        "The service:",
        "We expect the following of it:",
        "Any heading of one's own",
    ],
)
@pytest.mark.parametrize(
    ("item", "requirement"),
    [
        ("3. Expired links answer 410", "Expired links answer 410"),
        ("• counts per day", "counts per day"),
        ("- p99 below 50 ms", "p99 below 50 ms"),
        ("b) ranks links by clicks", "ranks links by clicks"),
    ],
)
def test_an_item_of_a_list_is_a_requirement_without_a_verb_that_asks(
    above: str, item: str, requirement: str
) -> None:
    assert asked(f"\n{above}\n- Redirects visitors quickly\n{item}\n") == [
        "Redirects visitors quickly",
        requirement,
    ]


@pytest.mark.parametrize(
    "above",
    [
        "Background",
        "Company",
        "You get:",
        "We have the following systems:",
        "How it is graded",
        "3. How the report is rated (1 to 5 each)",
        "Evaluation criteria",
        "Hand in",
        "Out of scope",
    ],
)
def test_a_list_of_what_there_is_or_how_it_is_judged_asks_for_nothing(above: str) -> None:
    assert asked(f"\n{above}\n- Clean modules of 300 lines\n- Links of seven characters\n") == []


def test_what_is_listed_as_background_asks_by_a_verb() -> None:
    assert asked("\nBackground\n- The old service must go on running\n- 300 shops send links\n") == [
        "The old service must go on running"
    ]


def test_how_an_item_goes_on_asks_by_a_verb() -> None:
    assert asked("\nThe service:\n1. Ranks links by clicks. This is a wish of our shops.\n") == [
        "Ranks links by clicks."
    ]


def test_a_heading_with_a_number_is_no_requirement() -> None:
    assert asked("\n1. Redirecting all the visitors\n- Expired links answer 410\n") == [
        "Expired links answer 410"
    ]


def test_a_number_of_a_list_that_bullets_follow_is_one() -> None:
    assert asked("\n1. Ranks links by clicks\n2. Expired links answer 410\n- p99 below 50 ms\n") == [
        "Ranks links by clicks",
        "Expired links answer 410",
        "p99 below 50 ms",
    ]


def test_the_sentence_that_agrees_most_is_quoted_and_no_neighbour() -> None:
    brief = prepare_brief("Link shortener\n\nThe service:\n- Expired links answer 410\n- p99 below 50 ms\n")
    report = (
        "Every link that the shops and their customers have made in the last twelve months is kept in one table of the database with its expiry.\n"
        "An expired link answers with 410.\n"
        "All the other links and short links of links that the links of a shop lead to are shown to it on a page.\n"
        "At 500 requests a second p99 was 38 ms.\n"
    )
    passages = [part.passage for part in coverage(brief, done_in(report))]
    assert [passage and passage.text.strip() for passage in passages] == [
        "An expired link answers with 410.",
        "At 500 requests a second p99 was 38 ms.",
    ]


@pytest.mark.parametrize(
    "above",
    [
        "Deliverable: a report of three pages and a spreadsheet.",
        "The deliverables are a report of three pages and the source as a zip.",
        "Hand-in: the report and your slides as one PDF.",
        "Format of the report: a PDF document with three pages.",
        "Expected length: a report should need three pages.",
        "Deliverables\n- A report of three pages\n",
        "Deliverables:\n- A report of three pages\n",
    ],
)
def test_in_what_form_the_work_is_handed_in_is_no_requirement(above: str) -> None:
    assert asked(f"\n{above}\n") == []


@pytest.mark.parametrize(
    ("above", "requirement"),
    [
        ("Deliverables:\n- A service that answers within 50 ms", "A service that answers within 50 ms"),
        (
            "Length: a short link should have seven characters.",
            "Length: a short link should have seven characters.",
        ),
        ("Format each link so that customers read it.\n\nShow a report.\n- Lists links", "Lists links"),
    ],
)
def test_what_is_to_be_made_is_one_below_such_words_too(above: str, requirement: str) -> None:
    assert asked(f"\n{above}\n")[-1] == requirement
