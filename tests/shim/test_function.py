"""The request as it goes over the wire, and what is made of every kind of answer."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from cveval.delivery import LONGEST_RETRY_AFTER, Answer, Verdict, judge
from cveval.domain.errors import ConfigurationError
from cveval.queue.transport import Delivery
from cveval_shim import function
from cveval_shim.function import IDLE, HttpFunction
from cveval_shim.token import StaticToken, TokenFile

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SOON = timedelta(milliseconds=200)
LATE = timedelta(minutes=10)
DELIVERY = Delivery("q", {"ce-id": "1", "prefer": "reply", "kn-namespace": "default"}, b"body")


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[str]:
    ended: list[asyncio.Event] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.Event())
        try:
            await peer(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            ended[-1].set()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for each in ended:
            await each.wait()


def answering(answer: str, requests: list[bytes] | None = None, *, close: bool = True) -> Peer:
    """Reads a request, writes these bytes, and closes or goes silent."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
        )
        body = await reader.readexactly(length)
        if requests is not None:
            requests.append(head + body)
        writer.write(answer.replace("\n", "\r\n").encode())
        await writer.drain()
        if not close:
            await reader.read()

    return peer


async def ask(
    peer: Peer, delivery: Delivery = DELIVERY, *, within: timedelta = LATE, token: str = ""
) -> Answer:
    async with listening(peer) as url:
        function = HttpFunction(url, StaticToken(token), timeout=within)
        answer = await function(delivery)
        await function.aclose()
        return answer


async def test_the_request_is_the_records_and_nothing_of_ours() -> None:
    requests: list[bytes] = []
    assert (await ask(answering("HTTP/1.1 204 No Content\n\n", requests))).status == 204
    head, _, body = requests[0].partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert first == "POST / HTTP/1.1"
    names = {line.partition(":")[0].lower(): line.partition(": ")[2] for line in headers}
    names.pop("host")
    assert names == {"ce-id": "1", "prefer": "reply", "kn-namespace": "default", "content-length": "4"}
    assert body == b"body"


async def test_null_is_no_body_and_the_token_is_a_header() -> None:
    requests: list[bytes] = []
    await ask(answering("HTTP/1.1 204 No Content\n\n", requests), Delivery("q", {}, b""), token="secret")
    assert requests[0].endswith(b"\r\n\r\n")
    assert b"authorization: bearer secret" in requests[0].lower()
    assert b"content-type" not in requests[0].lower()


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(answering(""), id="closes without a word"),
        pytest.param(answering("HTTP/1.1 500"), id="dies in the middle"),
        pytest.param(answering("what?\n\n"), id="speaks no HTTP"),
        pytest.param(answering("", close=False), id="hangs"),
        pytest.param(answering("HTTP/1.1 500 x\nContent-Length: 9\n\nhalf"), id="dies in its body"),
        pytest.param(
            answering("HTTP/1.1 500 x\nContent-Length: 9\n\nhalf", close=False), id="hangs in its body"
        ),
    ],
)
async def test_no_answer_means_again(peer: Peer) -> None:
    assert judge(await ask(peer, within=SOON)) is Verdict.AGAIN


async def test_nobody_there_means_again() -> None:
    async with listening(answering("")) as url:
        pass
    function = HttpFunction(url, StaticToken(""), timeout=LATE)
    assert judge(await function(DELIVERY)) is Verdict.AGAIN
    await function.aclose()


def test_an_idle_connection_is_left_well_before_the_functions_server_closes_it() -> None:
    """It is gunicorn, which has no types."""
    gunicorn = import_module("gunicorn.config")
    assert timedelta(seconds=gunicorn.Keepalive.default) >= 2 * IDLE


async def test_an_answer_counts_even_if_the_function_dies_behind_it() -> None:
    assert judge(await ask(answering("HTTP/1.1 200 OK\nContent-Length: 9\n\nha"))) is Verdict.DONE


async def test_the_function_is_given_the_time_from_the_request_on_its_way_to_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = itertools.count(step=7)
    monkeypatch.setattr(function, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    answer = await ask(answering("HTTP/1.1 204 x\n\n"))
    # Looked at twice: as the request was written and as the answer came.
    assert (answer.took, next(ticks)) == (timedelta(seconds=7), 14)


async def test_a_redirect_is_told_and_not_followed() -> None:
    requests: list[bytes] = []
    answer = await ask(answering("HTTP/1.1 301 x\nLocation: /there\nContent-Length: 0\n\n", requests))
    assert judge(answer) is Verdict.WRONG_DEPLOYMENT
    assert len(requests) == 1


PROBLEM = 'Cveval-Outcome: unreadable\nContent-Type: application/problem+json; charset=utf-8\nContent-Length: 33\n\n{"code":"x", "detail":"a reason"}'


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"HTTP/1.1 400 x\n{PROBLEM}", Verdict.UNREADABLE),
        (f"HTTP/1.1 404 x\n{PROBLEM}", Verdict.WRONG_DEPLOYMENT),
        (f"HTTP/1.1 400 x\n{PROBLEM.partition(chr(10))[2]}", Verdict.WRONG_DEPLOYMENT),
        ("HTTP/1.1 400 x\nContent-Length: 7\n\nan HTML", Verdict.WRONG_DEPLOYMENT),
        (
            "HTTP/1.1 400 x\nContent-Type: application/problem+json\nContent-Length: 2\n\n[]",
            Verdict.WRONG_DEPLOYMENT,
        ),
        (
            "HTTP/1.1 400 x\nContent-Type: application/problem+json\nContent-Length: 1\n\n{",
            Verdict.WRONG_DEPLOYMENT,
        ),
    ],
)
async def test_only_evaluate_says_that_the_record_is_at_fault(text: str, verdict: Verdict) -> None:
    answer = await ask(answering(text))
    assert judge(answer) is verdict
    if verdict is Verdict.UNREADABLE:
        assert (answer.code, answer.detail) == ("x", "a reason")


@pytest.mark.parametrize(
    ("header", "at_least", "at_most"),
    [
        ("7", timedelta(seconds=7), timedelta(seconds=7)),
        ("-5", None, None),
        ("999999999999999999999", LONGEST_RETRY_AFTER, LONGEST_RETRY_AFTER),
        ("soon", None, None),
        ("²", None, None),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_RETRY_AFTER, LONGEST_RETRY_AFTER),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, None),
    ],
)
async def test_retry_after_is_honoured_within_reason(
    header: str, at_least: timedelta | None, at_most: timedelta | None
) -> None:
    answer = await ask(answering(f"HTTP/1.1 429 x\nRetry-After: {header}\nContent-Length: 0\n\n"))
    assert answer.retry_after == at_least == at_most


def test_a_tokens_file_is_read_again_and_a_missing_one_leaves_the_last_in_force(tmp_path: Path) -> None:
    now = 0.0
    path = tmp_path / "token"
    path.write_text("first\n")
    token = TokenFile(path, monotonic=lambda: now)
    path.write_text("second")
    assert token.headers() == {"authorization": "Bearer first"}
    now = 10.0
    assert token.headers() == {"authorization": "Bearer second"}
    path.unlink()
    now = 20.0
    assert token.headers() == {"authorization": "Bearer second"}


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", b"\xff"])
def test_a_file_without_a_token_is_refused_at_the_start(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="CVEVAL_SHIM_TOKEN_FILE"):
        TokenFile(path)
