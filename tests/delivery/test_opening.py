"""The broker is the one that has an address."""

import sys

import pytest

import cveval.queue
from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.kafka.settings import KafkaSettings
from cveval.queue.opening import broker_settings, open_queue
from cveval.queue.redis.settings import RedisSettings

ADDRESSES = {"CVEVAL_KAFKA_BROKERS": "redpanda:9092", "CVEVAL_REDIS_URL": "redis://redis:6379/0"}


@pytest.mark.parametrize(
    ("named", "model"),
    [
        ([], type(None)),
        (["CVEVAL_KAFKA_BROKERS"], KafkaSettings),
        (["CVEVAL_REDIS_URL"], RedisSettings),
    ],
)
def test_the_address_that_is_set_chooses_the_broker(
    named: list[str], model: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting, address in ADDRESSES.items():
        monkeypatch.setenv(setting, address if setting in named else "")
    assert type(broker_settings()) is model


def test_two_brokers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting, address in ADDRESSES.items():
        monkeypatch.setenv(setting, address)
    with pytest.raises(ConfigurationError, match="CVEVAL_KAFKA_BROKERS and CVEVAL_REDIS_URL"):
        broker_settings()


@pytest.mark.parametrize(
    ("setting", "client", "extra"),
    [
        ("CVEVAL_KAFKA_BROKERS", "confluent_kafka", "kafka"),
        ("CVEVAL_REDIS_URL", "redis.asyncio", "redis"),
    ],
)
def test_a_client_that_is_not_installed_is_named_with_the_way_out(
    setting: str, client: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each, address in ADDRESSES.items():
        monkeypatch.setenv(each, address if each == setting else "")
    settings = broker_settings()
    assert settings is not None
    # The package that the import below leaves as an attribute is taken back, too.
    monkeypatch.setattr(cveval.queue, extra, None, raising=False)
    for module in [name for name in sys.modules if name.startswith(f"cveval.queue.{extra}")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, client, None)
    with pytest.raises(ConfigurationError, match=rf"{setting}: .* install cveval\[{extra}\]"):
        open_queue(settings, Policies(), Metrics(), queues=["evaluate:default"])
