"""The storage itself: what it refuses is told without what it must not tell; half-set settings refuse to start."""

import http.server
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from cveval.domain.errors import ArchiveUnavailable, ConfigurationError
from cveval.domain.policies import Policies
from cveval.settings import load
from cveval_purge.s3 import S3Objects
from cveval_purge.settings import ArchiveSettings, load_archive
from tests.buckets import new_bucket

SECRET = "a-very-secret-key"


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a storage that is full, whatever is asked."""

    class Full(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b"<Error><Code>InsufficientStorage</Code><AWSAccessKeyId>key</AWSAccessKeyId></Error>"
            self.send_response(507)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Full) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_what_was_put_is_got_listed_and_deleted(bucket: ArchiveSettings) -> None:
    objects = S3Objects(bucket)
    await objects.put("archive/a/1", b"one")
    await objects.put("archive/a/1", b"two")
    await objects.put("archive/ab/1", b"three")
    assert await objects.get("archive/a/1") == b"two"
    assert [name async for name in objects.names("archive/a/")] == ["archive/a/1"]
    await objects.delete("archive/a/1")
    await objects.delete("archive/a/1")
    assert [name async for name in objects.names("archive/a/")] == []
    with pytest.raises(ArchiveUnavailable, match="NoSuchKey"):
        await objects.get("archive/a/1")


@pytest.mark.parametrize("call", ["put", "get", "delete", "names"])
async def test_a_bucket_that_is_not_there_is_unavailable(s3: str, call: str) -> None:
    objects = S3Objects(new_bucket(s3).model_copy(update={"bucket": "no-such-bucket"}))

    async def names() -> list[str]:
        return [name async for name in objects.names("archive/")]

    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "put": lambda: objects.put("archive/x", b"x"),
        "get": lambda: objects.get("archive/x"),
        "delete": lambda: objects.delete("archive/x"),
        "names": names,
    }
    with pytest.raises(ArchiveUnavailable, match="NoSuchBucket"):
        await calls[call]()


async def test_a_full_storage_says_so_and_no_secret(refusing: str, bucket: ArchiveSettings) -> None:
    full = bucket.model_copy(update={"endpoint": refusing})
    with pytest.raises(ArchiveUnavailable) as caught:
        await S3Objects(full).put("archive/x", b"x")
    assert "InsufficientStorage" in str(caught.value)
    assert "test" not in str(caught.value)


async def test_a_storage_that_does_not_answer_is_unavailable(bucket: ArchiveSettings) -> None:
    away = bucket.model_copy(
        update={"endpoint": "http://127.0.0.1:1", "timeout": timedelta(milliseconds=300)}
    )
    with pytest.raises(ArchiveUnavailable, match="no answer"):
        await S3Objects(away).get("archive/x")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"CVEVAL_ARCHIVE_ENDPOINT": "http://s3"}, "CVEVAL_ARCHIVE_BUCKET"),
        ({"CVEVAL_ARCHIVE_REGION": "eu-central-1"}, "CVEVAL_ARCHIVE_BUCKET"),
        ({"CVEVAL_ARCHIVE_SECRET_ACCESS_KEY": SECRET}, "CVEVAL_ARCHIVE_BUCKET"),
        ({"CVEVAL_ARCHIVE_BUCKET": "b", "CVEVAL_ARCHIVE_ENDPOINT": "s3"}, "CVEVAL_ARCHIVE_ENDPOINT"),
        (
            {"CVEVAL_ARCHIVE_BUCKET": "b", "CVEVAL_ARCHIVE_SECRET_ACCESS_KEY": SECRET},
            "CVEVAL_ARCHIVE_ACCESS_KEY_ID",
        ),
        (
            {"CVEVAL_ARCHIVE_BUCKET": "b", "CVEVAL_ARCHIVE_ACCESS_KEY_ID": "k"},
            "CVEVAL_ARCHIVE_SECRET_ACCESS_KEY",
        ),
        ({"CVEVAL_ARCHIVE_BUCKET": "b", "AWS_ACCESS_KEY_ID": "k"}, "AWS_SECRET_ACCESS_KEY"),
        ({"CVEVAL_ARCHIVE_BUCKET": "b", "CVEVAL_JOB_RETENTION": "29d"}, "CVEVAL_UPLOAD_RETENTION"),
    ],
)
def test_half_an_archive_refuses_to_start_and_names_what_is_missing(
    given: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^{named}|: {named}") as caught:
        load_archive(load(Policies))
    assert SECRET not in str(caught.value)


def test_the_usual_variables_alone_make_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    assert not load_archive(load(Policies)).is_on


async def test_the_usual_variables_sign_where_no_others_are_given(
    bucket: ArchiveSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "usual")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    usual = ArchiveSettings(bucket=bucket.bucket, endpoint=bucket.endpoint)
    await S3Objects(usual).put("archive/x", b"x")


def test_secrets_are_not_printed(bucket: ArchiveSettings) -> None:
    assert "test-secret" not in repr(bucket)
    assert "test-secret" not in str(bucket)
