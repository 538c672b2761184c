"""POST /v1/batches and GET /v1/batches/{id}."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from cveval.cloudevents import to_http
from cveval.domain.attempts import GivingUp
from cveval.domain.documents import Upload
from cveval.domain.evaluations import Assessment, Materials
from cveval.domain.events import EvaluationRequested
from cveval.domain.policies import Policies
from cveval.queue.transport import Delivery
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import build as build_evaluate
from cveval_local.delivering import deliver_to
from tests.http.conftest import Api, MakeApi
from tests.http.test_who_and_how import a_key, bearer
from tests.samples import a_completion, an_assessment, an_upload, claimed, uploads_in

UNKNOWN = "00000000-0000-4000-8000-000000000000"
Pairs = list[dict[str, str]]


async def some_pairs(api: Api, size: int, owner: str = "local") -> Pairs:
    stored = [await uploads_in(api.store, owner) for _ in range(size)]
    return [{"cv_id": cv_id, "project_id": project_id} for cv_id, project_id in stored]


async def sent(api: Api, candidates: object, key: str | None = None, **more: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await api.client.post("/v1/batches", json={"candidates": candidates, **more}, headers=headers)


async def read(api: Api, batch_id: str, **headers: str) -> Any:
    return await api.client.get(f"/v1/batches/{batch_id}", headers=headers)


async def store_cv(api: Api, *cvs: Upload) -> None:
    await api.store.transact(lambda tx: tx.uploads.add(*cvs))


async def complete(api: Api, job_id: str, score: int = 3, *warnings: str) -> None:
    job = await claimed(api.store, job_id)
    await api.store.transact(
        lambda tx: tx.leases.complete([a_completion(job, score=score, warnings=warnings)])
    )


class ByLength:
    """The longer a CV, the better."""

    async def evaluate(self, materials: Materials) -> Assessment:
        return an_assessment(len(materials.cv))


async def test_a_batch_is_accepted_evaluated_and_ranked(api: Api) -> None:
    pairs = await some_pairs(api, 3)
    for pair, text in zip(pairs, ("xx", "xxxxx", "xxx"), strict=True):
        cv = an_upload(owner="local", text=text)
        await store_cv(api, cv)
        pair["cv_id"] = cv.id
    accepted = await sent(api, pairs, job_description="Backend engineer", queue="evaluate:default")
    body = accepted.json()
    assert (accepted.status_code, body["status"], len(body["jobs"])) == (202, "running", 3)
    assert accepted.headers["Location"] == f"/v1/batches/{body['id']}"

    evaluate = build_evaluate(
        EvaluateSettings(), Policies(), api.store, api.database.metrics, evaluator=ByLength()
    )
    for job_id in body["jobs"]:
        event = to_http(EvaluationRequested(job_id, "-", "-", "evaluate:default"), datetime.now(UTC))
        answer = await deliver_to(evaluate.application)(Delivery("evaluate:default", *event))
        assert answer.status == 204

    ranked = (await api.client.get(accepted.headers["Location"])).json()
    assert (ranked["id"], ranked["status"]) == (body["id"], "finished")
    assert ranked["progress"] == {"total": 3, "queued": 0, "processing": 0, "completed": 3, "failed": 0}
    assert [(r["rank"], r["cv_match_rate"], r["project_score"]) for r in ranked["ranking"]] == [
        (1, 1.0, 10.0),
        (2, 0.6, 6.0),
        (3, 0.4, 4.0),
    ]
    assert [(r["job_id"], r["cv_id"], r["project_id"]) for r in ranked["ranking"]] == [
        (body["jobs"][n], pairs[n]["cv_id"], pairs[n]["project_id"]) for n in (1, 2, 0)
    ]


async def test_each_job_of_a_batch_is_an_ordinary_one(api: Api) -> None:
    pairs = await some_pairs(api, 2)
    jobs = (await sent(api, pairs)).json()["jobs"]
    listed = (await api.client.get("/v1/jobs")).json()["jobs"]
    assert {job["id"] for job in listed} == set(jobs)
    assert (await api.client.delete(f"/v1/jobs/{jobs[0]}")).status_code == 200
    await complete(api, jobs[1])
    assert (await api.client.get(f"/v1/result/{jobs[1]}")).json()["result"]["cv_match_rate"] == 0.6


async def test_a_batch_is_against_one_job_one_brief_and_one_rubric(api: Api) -> None:
    pairs = await some_pairs(api, 3)
    rubric = {"cv": {"achievements": {"weight": 100}}}
    answer = await sent(
        api, pairs, job_description="A job", study_case_brief="A brief", scoring_rubric=rubric
    )
    assert answer.status_code == 202, answer.text
    briefs = [text for (text,) in await api.database.observe("SELECT text FROM briefs ORDER BY text")]
    assert briefs == ["A brief", "A job", '{"cv":{"achievements":{"weight":100}}}']


async def test_what_is_unfinished_and_what_failed_stand_behind_the_ranks_with_their_reasons(api: Api) -> None:
    body = (await sent(api, await some_pairs(api, 4))).json()
    failed, cancelled, completed, queued = body["jobs"]
    await claimed(api.store, failed)
    given_up = GivingUp(failed, 1, "worker-1", "timeout", "too slow")
    await api.store.transact(lambda tx: tx.leases.give_up([given_up]))
    await api.client.delete(f"/v1/jobs/{cancelled}")
    await complete(api, completed)
    answer = await read(api, body["id"])
    shown = answer.json()
    assert shown["status"] == "running"
    assert int(answer.headers["Retry-After"]) >= 1
    assert shown["progress"] == {"total": 4, "queued": 1, "processing": 0, "completed": 1, "failed": 2}
    assert [(r["rank"], r["job_id"], r["status"]) for r in shown["ranking"]] == [
        (1, completed, "completed"),
        (None, queued, "queued"),
        (None, failed, "failed"),
        (None, cancelled, "failed"),
    ]
    assert [r["error"] and r["error"]["code"] for r in shown["ranking"]] == [
        None, None, "timeout", "cancelled",
    ]  # fmt: skip


# -- one a key -----------------------------------------------------------------------------------------------------------


async def test_fifty_simultaneous_copies_make_one_batch(api: Api) -> None:
    pairs = await some_pairs(api, 3)
    answers = await asyncio.gather(*(sent(api, pairs, "one") for _ in range(50)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.text for a in answers}) == 1
    assert sum("Idempotent-Replayed" in a.headers for a in answers) == 49
    assert (await api.count("batches"), await api.count("jobs")) == (1, 3)


async def test_a_repeated_key_is_answered_again_even_over_the_quota_and_in_capital_letters(
    make_api: MakeApi,
) -> None:
    api = make_api(quota=3)
    pairs = await some_pairs(api, 3)
    first = await sent(api, pairs, "k")
    again = await sent(api, [{name: i.upper() for name, i in pair.items()} for pair in pairs], "k")
    assert again.status_code == 202
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


async def test_a_key_used_for_another_batch_is_refused(api: Api) -> None:
    pairs = await some_pairs(api, 3)
    await sent(api, pairs, "k")
    for others in (pairs[:2], pairs[::-1]):
        answer = await sent(api, others, "k")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert answer.json()["field"] == "Idempotency-Key"
    assert await api.count("jobs") == 3


async def test_a_key_of_a_batch_and_one_of_an_evaluation_are_two(api: Api) -> None:
    pairs = await some_pairs(api, 1)
    await sent(api, pairs, "k")
    answer = await api.client.post("/v1/evaluate", json=pairs[0], headers={"Idempotency-Key": "k"})
    assert answer.status_code == 202
    assert await api.count("jobs") == 2


async def test_without_a_key_every_request_makes_a_batch(api: Api) -> None:
    pairs = await some_pairs(api, 2)
    answers = [await sent(api, pairs) for _ in range(2)]
    assert answers[0].json()["id"] != answers[1].json()["id"]
    assert await api.count("jobs") == 4


# -- bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidates", "field", "said"),
    [
        ([], "candidates", "is empty"),
        (None, "candidates", "is no list"),
        ({}, "candidates", "is no list"),
        ("x", "candidates", "is no list"),
        ([{"cv_id": UNKNOWN, "project_id": UNKNOWN}] * 501, "candidates", "holds more than 500"),
        ([None], "candidates[0]", "is no JSON object"),
        ([[UNKNOWN, UNKNOWN]], "candidates[0]", "is no JSON object"),
        ([{"cv_id": UNKNOWN}], "candidates[0].project_id", "is missing"),
        ([{"cv_id": 7, "project_id": UNKNOWN}], "candidates[0].cv_id", "is no text"),
        ([{"cv_id": "x", "project_id": UNKNOWN}], "candidates[0].cv_id", "the UUID that"),
        (
            [{"cv_id": UNKNOWN, "project_id": UNKNOWN, "name": "Ada"}],
            "candidates[0].name",
            "the fields are cv_id, project_id",
        ),
        (
            [{"cv_id": f"{UNKNOWN[:-1]}{n}", "project_id": UNKNOWN} for n in "0123a1A"],
            "candidates[5]",
            "same pair as candidates[1]",
        ),
        (
            [{"cv_id": f"{UNKNOWN[:-1]}{n}", "project_id": UNKNOWN} for n in "aA"],
            "candidates[1]",
            "same pair as candidates[0]",
        ),
    ],
)
async def test_a_bad_list_of_candidates_names_the_place(
    api: Api, candidates: object, field: str, said: str
) -> None:
    answer = await sent(api, candidates)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_request"), problem
    assert problem["field"] == field
    assert said in problem["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"cv_id": UNKNOWN}, "cv_id"),
        ({"job_description": "x" * 20_001}, "job_description"),
        ({"job_description": " "}, "job_description"),
        ({"study_case_brief": "a\x00b"}, "study_case_brief"),
        ({"scoring_rubric": {"cv": {"achievements": {"weight": 99}}}}, "scoring_rubric.cv"),
        ({"queue": "evaluate:nowhere"}, "queue"),
    ],
)
async def test_what_the_candidates_are_measured_against_has_the_limits_of_one_evaluation(
    api: Api, change: dict[str, Any], field: str
) -> None:
    answer = await sent(api, await some_pairs(api, 2), **change)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await api.count("batches") == 0


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize(
    ("name", "change", "status", "code"),
    [
        ("cv_id", {"cv_id": UNKNOWN}, 404, "upload_not_found"),
        ("project_id", {"project_id": UNKNOWN}, 404, "upload_not_found"),
        ("cv_id", "swapped", 422, "wrong_upload_type"),
        ("cv_id", "foreign", 404, "upload_not_found"),
    ],
)
async def test_one_bad_id_refuses_the_whole_batch_and_is_named_by_its_place(
    api: Api, position: int, name: str, change: Any, status: int, code: str
) -> None:
    pairs = await some_pairs(api, 5)
    if change == "swapped":
        change = {"cv_id": pairs[position]["project_id"], "project_id": pairs[position]["cv_id"]}
    if change == "foreign":
        [change] = await some_pairs(api, 1, owner="zenith")
    pairs[position] |= change
    answer = await sent(api, pairs)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (
        status, code, f"candidates[{position}].{name}",
    )  # fmt: skip
    assert (await api.count("batches"), await api.count("jobs")) == (0, 0)


async def test_a_batch_that_is_too_large_for_the_quota_is_refused_and_told_the_room(
    make_api: MakeApi,
) -> None:
    api = make_api(quota=4)
    pairs = await some_pairs(api, 3)
    await sent(api, pairs[:2])
    over = await sent(api, pairs)
    assert (over.status_code, over.json()["code"]) == (429, "quota_exceeded")
    assert "needs 3 jobs, and 2 of the 4" in over.json()["detail"]
    assert await api.count("jobs") == 2
    assert (await sent(api, pairs[:2])).status_code == 202
    assert (await api.client.post("/v1/evaluate", json=pairs[0])).status_code == 429


async def test_the_largest_batch_is_accepted(api: Api) -> None:
    cv_id, project_id = await uploads_in(api.store, "local")
    cvs = [an_upload(owner="local") for _ in range(499)]
    await store_cv(api, *cvs)
    pairs = [{"cv_id": i, "project_id": project_id} for i in (cv_id, *(cv.id for cv in cvs))]
    accepted = await sent(api, pairs)
    assert accepted.status_code == 202, accepted.text
    shown = (await read(api, accepted.json()["id"])).json()
    assert [r["cv_id"] for r in shown["ranking"]] == [pair["cv_id"] for pair in pairs]


# -- reading -------------------------------------------------------------------------------------------------------------


async def test_an_unchanged_batch_is_answered_304_and_a_changed_one_is_not(api: Api) -> None:
    body = (await sent(api, await some_pairs(api, 2))).json()
    etag = (await read(api, body["id"])).headers["ETag"]
    assert etag.startswith('"')
    same = await read(api, body["id"], **{"If-None-Match": etag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert same.headers["Retry-After"]
    await complete(api, body["jobs"][0])
    assert (await read(api, body["id"], **{"If-None-Match": etag})).status_code == 200


async def test_a_cv_in_another_language_has_no_rank_and_the_reason_beside_it(api: Api) -> None:
    body = (await sent(api, await some_pairs(api, 2))).json()
    warning = "cv: not_english: its match rate must not be compared with others"
    await complete(api, body["jobs"][0], 5, warning)
    await complete(api, body["jobs"][1], 2)
    ranking = (await read(api, body["id"])).json()["ranking"]
    assert [(r["rank"], r["job_id"], r["unranked"]) for r in ranking] == [
        (1, body["jobs"][1], None),
        (None, body["jobs"][0], warning),
    ]


async def test_against_a_job_description_in_another_language_nobody_has_a_rank(api: Api) -> None:
    body = (await sent(api, await some_pairs(api, 2))).json()
    warning = "job_description: not_english: the match rate must not be compared with others"
    for job_id, score in zip(body["jobs"], (2, 5), strict=True):
        await complete(api, job_id, score, warning)
    ranking = (await read(api, body["id"])).json()["ranking"]
    assert [(r["rank"], r["job_id"], r["unranked"]) for r in ranking] == [
        (None, job_id, warning) for job_id in body["jobs"]
    ]


async def test_a_waiting_client_hears_when_the_last_job_is_finished(api: Api) -> None:
    body = (await sent(api, await some_pairs(api, 2))).json()
    waiting = asyncio.create_task(read(api, body["id"], Prefer="wait=20"))
    for job_id in body["jobs"]:
        await complete(api, job_id)
    answer = await waiting
    assert answer.json()["status"] == "finished"
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert "Retry-After" not in answer.headers


async def test_a_wait_that_ends_first_answers_how_things_are(api: Api) -> None:
    body = (await sent(api, await some_pairs(api, 1))).json()
    assert (await read(api, body["id"], Prefer="wait=0")).json()["status"] == "running"


@pytest.mark.parametrize("batch_id", [UNKNOWN, "nonsense", "%00", "a" * 300])
async def test_an_unknown_batch_is_404(api: Api, batch_id: str) -> None:
    answer = await read(api, batch_id)
    assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")


async def test_other_owners_batches_are_not_found(api: Api) -> None:
    await a_key(api, "acme", "a")
    await a_key(api, "zenith", "z")
    pairs = await some_pairs(api, 1, owner="acme")
    accepted = await api.client.post("/v1/batches", json={"candidates": pairs}, headers=bearer("a"))
    path = accepted.headers["Location"]
    assert (await api.client.get(path, headers=bearer("a"))).status_code == 200
    foreign = await api.client.get(path, headers=bearer("z"))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "batch_not_found")


async def test_an_erased_candidate_is_no_part_of_the_ranking_any_more(api: Api) -> None:
    pairs = await some_pairs(api, 3)
    body = (await sent(api, pairs)).json()
    for job_id, score in zip(body["jobs"], (3, 5, 4), strict=True):
        await complete(api, job_id, score)
    erased = await api.client.delete(f"/v1/candidates/{pairs[1]['cv_id']}")
    assert erased.json() == {"jobs": 1, "uploads": 2}
    answer = await read(api, body["id"])
    assert [(r["rank"], r["cv_id"]) for r in answer.json()["ranking"]] == [
        (1, pairs[2]["cv_id"]),
        (2, pairs[0]["cv_id"]),
    ]
    assert answer.json()["progress"]["total"] == 2
    assert pairs[1]["cv_id"] not in answer.text


async def test_a_batch_is_read_with_one_statement_whatever_its_size(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (await sent(api, await some_pairs(api, 20))).json()
    asked: list[str] = []
    session: Any = type(await api.store.transact(_session_of))
    run = session.run

    async def counted(self: Any, *calls: Any) -> Any:
        asked.extend(call.query.name for call in calls)
        return await run(self, *calls)

    monkeypatch.setattr(session, "run", counted)
    await read(api, body["id"])
    assert [name for name in asked if not name.startswith("api_keys")] == ["batches.standings"]


async def _session_of(tx: Any) -> Any:
    return tx.batches._session


async def test_the_request_id_and_trace_follow_every_job(api: Api) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    headers = {"X-Request-Id": "req-7", "traceparent": traceparent}
    body = {"candidates": await some_pairs(api, 2)}
    for job_id in (await api.client.post("/v1/batches", json=body, headers=headers)).json()["jobs"]:
        [row] = await api.database.observe(f"SELECT request_id, traceparent FROM jobs WHERE id = '{job_id}'")
        assert row == ("req-7", traceparent)


async def test_metrics_count_every_job_of_a_batch_once(api: Api) -> None:
    pairs = await some_pairs(api, 3)
    for _ in range(2):
        await sent(api, pairs, "k")
    text = (await api.client.get("/metrics")).text
    assert "cveval_jobs_accepted_total 3.0" in text
    assert "cveval_replays_total 1.0" in text
