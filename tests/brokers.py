"""Brokers for tests: librdkafka's mock cluster, and real ones where CVEVAL_TEST_KAFKA and CVEVAL_TEST_REDIS name them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer


@contextmanager
def mock_cluster() -> Iterator[str]:
    """The addresses of a cluster inside this process: quick, but it makes every topic by itself and cannot be killed."""
    owner = Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "mock", "log_level": 3})
    yield ",".join(f"{b.host}:{b.port}" for b in owner.list_topics(timeout=30).brokers.values())
    del owner


def real_broker() -> str:
    """The address of a real broker, which other tests use too."""
    address = os.environ.get("CVEVAL_TEST_KAFKA")
    if not address:
        pytest.skip("no broker: set CVEVAL_TEST_KAFKA=host:port")
    return address


def real_redis() -> str:
    """The address of a real Redis, which other tests use too."""
    address = os.environ.get("CVEVAL_TEST_REDIS")
    if not address:
        pytest.skip("no Redis: set CVEVAL_TEST_REDIS=redis://host:port/0")
    return address


@dataclass(frozen=True)
class Broker:
    """A real broker of one's own, to be killed: a script that knows `start`, `kill`, `restart` and `destroy`."""

    script: str
    folder: Path
    address: str

    def tell(self, verb: str, *words: str) -> None:
        """Words: of several brokers, which one."""
        command = [self.script, verb, str(self.folder), *words]
        subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=120)

    def empty(self) -> None:
        """It comes back at the same address without a topic, or a stream."""
        self.tell("destroy")
        port = self.address.rpartition(":")[2].removesuffix("/0")
        subprocess.run(
            [self.script, "start", "--port", port, "--dir", str(self.folder)],
            check=True,
            stdout=subprocess.PIPE,
            timeout=120,
        )


@contextmanager
def own_broker(setting: str = "CVEVAL_TEST_KAFKA_SCRIPT", *options: str, port: int = 0) -> Iterator[Broker]:
    """Options: the script's for `start`, such as `--brokers 3`; port 0 takes a free one."""
    script = os.environ.get(setting)
    if not script:
        pytest.skip(f"no broker to kill: set {setting}")
    folder = Path(tempfile.mkdtemp(prefix="cveval-broker-"))
    shutil.rmtree(folder)
    try:
        started = subprocess.run(
            [script, "start", "--port", str(port), "--dir", str(folder), *options],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
        )
        yield Broker(script, folder, started.stdout.strip())
    finally:
        subprocess.run([script, "destroy", str(folder)], check=False, stdout=subprocess.PIPE, timeout=120)
