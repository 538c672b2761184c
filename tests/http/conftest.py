"""submit in process, as functions-framework calls it, over a fresh database of each kind."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from cveval.domain.documents import Extracted
from cveval.domain.errors import UnreadableDocument
from cveval.domain.policies import Policies
from cveval.store.transaction import Store
from cveval_submit.settings import SubmitSettings
from cveval_submit.wiring import Submit, build
from tests.databases import Database


@dataclass
class PlainExtractor:
    """Takes bytes for text; counts how often it was asked, and for whom."""

    asked: int = 0
    owners: set[str | None] = field(default_factory=set)

    async def extract(self, content: bytes, *, field: str, owner: str | None = None) -> Extracted:
        self.asked += 1
        self.owners.add(owner)
        if content == b"unreadable":
            raise UnreadableDocument(f"{field} cannot be read", field=field)
        warnings = ("hidden_text:white",) if b"hidden" in content else ()
        return Extracted(content.decode(errors="replace").replace("\x00", ""), "text/plain", warnings)


@dataclass
class Api:
    """A client, and what stands behind it."""

    client: httpx.AsyncClient
    store: Store
    database: Database
    submit: Submit
    extractor: PlainExtractor = field(default_factory=PlainExtractor)

    async def uploaded(self, **headers: str) -> dict[str, str]:
        files = {"cv": ("cv.txt", b"Ada Example"), "project": ("report.txt", b"A report")}
        answer = await self.client.post("/v1/upload", files=files, headers=headers)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return {"cv_id": body["cv_id"], "project_id": body["project_id"]}

    async def accepted(self, **headers: str) -> str:
        answer = await self.client.post("/v1/evaluate", json=await self.uploaded(), headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def count(self, table: str) -> int:
        [(rows,)] = await self.database.observe(f"SELECT COUNT(*) FROM {table}")
        return int(rows)


MakeApi = Callable[..., Api]


def asgi(submit: Submit) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await submit.application(Request(scope, receive))
        await response(scope, receive, send)

    return app


@pytest.fixture
async def make_api(store: Store, database: Database) -> AsyncIterator[MakeApi]:
    made: list[Api] = []

    def make(
        client: tuple[str, int] = ("127.0.0.1", 5), policies: Policies | None = None, **settings: Any
    ) -> Api:
        extractor = PlainExtractor()
        chosen = SubmitSettings(**{"rate_limit": 100_000, "rate_burst": 100_000, **settings})
        submit = build(chosen, policies or Policies(), store, database.metrics, extractor=extractor)
        transport = httpx.ASGITransport(asgi(submit), client=client)
        http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        made.append(Api(http, store, database, submit, extractor))
        return made[-1]

    yield make
    for api in made:
        await api.client.aclose()
        await api.submit.aclose()


@pytest.fixture
async def api(make_api: MakeApi) -> Api:
    return make_api()
