"""An S3 for tests: moto's server, and fresh buckets on it."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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


def environment_of(bucket: ArchiveSettings) -> dict[str, str]:
    """The variables that name this bucket to a program."""
    return {
        "CVEVAL_ARCHIVE_BUCKET": bucket.bucket,
        "CVEVAL_ARCHIVE_ENDPOINT": bucket.endpoint,
        "CVEVAL_ARCHIVE_REGION": bucket.region,
        "CVEVAL_ARCHIVE_ACCESS_KEY_ID": bucket.access_key_id.get_secret_value(),
        "CVEVAL_ARCHIVE_SECRET_ACCESS_KEY": bucket.secret_access_key.get_secret_value(),
    }
