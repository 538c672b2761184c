"""An S3 for tests: moto's server, and fresh buckets on it."""

import http.client
import http.server
import logging
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from cveval_purge.settings import ArchiveSettings


@contextmanager
def moto_server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def new_bucket(address: str) -> ArchiveSettings:
    name = f"bucket-{uuid4().hex}"
    with urllib.request.urlopen(urllib.request.Request(f"{address}/{name}", method="PUT"), timeout=30):
        return ArchiveSettings(
            bucket=name,
            endpoint=address,
            region="us-east-1",
            access_key_id=SecretStr("test"),
            secret_access_key=SecretStr("test-secret"),
            timeout=timedelta(seconds=10),
        )


@dataclass
class Disk:
    """A storage with so much room, in bytes; the rest is moto's."""

    address: str
    room: int


@contextmanager
def small_disk(moto: str, room: int) -> Iterator[Disk]:
    """What does not fit is refused, as MinIO does it."""

    class Full(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            disk.room -= len(content)
            if disk.room < 0:
                disk.room += len(content)
                self.answer(507, {}, b"<Error><Code>XMinioStorageFull</Code></Error>")
                return
            moto_connection = http.client.HTTPConnection(moto.removeprefix("http://"), timeout=30)
            moto_connection.request(self.command, self.path, content, dict(self.headers))
            answer = moto_connection.getresponse()
            self.answer(answer.status, dict(answer.headers), answer.read())
            moto_connection.close()

        do_GET = do_PUT = do_DELETE = forward  # noqa: N815 - the library's names

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            own = ("content-length", "transfer-encoding", "connection")
            for name, value in headers.items():
                if name.lower() not in own:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Full) as server:
        disk = Disk(f"http://127.0.0.1:{server.server_port}", room)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield disk
        finally:
            server.shutdown()
            thread.join()


def environment_of(bucket: ArchiveSettings) -> dict[str, str]:
    """The variables that name this bucket to a program."""
    return {
        "CVEVAL_ARCHIVE_BUCKET": bucket.bucket,
        "CVEVAL_ARCHIVE_ENDPOINT": bucket.endpoint,
        "CVEVAL_ARCHIVE_REGION": bucket.region,
        "CVEVAL_ARCHIVE_ACCESS_KEY_ID": bucket.access_key_id.get_secret_value(),
        "CVEVAL_ARCHIVE_SECRET_ACCESS_KEY": bucket.secret_access_key.get_secret_value(),
    }
