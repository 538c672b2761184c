"""Whatever the texts are: nothing is raised, every rating is from 1 to 5, and every quote stands in its document."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cveval.domain.evaluations import Assessment, Materials, Parameter, compute_scores
from cveval_evaluate.local import assess
from cveval_evaluate.local.career import blocks
from cveval_evaluate.local.text import sentences, words
from tests.quality.labelled import briefs, cvs, jobs

JOB, BRIEF = next(iter(jobs().values())), next(iter(briefs().values()))
LONG = 400_000

odd_pieces = st.sampled_from(
    [
        "\u0301",  # a combining mark without a letter
        "\x00",
        "\u2028",
        "\x0b\x0c\x1c\x85",
        "\u202ereversed\u202c",
        "e\u0301a\u0308",
        "🧑🏽‍💻 led a team of 5 👩‍🚀",
        "İstanbul’da çalıştı ǅ ß ﬁ",
        "٢٠١٩ – ٢٠٢١",
        "2019 - 2021",
        "\ud7ff\uffff",
        "Jane Quillfeather\n",
        "• Reduced costs by 40 % with Python, C++ and “quotes” in 12 teams\n",
        "EXPERIENCE\n",
        "must have experience with C#.NET.The team",
        "(" * 50,
        "a@b " * 20,
        "word" * 200,
        "\n \n\t\n",
    ]
)
texts = st.lists(st.one_of(odd_pieces, st.text(max_size=60)), max_size=25).map("".join)


def check(given_: Materials, assessment: Assessment) -> None:
    assert [rating.parameter for rating in assessment.ratings] == list(Parameter)
    compute_scores(assessment.ratings)
    documents = {"cv": given_.cv, "project": given_.project}
    for rating in assessment.ratings:
        for quote in rating.quotes:
            assert quote.text.strip()
            assert quote.text in documents[quote.document]
    for text in (assessment.cv_feedback, assessment.project_feedback, assessment.overall_summary):
        assert text.endswith(".")
        assert "\x00" not in text


@settings(max_examples=150, deadline=None)
@given(cv=texts, project=texts, job=texts, brief=texts)
def test_any_four_texts_can_be_rated(cv: str, project: str, job: str, brief: str) -> None:
    materials = Materials(cv, project, job, brief, as_of=date(2026, 11, 25))
    check(materials, assess(materials))


@settings(max_examples=60, deadline=None)
@given(odd=texts, at=st.integers(0, 2_000))
def test_odd_characters_within_a_real_cv_are_quoted_as_they_stand(odd: str, at: int) -> None:
    cv = cvs()[0].text
    materials = Materials(cv[:at] + odd + cv[at:], cv, JOB, BRIEF, as_of=date(2026, 11, 25))
    check(materials, assess(materials))


@settings(max_examples=300, deadline=None)
@given(document=st.one_of(texts, st.text("aB1. ;•-\n!", max_size=80)))
@example("our customers.The team grew;Its work went on•and on\u2028as it did.")
@example("Ann built it. " + "word " * 200)
def test_a_document_that_is_read_once_gives_each_sentence_its_own_words(document: str) -> None:
    for block in blocks(document, None):
        for sentence in block.sentences:
            assert sentence.words == tuple(words(sentence.text))
    for sentence in sentences(document):
        assert sentence.words == tuple(words(sentence.text))


@pytest.mark.parametrize(
    "piece",
    ["a", " ", "\n", "1 ", "-", "+1 ", "2019 - ", "a@", "a.", "a-", "/", "http://a ", "(", "born ", "A. ", "山", "\u0301", "\x00",
     "Jane ", "since 2019 ", "+12 34 56 ", "|,;", "Mr. ", "• x\n", "x" + " " * 50, "not would ", "is a team. ",
     "led that had no tests ", "EU citizen portal ", "children aged 12 ", "Signed, A B\n", "of A B descent "],
)  # fmt: skip
def test_four_hundred_thousand_characters_of_one_kind_end_soon(piece: str) -> None:
    # No time is asserted: a search that grows with the square would take hours, and the suite would be killed.
    text = (piece * LONG)[:LONG]
    materials = Materials(text, text, JOB, BRIEF, as_of=date(2026, 11, 25))
    check(materials, assess(materials))
