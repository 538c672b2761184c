"""Which words are evidence of working with others and of learning, and which only look like them."""

import pytest

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local.cues import cues_in
from cveval_evaluate.local.text import sentences


def kinds(text: str) -> list[str]:
    return [cue.kind for cue in cues_in(sentences(text), (Parameter.CULTURAL_FIT,))[Parameter.CULTURAL_FIT]]


@pytest.mark.parametrize(
    "text",
    [
        "Maintained a service in Python for the shops of the city",
        "Organised the code of the service into modules",
        "A well-organised and careful worker, highly organized as well",
        "Trained a small neural network on the images",
        "Trained a gradient boosted classifier of the images",
        "Collected the training data for the search",
        "A classifier was trained on the images of the year",
        "A slow query leads to timeouts in the shop",
        "The new index led to faster answers in the shop",
        "Reduced the lead time of the parts by a third",
        "Drove an LED display with the help of an interrupt",
        "Wrote an HTTP client for the shops of the city",
        "Wrote the Kafka client and a client library for it",
        "It was of course built with the tools of the shop",
        "Found the faults in the course of the year",
        "Worked on machine learning for the shops",
        "Built custom reports for the shops of the city",
        "Baker at the Old Mill in the city, from 2019 to present",
        "Read 12 case studies of the shops",
        "Sent the GPS coordinates of the vans to the shop",
        "Renewed the TLS certificates of the shops",
        "Head of Design at the City Museum of the North",
        "Head Chef, The Old Mill, in the city",
        "Lead Engineer at the City Museum of the North",
        "Head Chef, Old Mill",
    ],
)
def test_a_word_of_the_same_stem_or_with_another_meaning_is_no_sign(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Maintainer of a library for the shops of the city", "community"),
        ("Organised a weekly walk for the people of the city", "leading"),
        ("Organiser of the yearly fair of the city", "community"),
        ("Trained nine nurses on the new system", "teaching and mentoring"),
        ("Trained nurses for the network of the city", "teaching and mentoring"),
        ("Led four engineers to the end of the year", "leading"),
        ("Leads six engineers in the shop", "leading"),
        ("Lead the kitchen of a hotel by the sea", "leading"),
        ("Headed the kitchen of a hotel by the sea", "leading"),
        ("Wrote letters to the clients of the shop", "working with customers and partners"),
        ("Took a course in the law of the sea", "learning"),
        ("Learned to bake in the evening after work", "learning"),
        ("I present the figures at the end of the month", "explaining and presenting"),
        ("Presented the figures at the end of the month", "explaining and presenting"),
        ("Talks to the parents of the children", "explaining and presenting"),
    ],
)
def test_what_is_meant_is_a_sign(text: str, kind: str) -> None:
    assert kinds(text) == [kind]
