"""What of a brief is a requirement, and which sentence of a report is quoted for one."""

import pytest

from cveval_evaluate.local.brief import prepare_brief
from cveval_evaluate.local.coverage import coverage
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


CAFE = """Case study: a repair café for Elmsworth

The report should contain:
- Target group and their needs
- Budget for the first year
- Risks and their mitigation
"""


def answered(report: str) -> list[str | None]:
    parts = coverage(prepare_brief(CAFE), done_in(f"A café that mends things\n\n{report}"))
    return [part.passage and part.passage.text.strip() for part in parts]


@pytest.mark.parametrize("heading", ["## {}", "{}", "**{}**", "{}:", "2. {}"])
def test_the_text_below_a_heading_that_names_what_is_asked_answers_it(heading: str) -> None:
    report = (
        f"{heading.format('Target group and their needs')}\n\n"
        "So it is. We spoke with 41 households that throw away a toaster or a lamp each spring.\n\n"
        f"{heading.format('Budget of the first year')}\n\n"
        "Rent is 3,600, tools cost 1,900 and insurance 420.\n\n"
        f"{heading.format('The neighbours')}\n\n"
        "The library lends its cellar and the hardware shop gives spare screws.\n"
    )
    assert answered(report) == [
        "We spoke with 41 households that throw away a toaster or a lamp each spring.",
        "Rent is 3,600, tools cost 1,900 and insurance 420.",
        None,
    ]


@pytest.mark.parametrize(
    "below",
    [
        "",
        "Households and shops.",
        "This is what it is all about here.",
        "The target group and their needs are these.",
        "The library lends its cellar and the shop gives spare screws and lamps.",
        "This was a very interesting and important part for everybody in the world.",
        "It is a great pleasure to say that this topic matters a lot to all of us.",
        "There are many different aspects here that one must consider carefully and with passion.",
    ],
)
def test_below_a_heading_too_little_or_nothing_new_is_no_answer(below: str) -> None:
    report = (
        "Places\n\nThe library lends its cellar and the hardware shop gives spare screws.\n\n"
        f"Target group and their needs\n\n{below}\n"
    )
    assert answered(report) == [None] * 3


@pytest.mark.parametrize(
    "below",
    [
        "Mostly pensioners who throw away a lamp because nobody mends it.",
        "They say that toasters matter most, then come lamps and radios.",
        "Whoever has children at the primary school and a broken bicycle.",
    ],
)
def test_below_a_heading_a_terse_answer_without_figures_is_one(below: str) -> None:
    assert answered(f"Target group and their needs\n\n{below}\n") == [below, None, None]


@pytest.mark.parametrize("heading", ["Budget", "The budget"])
def test_a_heading_of_one_word_that_a_requirement_is_about_names_it(heading: str) -> None:
    below = "Mostly pensioners bring lamps and pay with a loaf of bread."
    assert answered(f"{heading}\n\n{below}\n") == [None, below, None]
    assert answered(f"Their year\n\n{below}\n") == [None] * 3


def test_the_text_below_a_heading_that_names_what_is_asked_is_quoted_before_others() -> None:
    elsewhere = "The first budget of a year is that of the cellar, 700 for paint."
    below = "A budget of 5,920 pays for rent, tools and insurance."
    assert answered(f"Places\n\n{elsewhere}\n\nBudget of the year\n\n{below}\n")[1] == below


def test_the_title_opens_no_answer() -> None:
    report = (
        "Target group and their needs\nThe library lends its cellar and the hardware shop gives screws.\n"
    )
    assert [part.passage for part in coverage(prepare_brief(CAFE), done_in(report))] == [None] * 3


def test_a_sentence_that_only_says_again_what_was_asked_is_no_answer() -> None:
    echoes = (
        "The target group and their needs are these. The budget for the first year is this. "
        "The risks and their mitigation are important."
    )
    assert answered(echoes) == [None] * 3


def test_beside_what_was_asked_a_figure_or_two_words_of_its_own_are_an_answer() -> None:
    report = "Our target group needs cheap lamps. Every household is asked again. The budget of the first year is 5,920."
    assert answered(report) == [
        "Our target group needs cheap lamps.",
        "The budget of the first year is 5,920.",
        None,
    ]


SHORTENER = """Link shortener

The service:
- Counts clicks per day
- Passwords are hashed
- Expired links vanish quickly
- Explain the ranking
- Invoices for all shops
"""


def answers_to_shortener(report: str) -> list[str | None]:
    parts = coverage(prepare_brief(SHORTENER), done_in(f"A shortener\n\n{report}"))
    return [part.passage and part.passage.text.strip() for part in parts]


INVOICES = "Invoices for 300 shops leave at midnight, as PDF files."


@pytest.mark.parametrize(
    ("number", "claim"),
    [
        (0, "Clicks are counted per day"),
        (0, "I counted the clicks per day."),
        (1, "Passwords were hashed."),
        (1, "Passwords are now hashed"),
        (1, "Passwords are hashed with bcrypt."),
        (2, "Expired links now vanish quickly."),
    ],
)
def test_that_an_item_is_done_may_be_said_in_its_own_words(number: int, claim: str) -> None:
    expected = [None] * 4 + [INVOICES]
    expected[number] = claim
    assert answers_to_shortener(f"{INVOICES}\n- {claim}\n") == expected


@pytest.mark.parametrize(
    "echo",
    [
        "Counts clicks per day.",
        "Passwords are hashed.",
        "The passwords hashed are important.",
        "Expired links are important.",
        "Now the expired links that vanish quickly.",
        "The ranking is now explained.",
    ],
)
def test_an_item_that_is_only_said_again_is_not_answered(echo: str) -> None:
    assert answers_to_shortener(f"{INVOICES}\n- {echo}\n") == [None] * 4 + [INVOICES]


def test_no_more_items_are_believed_to_be_done_than_are_answered_otherwise() -> None:
    claims = "Clicks are counted per day.\nPasswords were hashed.\nExpired links now vanish quickly.\n"
    assert answers_to_shortener(claims) == [None] * 5
    assert answers_to_shortener(f"{INVOICES}\n{claims}")[:3] == ["Clicks are counted per day.", None, None]


@pytest.mark.parametrize(
    "line", ["What the target group is and needs", "Target group that has needs", "Needs now"]
)
def test_a_heading_may_have_a_verb_beside_what_or_that(line: str) -> None:
    report = f"{line}\n\nPensioners who throw away a lamp because nobody mends it.\n"
    assert [done.heading and done.heading.text for done in done_in(f"Café\n\n{report}")] == [line]
