"""GET /v1/result, GET /v1/jobs, DELETE /v1/jobs, DELETE /v1/candidates."""

import asyncio
from datetime import timedelta

import pytest

from cveval.domain.attempts import GivingUp
from cveval.store.leases import Claim
from tests.http.conftest import Api
from tests.samples import a_completion, claimed


async def completed(api: Api) -> str:
    job_id = await api.accepted()
    job = await claimed(api.store, job_id)
    await api.store.transact(lambda tx: tx.leases.complete([a_completion(job)]))
    return job_id


async def test_a_queued_job_says_so_and_when_to_ask_again(api: Api) -> None:
    job_id = await api.accepted()
    answer = await api.client.get(f"/v1/result/{job_id}")
    assert answer.status_code == 200
    assert answer.json() == {"id": job_id, "status": "queued", "result": None, "error": None}
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_completed_job_shows_numbers_texts_ratings_quotes_and_receipt(api: Api) -> None:
    answer = await api.client.get(f"/v1/result/{await completed(api)}")
    result = answer.json()["result"]
    assert (result["cv_match_rate"], result["project_score"]) == (0.6, 6.0)
    assert len(result["ratings"]) == 9
    assert result["ratings"][0]["quotes"] == [{"document": "cv", "text": "Python since 2019"}]
    assert result["receipt"]["evaluator"] == "test/1"
    assert "Retry-After" not in answer.headers


async def test_a_failed_job_shows_its_code_and_reason(api: Api) -> None:
    job_id = await api.accepted()
    await claimed(api.store, job_id)
    await api.store.transact(
        lambda tx: tx.leases.give_up([GivingUp(job_id, 1, "worker-1", "timeout", "slow")])
    )
    answer = await api.client.get(f"/v1/result/{job_id}")
    assert answer.json()["error"] == {"code": "timeout", "message": "slow"}


async def test_an_unchanged_result_is_answered_304(api: Api) -> None:
    job_id = await completed(api)
    etag = (await api.client.get(f"/v1/result/{job_id}")).headers["ETag"]
    assert etag.startswith('"')
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await api.client.get(f"/v1/result/{job_id}", headers={"If-None-Match": given})
        assert (answer.status_code, answer.content) == (304, b"")
    changed = await api.client.get(f"/v1/result/{job_id}", headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


async def test_a_waiting_client_hears_of_the_completion(api: Api) -> None:
    job_id = await api.accepted()
    waiting = asyncio.create_task(api.client.get(f"/v1/result/{job_id}", headers={"Prefer": "wait=20"}))
    [job] = await api.store.transact(
        lambda tx: tx.leases.claim([Claim(job_id, "worker-1", timedelta(seconds=60))])
    )
    await api.store.transact(lambda tx: tx.leases.complete([a_completion(job)]))  # type: ignore[arg-type]
    answer = await waiting
    assert answer.json()["status"] == "completed"
    assert answer.headers["Preference-Applied"] == "wait=20"


async def test_a_wait_that_ends_first_answers_how_things_are(api: Api) -> None:
    job_id = await api.accepted()
    answer = await api.client.get(f"/v1/result/{job_id}", headers={"Prefer": "wait=0"})
    assert answer.json()["status"] == "queued"


@pytest.mark.parametrize("job_id", ["00000000-0000-4000-8000-000000000000", "nonsense", "%00", "a" * 300])
async def test_an_unknown_id_is_404(api: Api, job_id: str) -> None:
    for call in (api.client.get(f"/v1/result/{job_id}"), api.client.delete(f"/v1/jobs/{job_id}")):
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


async def test_jobs_are_listed_newest_first_page_by_page(api: Api) -> None:
    made = [await api.accepted() for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        parameters = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await api.client.get("/v1/jobs", params=parameters)).json()
        seen += [job["id"] for job in page["jobs"]]
        cursor = page["next"]
    assert seen == made[::-1]


async def test_jobs_are_filtered_by_status(api: Api) -> None:
    await api.accepted()
    done = await completed(api)
    page = (await api.client.get("/v1/jobs", params={"status": "completed"})).json()
    assert [job["id"] for job in page["jobs"]] == [done]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "bnVsbA"}, "cursor"),
        ({"colour": "red"}, "colour"),
        ({"queue": "a\x00"}, "queue"),
    ],
)
async def test_a_senseless_listing_names_its_parameter(
    api: Api, parameters: dict[str, str], field: str
) -> None:
    answer = await api.client.get("/v1/jobs", params=parameters)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_an_unfinished_job_can_be_cancelled_and_a_finished_one_cannot(api: Api) -> None:
    job_id = await api.accepted()
    for _ in range(2):
        answer = await api.client.delete(f"/v1/jobs/{job_id}")
        assert (answer.status_code, answer.json()) == (200, {"id": job_id, "status": "failed"})
    shown = await api.client.get(f"/v1/result/{job_id}")
    assert shown.json()["error"]["code"] == "cancelled"
    done = await api.client.delete(f"/v1/jobs/{await completed(api)}")
    assert (done.status_code, done.json()["code"]) == (409, "job_already_finished")


async def test_an_erased_candidate_is_gone(api: Api) -> None:
    job_id = await completed(api)
    [job] = await api.store.transact(lambda tx: tx.jobs.newest())
    answer = await api.client.delete(f"/v1/candidates/{job.cv_id}")
    assert answer.json() == {"jobs": 1, "uploads": 2}
    assert (await api.client.get(f"/v1/result/{job_id}")).status_code == 404
    assert (await api.client.delete(f"/v1/candidates/{job.cv_id}")).status_code == 404
    assert (await api.client.delete("/v1/candidates/nonsense")).status_code == 404
