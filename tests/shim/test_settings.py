"""A wrong setting ends the shim and names itself."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cveval.domain.errors import ConfigurationError
from cveval.settings import load
from cveval_shim.settings import ShimSettings

SHIM = Path(sys.executable).parent / "cveval-shim"
RIGHT = {
    "CVEVAL_DATABASE_URL": "sqlite:///x.db",
    "CVEVAL_KAFKA_BROKERS": "127.0.0.1:1",
    "CVEVAL_SHIM_FUNCTION_URL": "http://127.0.0.1:1/",
}


ON_REDIS = {"CVEVAL_KAFKA_BROKERS": "", "CVEVAL_REDIS_URL": "redis://127.0.0.1:1/0"}


def run(*words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in {**RIGHT, **settings}.items() if value}
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [SHIM, *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=folder,
        )


@pytest.mark.parametrize(
    ("setting", "value", "others"),
    [
        ("CVEVAL_DATABASE_URL", "nonsense", {}),
        ("CVEVAL_KAFKA_BROKERS", "", {}),
        ("CVEVAL_KAFKA_BROKERS", "redpanda", {}),
        ("CVEVAL_KAFKA_BROKERS", "a:1,,b:2", {}),
        ("CVEVAL_KAFKA_BROKERS", "a:99999", {}),
        ("CVEVAL_KAFKA_BROKERS", "a:0", {}),
        ("CVEVAL_REDIS_URL", "redis://127.0.0.1:1/0", {}),
        ("CVEVAL_REDIS_URL", "http://127.0.0.1:1/0", ON_REDIS),
        ("CVEVAL_REDIS_URL", "redis:///0", ON_REDIS),
        ("CVEVAL_REDIS_URL", "redis://:secret@redis:port/0", ON_REDIS),
        ("CVEVAL_REDIS_URL", "redis://:secret@redis/queue", ON_REDIS),
        ("CVEVAL_REDIS_URL", "redis://:secret@redis/0?decode_responses=true", ON_REDIS),
        ("CVEVAL_REDIS_URL", "rediss://:secret@redis/0?ssl_nothing=1", ON_REDIS),
        ("CVEVAL_REDIS_TIMEOUT", "15s", ON_REDIS),
        ("CVEVAL_REDIS_GROUP", "a group", ON_REDIS),
        ("CVEVAL_REDIS_MAX_ENTRIES", "0", ON_REDIS),
        ("CVEVAL_KAFKA_GROUP", "a group", {}),
        ("CVEVAL_KAFKA_PARTITIONS", "0", {}),
        ("CVEVAL_KAFKA_MIN_INSYNC_REPLICAS", "3", {"CVEVAL_KAFKA_REPLICATION": "1"}),
        ("CVEVAL_KAFKA_MESSAGE_TIMEOUT", "15s", {}),
        ("CVEVAL_KAFKA_SASL_USERNAME", "", {"CVEVAL_KAFKA_SECURITY_PROTOCOL": "sasl_ssl"}),
        ("CVEVAL_KAFKA_SECURITY_PROTOCOL", "tls", {}),
        ("CVEVAL_KAFKA_SSL_CA_FILE", "/does/not/exist.pem", {"CVEVAL_KAFKA_SECURITY_PROTOCOL": "ssl"}),
        ("CVEVAL_KAFKA_SSL_CA_FILE", __file__, {"CVEVAL_KAFKA_SECURITY_PROTOCOL": "ssl"}),
        ("CVEVAL_SHIM_FUNCTION_URL", "evaluate", {}),
        ("CVEVAL_SHIM_FUNCTION_URL", "http://user:secret@evaluate/", {}),
        ("CVEVAL_SHIM_FUNCTION_URL", "http://secret@evaluate/", {}),
        ("CVEVAL_SHIM_FUNCTION_URL", "", {}),
        ("CVEVAL_SHIM_TOKEN_FILE", "/does/not/exist", {}),
        ("CVEVAL_SHIM_TOKEN", "x", {"CVEVAL_SHIM_TOKEN_FILE": __file__}),
        ("CVEVAL_SHIM_TOKEN", "a\nsecret", {}),
        ("CVEVAL_SHIM_TOKEN", "sécret", {}),
        ("CVEVAL_SHIM_TOKEN", "\n", {}),
        ("CVEVAL_SHIM_TOKEN_FILE", __file__, {}),
        ("CVEVAL_SHIM_QUEUE", "evaluate:bulk", {}),
        ("CVEVAL_MAX_CONCURRENCY", "0", {}),
        ("CVEVAL_QUEUES", "bulk", {}),
        ("CVEVAL_SHIM_DRAIN", "soon", {}),
        ("CVEVAL_SHIM_DRAIN", "1h", {}),
        ("CVEVAL_SHIM_PORT", "70000", {}),
        ("CVEVAL_LEASE", "soon", {}),
    ],
)
def test_a_wrong_setting_ends_the_process_and_names_itself(
    setting: str, value: str, others: dict[str, str]
) -> None:
    ended = run(**{**others, setting: value})
    assert ended.returncode == 1
    assert setting in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr


def test_two_brokers_are_refused_and_both_named() -> None:
    ended = run(CVEVAL_REDIS_URL="redis://127.0.0.1:1/0")
    assert ended.returncode == 1
    assert "CVEVAL_KAFKA_BROKERS and CVEVAL_REDIS_URL" in ended.stderr


def test_a_platform_says_the_port_as_port_and_a_setting_of_ours_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(ShimSettings).port == 8081
    monkeypatch.setenv("PORT", "9191")
    assert load(ShimSettings).port == 9191
    monkeypatch.setenv("CVEVAL_SHIM_PORT", "9292")
    assert load(ShimSettings).port == 9292


def test_a_token_goes_without_the_end_of_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVEVAL_SHIM_TOKEN", "abc\n")
    assert load(ShimSettings).token.get_secret_value() == "abc"


def test_a_wrong_port_of_the_platform_ends_the_process() -> None:
    ended = run(PORT="ninety")
    assert ended.returncode == 1
    assert "CVEVAL_SHIM_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_once_is_for_the_relay() -> None:
    assert "cveval-shim relay --once" in run("--consumer", "--once").stderr


def test_help_shows_an_example_and_needs_no_settings() -> None:
    told = subprocess.run([SHIM, "--help"], env={}, capture_output=True, text=True, timeout=60, check=True)
    assert "Example:" in told.stdout


def test_the_relay_alone_needs_no_function(tmp_path: Path) -> None:
    ended = run(
        "relay", "--once", CVEVAL_SHIM_FUNCTION_URL="", CVEVAL_DATABASE_URL=f"sqlite:///{tmp_path}/no/x.db"
    )
    assert "FUNCTION_URL" not in ended.stderr
    assert ended.returncode == 1
    assert os.linesep not in ended.stderr.strip().splitlines()[-1]


def test_only_load_reads_the_environment_and_what_is_given_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVEVAL_SHIM_NAMESPACE", "hiring")
    monkeypatch.setenv("CVEVAL_SHIM_SOURCE_NAME", "events")
    assert (ShimSettings().namespace, load(ShimSettings).namespace) == ("default", "hiring")
    loaded = load(ShimSettings, source_name="given")
    assert (loaded.namespace, loaded.source_name) == ("hiring", "given")


def test_a_variable_that_is_set_to_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVEVAL_SHIM_DRAIN", "")
    with pytest.raises(ConfigurationError, match="CVEVAL_SHIM_DRAIN: is no duration"):
        load(ShimSettings)
