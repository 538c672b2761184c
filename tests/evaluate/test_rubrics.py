"""A rubric of one's own: what is refused, what is the same, and what it does to the numbers."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cveval.domain.documents import MAX_RUBRIC
from cveval.domain.errors import AttemptFailed, InvalidRequest
from cveval.domain.evaluations import CV_WEIGHTS, DEFAULT_WEIGHTS, PROJECT_WEIGHTS, Parameter
from cveval.domain.rubrics import (
    CvCriteria,
    ProjectCriteria,
    canonical_rubric,
    is_structured,
    rubric_in_force,
)
from tests.samples import an_assessment

EXAMPLE = Path(__file__).parents[2] / "docs/how-to/backend-hiring.rubric.json"
SKILLS = Parameter.TECHNICAL_SKILLS


def cv(**weights: Any) -> dict[str, Any]:
    return {"cv": {name: {"weight": weight} for name, weight in weights.items()}}


def anchored(anchors: Any) -> dict[str, Any]:
    return {"cv": {"technical_skills": {"weight": 100, "anchors": anchors}}}


def canonical(rubric: object) -> str:
    return canonical_rubric(rubric, field="scoring_rubric")


def refusal(rubric: object) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        canonical(rubric)
    return refused.value


def test_the_sides_have_the_nine_parameters_and_the_default_weights_add_up() -> None:
    assert list(CvCriteria.model_fields) == list(CV_WEIGHTS)
    assert list(ProjectCriteria.model_fields) == list(PROJECT_WEIGHTS)
    assert set(DEFAULT_WEIGHTS) == set(Parameter)
    assert sum(CV_WEIGHTS.values()) == sum(PROJECT_WEIGHTS.values()) == 100


@pytest.mark.parametrize(
    ("rubric", "place", "said"),
    [
        (cv(technical_skills=99), "cv", "add up to 99 and must add up to 100"),
        (cv(technical_skills=100, achievements=0.01), "cv", "add up to 100.01"),
        (cv(technical_skills=-1, achievements=101), "cv.technical_skills.weight", "from 0 to 100"),
        (cv(technical_skills=float("inf")), "cv.technical_skills.weight", "from 0 to 100"),
        (cv(technical_skills=float("nan")), "cv.technical_skills.weight", "from 0 to 100"),
        (cv(technical_skills=10**400), "cv.technical_skills.weight", "from 0 to 100"),
        (cv(technical_skills="100"), "cv.technical_skills.weight", "is no number"),
        (cv(technical_skills=True), "cv.technical_skills.weight", "is no number"),
        (cv(technical_skills=None), "cv.technical_skills.weight", "is no number"),
        (cv(technical_skills=[100]), "cv.technical_skills.weight", "is no number"),
        (
            cv(technical_skills=33.333, achievements=66.667),
            "cv.technical_skills.weight",
            "two decimal places",
        ),
        (cv(correctness=100), "cv.correctness", "there are technical_skills, experience_level, achievements"),
        (cv(luck=100), "cv.luck", "there are technical_skills, experience_level, achievements"),
        ({"project": {"technical_skills": {"weight": 100}}}, "project.technical_skills", "correctness"),
        ({"people": {}}, "people", "there are name, cv, project"),
        ({"cv": {"technical_skills": {"weight": 100, "colour": 1}}}, "cv.technical_skills.colour", "anchors"),
        ({"cv": {"technical_skills": {}}}, "cv.technical_skills.weight", "is missing"),
        ({"cv": {"technical_skills": 100}}, "cv.technical_skills", "weight, anchors"),
        ({"cv": {}}, "cv", "add up to 0"),
        ({"cv": [[[{}]]]}, "cv", "is no JSON object"),
        (cv(technical_skills={"a": {"b": [{}]}}), "cv.technical_skills.weight", "is no number"),
        (anchored({"6": "x"}), "cv.technical_skills.anchors.6", "1, 2, 3, 4 and 5"),
        (anchored({"0": "x"}), "cv.technical_skills.anchors.0", "1, 2, 3, 4 and 5"),
        (anchored({"5": ""}), "cv.technical_skills.anchors.5", "is empty"),
        (anchored({"5": "x" * 501}), "cv.technical_skills.anchors.5", "is over 500 characters"),
        (anchored({"5": 5}), "cv.technical_skills.anchors.5", "is no text"),
        (anchored({"5": "a\x00b"}), "cv.technical_skills.anchors.5", "NUL"),
        (anchored({"5": "\ud800"}), "cv.technical_skills.anchors.5", "surrogate"),
        (anchored(["x"]), "cv.technical_skills.anchors", "is no JSON object"),
        ({**cv(technical_skills=100), "name": ""}, "name", "is empty"),
        ({**cv(technical_skills=100), "name": "x" * 201}, "name", "is over 200 characters"),
        ({**cv(technical_skills=100), "name": "\x00"}, "name", "NUL"),
    ],
)
def test_a_wrong_rubric_is_refused_at_its_place_with_the_way_out(
    rubric: object, place: str, said: str
) -> None:
    error = refusal(rubric)
    assert error.field == f"scoring_rubric.{place}"
    assert said in str(error)


@pytest.mark.parametrize(
    ("rubric", "said"),
    [
        ({}, "give cv, project or both"),
        ({"name": "only a name"}, "give cv, project or both"),
        ({"cv": None, "project": None}, "give cv, project or both"),
        ([], "is no JSON object"),
        (5, "is no JSON object"),
        (True, "is no JSON object"),
        ("[]", "is no JSON object"),
        (
            '[{"technical_skills": 50}, {"achievements": 50}]',
            "is no JSON object: give one with name, cv, project",
        ),
        ("[40, 25, 20, 15]", "or a text for an LLM, which is neither"),
        ('"Tests count twice."', "is no JSON object"),
        (r'"{\"cv\": {\"achievements\": {\"weight\": 100}}}"', "is no JSON object"),
        ("100", "is no JSON object"),
        ("null", "is no JSON object"),
        (
            '\ufeff [{"technical_skills": 50} {"achievements": 50}]',
            "begins like an array of JSON and is no JSON from",
        ),
        (
            '[ ["technical_skills", 50], ["achievements" 50]]',
            "a text for an LLM begins with another character",
        ),
        ('["technical_skills", "achievements', "begins like an array of JSON"),
        ({"\ud800": {}}, "surrogate"),
        ("", "is empty"),
        (" \n", "is empty"),
        ("{broken", "from character 1 on"),
        ('{"cv": {"technical_skills": {"weight": 100}}', "from character"),
        ('{"cv": {"technical_skills": {"weight": NaN}}}', "holds NaN"),
        ('{"cv": {"technical_skills": {"weight": Infinity}}}', "holds Infinity"),
        ('{"cv": {"technical_skills": {"weight": 1e400}}}', "from 0 to 100"),
        ('{"cv": {"technical_skills": {"weight": ' + "9" * 5000 + "}}}", "too long"),
        (
            '{"cv": {"achievements": {"weight": 100}, "achievements": {"weight": 100}}}',
            "'achievements' twice",
        ),
        ('{"\\ud800": 1, "\\ud800": 1}', "twice"),
        ('{"cv":' * 100_000, "nested too deeply"),
        ("x" * (MAX_RUBRIC + 1), "at most 10,000"),
        ("a\x00b", "NUL"),
        (
            {
                "cv": {
                    name: {"weight": 25, "anchors": {str(score): "x" * 500 for score in range(1, 6)}}
                    for name in CV_WEIGHTS
                }
            },
            "at most 10,000",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_rubric_at_all_is_refused(rubric: object, said: str) -> None:
    error = refusal(rubric)
    assert str(error.field).startswith("scoring_rubric")
    assert said in str(error)
    str(error).encode()


def test_a_sum_that_is_refused_names_the_side_and_the_weights_that_it_could_keep() -> None:
    error = str(refusal({**cv(technical_skills=100), "project": {"creativity": {"weight": 99.5}}}))
    assert error.startswith("scoring_rubric.project: its weights add up to 99.5")
    assert "leave this side out to keep its default weights (correctness 30, code_quality 25" in error


def test_the_same_rubric_is_the_same_text_however_it_was_written() -> None:
    text = '\ufeff {"project": {"creativity": {"weight": 1e2, "anchors": {}}}, "cv": {"cultural_fit": {"weight": 0}, "achievements": {"weight": 100.0, "anchors": {"5": "\\u00e9", "1": "no"}}}}'
    value = {
        "cv": {"achievements": {"anchors": {"1": "no", "5": "é"}, "weight": 100}},
        "project": {"creativity": {"weight": 100}},
    }
    assert canonical(text) == canonical(value) == canonical(canonical(value))
    assert json.loads(canonical(value)) == value


def test_a_rubric_of_another_weight_or_anchor_is_another_text() -> None:
    texts = [
        canonical(rubric)
        for rubric in (
            cv(technical_skills=100),
            cv(achievements=100),
            anchored({"5": "a"}),
            anchored({"5": "b"}),
            {**cv(technical_skills=100), "name": "n"},
        )
    ]
    assert len(set(texts)) == len(texts)


def test_any_other_text_is_kept_as_it_is_and_leaves_the_weights_alone() -> None:
    for text in (
        "Rate kindly.",
        "[Draft] Rate the tests twice.",
        "[1] counts twice, [2] not at all.",
        '"Done" means "tested".',
        "5 is for a plan with figures.",
        " Weigh tests {twice}.",
    ):
        assert canonical(text) == text
        assert not is_structured(text)
        assert rubric_in_force(text).weights == DEFAULT_WEIGHTS
    assert rubric_in_force(None).weights == DEFAULT_WEIGHTS


def test_left_out_parameters_count_nothing_and_a_left_out_side_keeps_its_weights() -> None:
    weights = rubric_in_force(canonical(cv(technical_skills=66.67, achievements=33.33))).weights
    assert weights == {
        **DEFAULT_WEIGHTS,
        SKILLS: Decimal("66.67"),
        Parameter.ACHIEVEMENTS: Decimal("33.33"),
        Parameter.EXPERIENCE_LEVEL: 0,
        Parameter.CULTURAL_FIT: 0,
    }


def assessed(scores: Mapping[Parameter, int]) -> Any:
    ratings = an_assessment(1).ratings
    return replace(
        an_assessment(1), ratings=tuple(replace(r, score=scores.get(r.parameter, 1)) for r in ratings)
    )


def test_the_numbers_are_computed_by_the_weights_of_the_rubric() -> None:
    found = assessed({SKILLS: 5, Parameter.CREATIVITY: 4})
    plain, _ = rubric_in_force(None).apply(found)
    assert (plain.cv_match_rate, plain.project_score) == (Decimal("0.52"), Decimal("2.60"))
    all_on_one = {**cv(technical_skills=100), "project": {"creativity": {"weight": 100}}}
    weighed, _ = rubric_in_force(canonical(all_on_one)).apply(found)
    assert (weighed.cv_match_rate, weighed.project_score) == (Decimal("1.00"), Decimal("8.00"))
    none_on_it, _ = rubric_in_force(canonical(cv(achievements=100))).apply(found)
    assert (none_on_it.cv_match_rate, none_on_it.project_score) == (Decimal("0.20"), Decimal("2.60"))


def test_each_rating_gets_the_anchor_of_its_score_and_no_other() -> None:
    rubric = rubric_in_force(canonical(anchored({"3": "half of it", "5": "all of it"})))
    _, three = rubric.apply(an_assessment(3))
    assert {r.parameter: r.anchor for r in three.ratings if r.anchor} == {SKILLS: "half of it"}
    _, four = rubric.apply(an_assessment(4))
    assert all(rating.anchor is None for rating in four.ratings)


@given(
    cuts=st.lists(st.integers(0, 10_000), min_size=3, max_size=3).map(sorted),
    scores=st.lists(st.integers(1, 5), min_size=9, max_size=9),
)
def test_whatever_the_weights_the_numbers_stay_in_their_ranges(cuts: list[int], scores: list[int]) -> None:
    parts = [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    rubric = rubric_in_force(
        canonical(cv(**{p: part / 100 for p, part in zip(CV_WEIGHTS, parts, strict=True)}))
    )
    numbers, _ = rubric.apply(assessed(dict(zip(Parameter, scores, strict=True))))
    assert Decimal("0.2") <= numbers.cv_match_rate <= 1
    assert 2 <= numbers.project_score <= 10


def test_a_stored_rubric_of_a_newer_version_is_a_failed_attempt_with_its_reason() -> None:
    with pytest.raises(AttemptFailed, match="cannot be read by this version"):
        rubric_in_force('{"cv":{"charm":{"weight":100}}}')


def test_the_example_of_the_documentation_is_a_rubric() -> None:
    rubric = rubric_in_force(canonical(EXAMPLE.read_text("utf-8")))
    assert rubric.name == "Backend hiring 2026"
    assert rubric.weights[Parameter.CULTURAL_FIT] == 0
