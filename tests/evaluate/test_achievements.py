"""What tells of something done: verbs, and not the nouns that look like them."""

import pytest

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
