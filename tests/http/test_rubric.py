"""`scoring_rubric` in POST /v1/evaluate, and what the result says of it."""

import hashlib
import json
from typing import Any

import pytest

from cveval.domain.rubrics import rubric_in_force
from tests.http.conftest import Api
from tests.samples import a_completion, an_assessment, claimed

RUBRIC = {
    "name": "Backend",
    "cv": {
        "technical_skills": {"weight": 60, "anchors": {"3": "half of our stack"}},
        "achievements": {"weight": 40},
    },
}
COMPACT = '{"cv":{"achievements":{"weight":40},"technical_skills":{"anchors":{"3":"half of our stack"},"weight":60}},"name":"Backend"}'


async def stored(api: Api) -> list[str]:
    rows = await api.database.observe("SELECT b.text FROM briefs b JOIN jobs j ON j.rubric_hash = b.hash")
    return [text for (text,) in rows]


@pytest.mark.parametrize("written", [RUBRIC, json.dumps(RUBRIC), json.dumps(RUBRIC, indent=4), COMPACT])
async def test_a_structured_rubric_is_stored_as_compact_json_by_its_hash(api: Api, written: object) -> None:
    answer = await api.client.post("/v1/evaluate", json={**await api.uploaded(), "scoring_rubric": written})
    assert answer.status_code == 202, answer.text
    assert await stored(api) == [COMPACT]
    [(name,)] = await api.database.observe("SELECT rubric_hash FROM jobs")
    assert name == hashlib.sha256(COMPACT.encode()).hexdigest()


async def test_a_text_for_an_llm_is_stored_as_it_is(api: Api) -> None:
    ids = await api.uploaded()
    answer = await api.client.post("/v1/evaluate", json={**ids, "scoring_rubric": "Tests count twice."})
    assert answer.status_code == 202
    assert await stored(api) == ["Tests count twice."]


async def test_the_same_rubric_with_other_key_order_is_the_same_request(api: Api) -> None:
    ids, headers = await api.uploaded(), {"Idempotency-Key": "k"}
    turned = json.dumps({"cv": dict(reversed(RUBRIC["cv"].items())), "name": "Backend"})  # type: ignore[attr-defined]
    answers = [
        await api.client.post("/v1/evaluate", json={**ids, "scoring_rubric": written}, headers=headers)
        for written in (RUBRIC, turned)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"


async def test_another_rubric_is_another_request(api: Api) -> None:
    ids, headers = await api.uploaded(), {"Idempotency-Key": "k"}
    await api.client.post("/v1/evaluate", json={**ids, "scoring_rubric": RUBRIC}, headers=headers)
    other = {"cv": {"technical_skills": {"weight": 100}}}
    answer = await api.client.post("/v1/evaluate", json={**ids, "scoring_rubric": other}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("rubric", "field"),
    [
        ('{"cv": {"technical_skills": {"weight": 99}}}', "scoring_rubric.cv"),
        ('{"cv": {"technical_skills": {"weight": 1e400}}}', "scoring_rubric.cv.technical_skills.weight"),
        ('{"cv": {"technical_skills": {"weight": "100"}}}', "scoring_rubric.cv.technical_skills.weight"),
        ('{"\\ud800": {}}', "scoring_rubric"),
        ('{"cv": {"technical_skills": {"weight": 100, "anchors": {"\\ud800": "x"}}}}', None),
        ("{}", "scoring_rubric"),
        ("[]", "scoring_rubric"),
        ('"[{\\"achievements\\": 100}]"', "scoring_rubric"),
        ('"[{\\"achievements\\": 100}"', "scoring_rubric"),
        ('"17"', "scoring_rubric"),
        ("17", "scoring_rubric"),
        ("false", "scoring_rubric"),
        ('" "', "scoring_rubric"),
        ('"{"', "scoring_rubric"),
        ('"\\u0000"', "scoring_rubric"),
    ],
)
async def test_a_wrong_rubric_is_refused_and_nothing_is_stored(
    api: Api, rubric: str, field: str | None
) -> None:
    ids = await api.uploaded()
    body = f'{{"cv_id": "{ids["cv_id"]}", "project_id": "{ids["project_id"]}", "scoring_rubric": {rubric}}}'
    answer = await api.client.post(
        "/v1/evaluate", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.text
    assert field is None or answer.json()["field"] == field
    assert await api.count("jobs") == 0
    assert await api.count("briefs") == 0


@pytest.mark.parametrize(
    "body", ['{"cv_id": "a", "cv_id": "b"}', '{"scoring_rubric": {"cv": {}, "cv": {}}}', '{"a": NaN}']
)
async def test_a_body_that_two_readers_could_understand_differently_is_refused(api: Api, body: str) -> None:
    answer = await api.client.post(
        "/v1/evaluate", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def completed(api: Api, rubric: object) -> dict[str, Any]:
    ids = await api.uploaded()
    answer = await api.client.post("/v1/evaluate", json={**ids, "scoring_rubric": rubric})
    job = await claimed(api.store, answer.json()["id"])
    scores, assessment = rubric_in_force(job.materials.rubric).apply(an_assessment())
    completion = type(a_completion(job))(job.job_id, 1, "worker-1", scores, assessment)
    await api.store.transact(lambda tx: tx.leases.complete([completion]))
    shown = (await api.client.get(f"/v1/result/{job.job_id}")).json()["result"]
    assert isinstance(shown, dict)
    return shown


async def test_a_result_shows_each_weight_and_anchor_and_the_receipt_the_rubrics_hash(api: Api) -> None:
    shown = await completed(api, RUBRIC)
    assert [rating["weight"] for rating in shown["ratings"]] == [60, 0, 40, 0, 30, 25, 20, 15, 10]
    assert [rating["anchor"] for rating in shown["ratings"]] == ["half of our stack", *[None] * 8]
    assert shown["receipt"]["rubric_hash"] == hashlib.sha256(COMPACT.encode()).hexdigest()


async def test_a_result_without_a_rubric_shows_the_default_weights(api: Api) -> None:
    shown = await completed(api, None)
    assert [rating["weight"] for rating in shown["ratings"]] == [40, 25, 20, 15, 30, 25, 20, 15, 10]
    assert shown["receipt"]["rubric_hash"] is None


async def test_a_result_that_was_stored_before_there_were_rubrics_shows_the_default_weights(api: Api) -> None:
    shown = await completed(api, None)
    [(text,)] = await api.database.observe("SELECT CAST(ratings AS text) FROM results")
    old = [{k: v for k, v in rating.items() if k not in {"weight", "anchor"}} for rating in json.loads(text)]
    await api.database.observe(f"UPDATE results SET ratings = '{json.dumps(old)}'")
    [job] = await api.store.transact(lambda tx: tx.jobs.newest())
    again = (await api.client.get(f"/v1/result/{job.id}")).json()["result"]
    assert again == shown
