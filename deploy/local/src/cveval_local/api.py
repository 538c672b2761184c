"""A client of cveval's HTTP interface."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from cveval.domain.errors import ConfigurationError, CvevalError, TransientError
from cveval_local.evaluating import read_document

LONGEST_WAIT = 30
PATIENCE = aiohttp.ClientTimeout(total=LONGEST_WAIT + 60)


class RefusedByServer(CvevalError):
    """A problem that the server answered; its code is in the text."""

    code = "refused_by_server"


class ServerUnreachable(TransientError):
    code = "server_unreachable"


class Api:
    """Upload, evaluate, result.

    Raises (every method):
        RefusedByServer: with the server's own words.
        ServerUnreachable
    """

    def __init__(self, server: str, api_key: str | None = None) -> None:
        self._server = server
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            self._http = aiohttp.ClientSession(server, headers=headers, timeout=PATIENCE)
        except ValueError:
            raise ConfigurationError(
                f"CVEVAL_SERVER: {server!r} is no address; write http://127.0.0.1:8080"
            ) from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def upload(self, cv: Path, project: Path, key: str | None = None) -> dict[str, str]:
        """Both documents; answers with `cv_id` and `project_id`."""
        form = aiohttp.FormData()
        form.add_field("cv", read_document(cv), filename=cv.name)
        form.add_field("project", read_document(project), filename=project.name)
        answer = await self._ask("POST", "/v1/upload", data=form, headers=_keyed(key))
        return {"cv_id": answer["cv_id"], "project_id": answer["project_id"]}

    async def evaluate(self, request: dict[str, str], key: str | None = None) -> str:
        """The job's id."""
        answer = await self._ask("POST", "/v1/evaluate", json=request, headers=_keyed(key))
        return str(answer["id"])

    async def result(self, job_id: str, wait: int = 0) -> dict[str, Any]:
        """The job as it is after at most `wait` seconds."""
        while True:
            step = min(wait, LONGEST_WAIT)
            answer = await self._ask("GET", f"/v1/result/{job_id}", headers={"Prefer": f"wait={step}"})
            wait -= step
            if answer["status"] in ("completed", "failed") or wait <= 0:
                return answer

    async def result_when_finished(self, job_id: str) -> dict[str, Any]:
        """However long it takes."""
        while True:
            answer = await self.result(job_id, LONGEST_WAIT)
            if answer["status"] in ("completed", "failed"):
                return answer

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            async with self._http.request(method, path, **request) as answer:
                body: dict[str, Any] = await answer.json(content_type=None)
                if answer.status >= 400:
                    raise RefusedByServer(f"{body.get('detail')} [{body.get('code')}, HTTP {answer.status}]")
                return body
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ServerUnreachable(
                f"{self._server} does not answer as cveval would ({type(error).__name__}): is `cveval serve` running?"
            ) from error


def _keyed(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
