"""Owners, keys, limits, and what holds for every path."""

import httpx
import pytest
from starlette.requests import Request

from cveval.domain.documents import new_id
from cveval.domain.errors import RateLimited, Unauthorized
from cveval_submit.owners import REMEMBERED_FOR, Owners
from cveval_submit.rate_limit import RateLimit
from tests.http.conftest import Api, MakeApi


async def a_key(api: Api, owner: str, secret: str) -> str:
    key_id = new_id()
    await api.store.transact(lambda tx: tx.api_keys.add(key_id, owner, "", secret))
    return key_id


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_without_keys_only_this_machine_is_served(make_api: MakeApi) -> None:
    assert (await make_api().client.get("/v1/jobs")).status_code == 200
    far = await make_api(client=("203.0.113.9", 1)).client.get("/v1/jobs")
    assert (far.status_code, far.json()["code"]) == (401, "unauthorized")
    assert far.headers["WWW-Authenticate"] == "Bearer"


async def test_a_proxy_on_this_machine_does_not_make_the_world_local(make_api: MakeApi) -> None:
    answer = await make_api().client.get("/v1/jobs", headers={"X-Forwarded-For": "127.0.0.1"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
async def test_a_foreign_page_cannot_read_through_the_browser_of_this_machine(
    make_api: MakeApi, headers: dict[str, str]
) -> None:
    assert (await make_api().client.get("/v1/jobs", headers=headers)).status_code == 401


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
async def test_this_machine_goes_by_its_names(make_api: MakeApi, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert (await make_api().client.get("/v1/jobs", headers=headers)).status_code == 200


async def test_revoking_the_last_key_does_not_open_the_door(api: Api) -> None:
    await a_key(api, "acme", "s3cret")
    [key] = await api.store.transact(lambda tx: tx.api_keys.every())
    await api.store.transact(lambda tx: tx.api_keys.revoke(key.id))
    assert (await api.client.get("/v1/jobs")).status_code == 401


async def test_everybody_is_served_where_that_was_said(make_api: MakeApi) -> None:
    answer = await make_api(client=("203.0.113.9", 1), auth="none").client.get("/v1/jobs")
    assert answer.status_code == 200


async def test_once_a_key_exists_one_is_needed_even_on_this_machine(api: Api) -> None:
    await a_key(api, "acme", "s3cret")
    assert (await api.client.get("/v1/jobs")).status_code == 401
    assert (await api.client.get("/v1/jobs", headers=bearer("s3cret"))).status_code == 200
    assert (await api.client.get("/v1/jobs", headers=bearer("wrong"))).status_code == 401
    assert (await api.client.get("/v1/jobs", headers={"Authorization": "Basic s3cret"})).status_code == 401


async def test_other_owners_things_are_not_found(api: Api) -> None:
    await a_key(api, "acme", "a")
    await a_key(api, "zenith", "z")
    files = {"cv": ("cv.txt", b"Ada"), "project": ("p.txt", b"Report")}
    ids = (await api.client.post("/v1/upload", files=files, headers=bearer("a"))).json()
    ids.pop("warnings")
    job_id = (await api.client.post("/v1/evaluate", json=ids, headers=bearer("a"))).json()["id"]
    for method, path in (
        ("GET", f"/v1/result/{job_id}"),
        ("DELETE", f"/v1/jobs/{job_id}"),
        ("DELETE", f"/v1/candidates/{ids['cv_id']}"),
    ):
        assert (await api.client.request(method, path, headers=bearer("z"))).status_code == 404
    foreign = await api.client.post("/v1/evaluate", json=ids, headers=bearer("z"))
    assert foreign.json()["code"] == "upload_not_found"
    assert (await api.client.get("/v1/jobs", headers=bearer("z"))).json()["jobs"] == []
    assert len((await api.client.get("/v1/jobs", headers=bearer("a"))).json()["jobs"]) == 1


async def test_a_revoked_key_is_out_of_force_once_it_is_forgotten(api: Api) -> None:
    now = 0.0
    owners = Owners(api.store, "keys", monotonic=lambda: now)
    key_id = await a_key(api, "acme", "s")
    request = Request({"type": "http", "headers": [(b"authorization", b"Bearer s")], "client": None})
    assert await owners.owner_of(request) == "acme"
    await api.store.transact(lambda tx: tx.api_keys.revoke(key_id))
    assert await owners.owner_of(request) == "acme"
    now += REMEMBERED_FOR
    with pytest.raises(Unauthorized):
        await owners.owner_of(request)


def test_an_owner_who_asks_too_often_is_told_when_to_ask_again() -> None:
    now = 0.0
    limit = RateLimit(2, 3, monotonic=lambda: now)
    for _ in range(3):
        limit.take("acme")
    with pytest.raises(RateLimited) as refused:
        limit.take("acme")
    assert refused.value.retry_after.total_seconds() == 0.5
    limit.take("zenith")
    now += 0.5
    limit.take("acme")


async def test_the_rate_limit_answers_429(make_api: MakeApi) -> None:
    api = make_api(rate_limit=0.01, rate_burst=1)
    await api.client.get("/v1/jobs")
    answer = await api.client.get("/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 10


async def test_health_contract_and_metrics_need_no_key(make_api: MakeApi) -> None:
    api = make_api(client=("203.0.113.9", 1))
    await a_key(api, "acme", "s")
    for path in ("/healthz", "/readyz", "/openapi.json", "/metrics"):
        assert (await api.client.get(path)).status_code == 200, path


async def test_metrics_tell_what_waits(api: Api) -> None:
    await api.accepted()
    text = (await api.client.get("/metrics")).text
    assert 'cveval_jobs_queued{queue="evaluate:default"} 1.0' in text
    assert "cveval_jobs_accepted_total 1.0" in text
    for gauge in ("cveval_jobs_processing", "cveval_dead_letters"):
        assert f'{gauge}{{queue="evaluate:default"}} 0.0' in text
    assert "cveval_database_reachable 1.0" in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/upload", 405, "method_not_allowed"),
        ("PUT", "/v1/evaluate", 405, "method_not_allowed"),
        ("POST", "/v1/jobs", 405, "method_not_allowed"),
        ("PATCH", "/v1/result/x", 405, "method_not_allowed"),
    ],
)
async def test_wrong_paths_and_methods_are_problems_too(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = await api.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 405:
        assert answer.headers["Allow"]


async def test_head_and_options_work_where_get_does(api: Api) -> None:
    assert (await api.client.head("/v1/jobs")).status_code == 200
    answer = await api.client.options("/v1/jobs")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET")


@pytest.mark.parametrize(
    ("given", "is_kept"), [("abc-1:2", True), ("a b", False), ("x" * 129, False), ("", False)]
)
async def test_a_sane_request_id_is_kept_and_any_other_replaced(api: Api, given: str, is_kept: bool) -> None:
    answer = await api.client.get("/nowhere", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is is_kept
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


async def test_an_unreachable_database_is_503_with_a_time_to_ask_again(make_api: MakeApi) -> None:
    api = make_api()

    async def unreachable(*_: object, **__: object) -> None:
        from cveval.domain.errors import StoreUnavailable  # noqa: PLC0415

        raise StoreUnavailable("no connection to the database")

    api.store.transact = unreachable  # type: ignore[method-assign, assignment]
    for path in ("/v1/jobs", "/readyz"):
        answer: httpx.Response = await api.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.headers["Retry-After"]
    assert (await api.client.get("/healthz")).status_code == 200
    metrics = await api.client.get("/metrics")
    assert metrics.status_code == 200
    assert "cveval_database_reachable 0.0" in metrics.text
