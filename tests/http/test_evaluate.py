"""POST /v1/evaluate."""

import asyncio
from datetime import timedelta

import pytest

from cveval.domain.policies import Policies, QueuePolicies
from cveval.store.submissions import ADD_JOBS
from tests.http.conftest import Api, MakeApi

UNKNOWN = "00000000-0000-4000-8000-000000000000"
TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"


async def test_a_request_is_accepted_and_says_where_its_result_will_be(api: Api) -> None:
    answer = await api.client.post("/v1/evaluate", json=await api.uploaded())
    body = answer.json()
    assert answer.status_code == 202
    assert body["status"] == "queued"
    assert answer.headers["Location"] == f"/v1/result/{body['id']}"


async def test_a_request_without_description_and_brief_uses_the_shipped_ones(api: Api) -> None:
    await api.accepted()
    briefs = [text for (text,) in await api.database.observe("SELECT text FROM briefs ORDER BY text")]
    assert len(briefs) == 2
    assert any("Backend Engineer" in text for text in briefs)


async def test_fifty_simultaneous_copies_make_one_job(api: Api) -> None:
    ids = await api.uploaded()
    headers = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(api.client.post("/v1/evaluate", json=ids, headers=headers) for _ in range(50))
    )
    assert {a.status_code for a in answers} == {202}
    assert len({a.json()["id"] for a in answers}) == 1
    assert sum("Idempotent-Replayed" in a.headers for a in answers) == 49
    assert await api.count("jobs") == 1


async def test_fifty_simultaneous_keys_for_one_request_make_one_job(api: Api) -> None:
    ids = await api.uploaded()
    answers = await asyncio.gather(
        *(api.client.post("/v1/evaluate", json=ids, headers={"Idempotency-Key": f"k{n}"}) for n in range(50))
    )
    assert len({a.json()["id"] for a in answers}) == 1
    assert await api.count("jobs") == 1


async def test_a_key_used_for_another_request_is_refused(api: Api) -> None:
    ids, headers = await api.uploaded(), {"Idempotency-Key": "k"}
    await api.client.post("/v1/evaluate", json=ids, headers=headers)
    answer = await api.client.post("/v1/evaluate", json={**ids, "job_description": "Else"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await api.count("jobs") == 1


async def test_without_a_key_every_request_makes_a_job(api: Api) -> None:
    ids = await api.uploaded()
    for _ in range(2):
        await api.client.post("/v1/evaluate", json=ids)
    assert await api.count("jobs") == 2


async def test_an_expired_key_is_taken_over(api: Api) -> None:
    ids, headers = await api.uploaded(), {"Idempotency-Key": "k"}
    first = await api.client.post("/v1/evaluate", json=ids, headers=headers)
    await api.database.shift_clock(timedelta(hours=25))
    second = await api.client.post("/v1/evaluate", json=ids, headers=headers)
    assert first.json()["id"] != second.json()["id"]
    assert "Idempotent-Replayed" not in second.headers


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"cv_id": None}, 422, "invalid_request", "cv_id"),
        ({"cv_id": 7}, 422, "invalid_request", "cv_id"),
        ({"cv_id": "nonsense"}, 422, "invalid_request", "cv_id"),
        ({"cv_id": UNKNOWN}, 404, "upload_not_found", "cv_id"),
        ({"project_id": UNKNOWN}, 404, "upload_not_found", "project_id"),
        ({"surprise": 1}, 422, "invalid_request", "surprise"),
        ({"job_description": "x" * 20_001}, 422, "invalid_request", "job_description"),
        ({"job_description": "x" * 50_000}, 422, "invalid_request", "job_description"),
        ({"study_case_brief": "x" * 20_001}, 422, "invalid_request", "study_case_brief"),
        ({"scoring_rubric": "x" * 10_001}, 422, "invalid_request", "scoring_rubric"),
        ({"job_description": " "}, 422, "invalid_request", "job_description"),
        ({"job_description": "a\x00b"}, 422, "invalid_request", "job_description"),
        ({"job_description": 5}, 422, "invalid_request", "job_description"),
        ({"queue": "evaluate:nowhere"}, 422, "invalid_request", "queue"),
    ],
)
async def test_a_bad_request_names_its_field(
    api: Api, change: dict[str, object], status: int, code: str, field: str
) -> None:
    answer = await api.client.post("/v1/evaluate", json={**await api.uploaded(), **change})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (status, code, field), problem
    assert await api.count("jobs") == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"job_description": "x" * 50_000}, "is over 20,000 characters: shorten it"),
        ({"cv_id": "nonsense"}, "the UUID that POST /v1/upload answered"),
        ({"surprise": 1}, "the fields are cv_id, project_id, job_description"),
    ],
)
async def test_a_refusal_names_the_limit_or_the_way_out(
    api: Api, change: dict[str, object], said: str
) -> None:
    answer = await api.client.post("/v1/evaluate", json={**await api.uploaded(), **change})
    assert said in answer.json()["detail"]


async def test_swapped_ids_are_noticed(api: Api) -> None:
    ids = await api.uploaded()
    swapped = {"cv_id": ids["project_id"], "project_id": ids["cv_id"]}
    answer = await api.client.post("/v1/evaluate", json=swapped)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_upload_type")
    assert "swapped" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{broken", "application/json", 400, "malformed_request"),
        (b"\xff\xfe", "application/json", 400, "malformed_request"),
        (b"[" * 100_000, "application/json", 400, "malformed_request"),
        (b'{"a":' * 100_000, "application/json", 400, "malformed_request"),
        (b"[]", "application/json", 422, "invalid_request"),
        (b"null", "application/json", 422, "invalid_request"),
        (b"", "application/json", 400, "malformed_request"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b" " * 1_000_001, "application/json", 413, "request_too_large"),
        (b'{"cv_id": "x", "job_description": "\\ud800"}', "application/json", 422, "invalid_request"),
    ],
)
async def test_a_body_that_is_no_request_is_refused(
    api: Api, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = await api.client.post("/v1/evaluate", content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_lone_surrogate_is_refused_at_the_edge(api: Api) -> None:
    ids = await api.uploaded()
    content = (
        f'{{"cv_id": "{ids["cv_id"]}", "project_id": "{ids["project_id"]}", "job_description": "\\ud800"}}'
    )
    answer = await api.client.post(
        "/v1/evaluate", content=content, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "job_description")


async def test_the_quota_of_unfinished_jobs_holds_and_replays_pass(make_api: MakeApi) -> None:
    api = make_api(quota=2)
    ids = await api.uploaded()
    first = await api.client.post("/v1/evaluate", json=ids, headers={"Idempotency-Key": "k"})
    await api.client.post("/v1/evaluate", json=ids)
    over = await api.client.post("/v1/evaluate", json=ids)
    assert (over.status_code, over.json()["code"]) == (429, "quota_exceeded")
    again = await api.client.post("/v1/evaluate", json=ids, headers={"Idempotency-Key": "k"})
    assert again.json() == first.json()
    await api.client.delete(f"/v1/jobs/{first.json()['id']}")
    assert (await api.client.post("/v1/evaluate", json=ids)).status_code == 202


async def test_the_request_id_and_trace_follow_the_job(api: Api) -> None:
    job_id = await api.accepted(**{"X-Request-Id": "req-7", "traceparent": TRACEPARENT})
    job = await api.store.transact(lambda tx: tx.jobs.get(job_id))
    assert (job.request_id, job.traceparent) == ("req-7", TRACEPARENT)


@pytest.mark.parametrize(
    "traceparent",
    [
        "00-abc",
        TRACEPARENT.upper(),
        TRACEPARENT + "-x",
        TRACEPARENT.replace("a", "0"),
        "01" + TRACEPARENT[2:],
    ],
)
async def test_a_traceparent_that_is_none_is_ignored(api: Api, traceparent: str) -> None:
    job_id = await api.accepted(traceparent=traceparent)
    assert (await api.store.transact(lambda tx: tx.jobs.get(job_id))).traceparent is None


async def test_a_bug_is_a_problem_without_its_text(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await api.uploaded()

    def broken(**_: object) -> None:
        raise ValueError("secret document text")

    monkeypatch.setattr(type(ADD_JOBS), "__call__", lambda *_a, **_k: broken())
    answer = await api.client.post("/v1/evaluate", json=ids)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["evaluate", "batches"])
async def test_a_request_may_name_a_queue_that_there_is_and_hears_which_there_are(
    make_api: MakeApi, path: str
) -> None:
    api = make_api(policies=Policies(queues={"evaluate:bulk": QueuePolicies()}))
    ids = await api.uploaded()
    asked = ids if path == "evaluate" else {"candidates": [ids]}
    answer = await api.client.post(f"/v1/{path}", json={**asked, "queue": "evaluate:bulk"})
    assert answer.status_code == 202, answer.text
    assert await api.database.observe("SELECT queue FROM jobs") == [("evaluate:bulk",)]
    for unknown in ("evaluate:bulky", "", "evaluate:BULK\u0000"):
        refused = await api.client.post(f"/v1/{path}", json={**asked, "queue": unknown})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
        assert refused.json()["field"] == "queue"
        assert "evaluate:default, evaluate:bulk" in refused.json()["detail"]
    assert await api.count("jobs") == 1


async def test_the_same_key_with_another_queue_is_another_request(make_api: MakeApi) -> None:
    api = make_api(policies=Policies(queues={"evaluate:bulk": QueuePolicies()}))
    ids, key = await api.uploaded(), {"Idempotency-Key": "k"}
    await api.client.post("/v1/evaluate", json=ids, headers=key)
    answer = await api.client.post("/v1/evaluate", json={**ids, "queue": "evaluate:bulk"}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
