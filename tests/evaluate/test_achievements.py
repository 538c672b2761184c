"""What tells of something done: verbs, and not the nouns that look like them."""

from datetime import date

import pytest

from cveval_evaluate.local import prepare_job, rate_cv
from cveval_evaluate.local.achievements import achievements, has_action
from cveval_evaluate.local.text import sentences


@pytest.mark.parametrize(
    "text",
    [
        "Run a shop of 12 staff in the old town",
        "Runs the kitchen for 80 guests a night",
        "Currently running 4 stores in the north of town",
        "Owner who runs a bakery with 12 staff",
        "I run 3 shops in the old town",
        "I also check 200 invoices a week",
        "Clean 14 rooms each day on two floors",
        "Checked 300 invoices a week for errors",
        "Planned the shifts of 40 staff",
        "Repaired 25 pumps a month on site",
        "Cooked for 120 guests at every banquet",
        "Ordered the stock of 3 kitchens",
        "Cared for 15 patients in every shift",
        "Treated 30 patients a day as their physiotherapist",
        "Reconciled 40 bank accounts at the end of each month",
        "Installed and inspected 60 boilers in the city",
        "Nursed 12 patients through the night in intensive care",
        "Audited 14 branches of the bank",
        "Booked 90 trips a month for the sales staff",
        "Responsible for managing 40 staff in the north",
        "Successfully closing 20 sales in a month",
    ],
)
def test_a_verb_with_a_figure_is_a_result(text: str) -> None:
    assert achievements(sentences(text))


@pytest.mark.parametrize(
    "text",
    [
        "An audit of 150 charts was carried out, which all wards now use",
        "Compliance of the ward rose from 58% to 91%",
        "Unplanned transfers fell by a fifth in a year",
        "Lost-time accidents down from 9 to 1 per year",
        "The average handling time dropped by 14 % in spring",
        "Presented the plan to 40 buyers in spring",
        "Removed two years of backlog in the archive",
        "Successfully closed 20 sales last month",
        "Built services with nine years of experience for 40 banks",
    ],
)
def test_what_changed_or_was_carried_out_is_a_result(text: str) -> None:
    assert achievements(sentences(text))


@pytest.mark.parametrize(
    "text",
    [
        "Senior Staff Nurse (Band 6), at the Acute Suite, April 2022 to present",
        "Backend engineer with nine years of building and running services",
        "An engineer who built services for 10+ years in the city",
        "Cleaned the rooms on the fifth floor",
        "Team leadership - Managing Safely - 5S / Lean - Excel",
        "Went up to the shop by bus 40 times a year",
        "The porter carried 40 boxes up to the shop",
    ],
)
def test_a_list_a_title_and_years_of_experience_are_no_result(text: str) -> None:
    assert not achievements(sentences(text))


@pytest.mark.parametrize(
    "text",
    [
        "Month-end closing for 12 entities of the group",
        "Order processing for 30 clients in the region",
        "Order management for 30 clients in the region",
        "Running costs of 40 stores in the region",
        "Plan of the week for 40 staff",
        "Cook and waiter for 80 guests a night",
        "Assembly line with 40 stations in the plant",
        "A long run of 40 weeks in the theatre",
    ],
)
def test_a_noun_that_looks_like_a_verb_is_none(text: str) -> None:
    [sentence] = sentences(text)
    assert not has_action(sentence)


def test_a_position_s_title_and_dates_are_no_result_and_what_is_told_below_is() -> None:
    cv = (
        "Jane Quillfeather\n\nEXPERIENCE\nEngineer of the managed services, Team 7\nNowhere Ltd, 2019 – 2023\n"
        "- Lost-time accidents were down from 9 to 1 per year.\n"
    )
    found = rate_cv(
        cv,
        prepare_job("Engineer of managed services\nYou prevent accidents in managed services."),
        date(2026, 1, 1),
    )
    assert [s.text for s in found.achievements] == ["Lost-time accidents were down from 9 to 1 per year."]
