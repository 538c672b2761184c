"""Which words are evidence of working with others and of learning, and which only look like them."""

import pytest

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local.cues import cues_in
from cveval_evaluate.local.project import FAMILIES
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
        "Reviewed the products of the rivals before every pitch",
        "The offline mode is the most praised feature in reviews",
        "Cleaned loyalty data with about 1.2 million customers in the shop",
        "Processed 1,100 supplier invoices of the shop in a month",
        "Raised the share of pupils with a good mark in the exam",
        "Redesigned the onboarding of merchants in the shop",
        "Advanced life support provider and IV trained since the spring",
        "Came to the north of the city and trained in Newcastle",
        "Trained as a baker in the old town",
        "Found eleven bugs in open-source message brokers of the city",
        "Automated the Monday report, saving the team a day each week",
        "Built charts with sales data and an engineering degree",
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
        ("Variance analysis shared with operations, sales and the board", "working together"),
        ("Went through the budget with eight cost-centre managers in spring", "working together"),
        ("Found faults with the sales department in spring", "working together"),
        ("Advised customers on the bread of the shop", "working with customers and partners"),
        ("Trained and assessed 120 drivers in the city", "teaching and mentoring"),
        ("Contributed to open-source message brokers in the evening", "community"),
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
        ("Reviewed the drafts of the younger nurses", "giving and taking feedback"),
        ("Write queries for the mart, under review by a senior engineer", "giving and taking feedback"),
    ],
)
def test_what_is_meant_is_a_sign(text: str, kind: str) -> None:
    assert kinds(text) == [kind]


def kinds_in_a_report(text: str) -> set[str]:
    found = cues_in(sentences(text), FAMILIES, of_own_only=True)
    return {cue.kind for cues in found.values() for cue in cues}


@pytest.mark.parametrize(
    "text",
    [
        # plans
        "In the first month we will review the market of the three largest towns",
        "The weakness of the competitor is the price of its till at 890",
        "We review the prices of our rivals in week 3 and week 9",
        "Has tried two apps of other firms and left because of the fees",
        "Trade fairs get nothing, since our last one brought one customer for 6,000",
        "A free trial of 30 days is offered to each bakery of the town",
        "Payment transactions per shop grew to 340 a day in the summer",
        "The sales pipeline holds 120 bakeries and 40 cafés of the region",
        "Press coverage in 12 papers brought visitors to the shops",
        "Start with shops below the turnover limit of about 900 owners",
        "The bank has branches in 14 towns of the country",
        "The lease of the shop ends after 36 months of trading",
        "The owners queue at the counter of the bank for 20 minutes",
        "The marketing budget of 40,000 goes to search and to posters",
        "The sales quota is 12 shops a month for each seller",
        "With the exception of 3 villages the whole region is served",
        "An additional fee of 5 a month is paid by larger shops",
        "Extra costs of 3,000 come from the translation of the leaflets",
        "For example, 3 of the bakeries throw bread away every evening",
        "The owners of 52 shops signed a document about their data",
        "The domain of the firm is known to 40 % of the owners",
        "A price package with 3 tills costs 45 a month per shop",
        "We will recover the costs of 400,000 within 26 months",
        "The deadline of the fair is on day 12 of the month",
        "There is no reason to serve restaurants in the first 12 months",
        "Consumers have the experience of 4 other tills in their shops",
        # designs
        "The interface has 4 pages in calm colours and a quiet look",
        "The visual order of the 4 pages follows the order of reading",
        "Participants limited by 2 hands of little strength took longer",
        "All three reached the page at the first attempt, faster than before",
        "Two advisers wrote comments on the drafts between 3 rounds",
        "Six people tried the old page and were slower by 40 seconds",
        # data and software
        "The file name contains the day and is read at 05:40",
        "The operator sent 9 such files in the test period of May",
        "The result is 3.1 with a 95 % CI from 2 to 4",
        "Users logged in 340 times a day in the first month",
        "The set of 40 stations has weather for each week of the year",
        "The résumés and resumes of 300 candidates were read at night",
        "One company in 4 kept its stations in a separate table",
        "The posting is a document of 3 pages about the work",
    ],
)
def test_a_word_of_a_report_that_means_something_else_is_no_evidence(text: str) -> None:
    assert kinds_in_a_report(text) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("In week 26 there is a quarterly review of the 120 shops with the board", "seen in operation"),
        ("A weakness of the method is that only 52 owners answered", "what it cannot do"),
        ("Known limits: winters are rare, with 2 in the whole data", "what it cannot do"),
        ("Below 30 % monthly conversion of visitors we stop hiring", "limits of time and rate"),
        ("The largest risk is that the authority certifies after 20 weeks", "failures foreseen"),
        ("We chose cafés because 71 % of their owners have a tablet", "why it is so"),
        ("Reason: 160 of our customers are bakeries of this kind", "why it is so"),
        ("The plan is based on calls to 52 owners in four towns", "why it is so"),
        ("Each of 12 participants did three tasks in a session of an hour", "how much is tested"),
        ("Tests reach a coverage of 91 % of the lines in the worker", "how much is tested"),
        ("A fake model that stalls stands in for the provider in 18 cases", "tests"),
        ("Every pull request was reviewed by a colleague within 2 days", "review and integration"),
        ("The build pipeline runs lint and 140 checks in 70 s", "review and integration"),
        ("The parser is a separate module with a package of 3 functions", "structure"),
        ("A failed call is repeated with at most 5 attempts", "trying again"),
        ("Workers hold a lease of 90 s on each job of the table", "nothing lost"),
        ("Jobs wait in a Redis queue until one of 4 workers is free", "nothing lost"),
        ("The row and the event are written in a transaction of 3 statements", "nothing lost"),
        ("Scans and files over 10 MB are refused with a message", "input checked"),
        ("Each call has a time-out of 30 s before the worker gives up", "limits of time and rate"),
        ("An exception raised by the provider is caught in 3 places", "failures foreseen"),
        ("The readme has an example request for each of 5 routes", "how it is used"),
        ("I also tried a different model with 3 layers on the stations", "tried out"),
        ("The mean absolute error was 1.9 bikes a station and hour", "measured"),
        ("An extra endpoint was added that shows the cost of 100 calls", "more than was asked"),
    ],
)
def test_in_company_that_gives_it_its_meaning_it_is_evidence(text: str, kind: str) -> None:
    assert kind in kinds_in_a_report(text)
