"""Several queues in one model: what is not said is inherited, and what cannot hold refuses to start and names itself."""

from datetime import timedelta

import pytest

from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Policies
from cveval.settings import load


def policies_of(monkeypatch: pytest.MonkeyPatch, queues: str, **others: str) -> Policies:
    monkeypatch.setenv("CVEVAL_QUEUES", queues)
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    return load(Policies)


def test_a_queue_has_what_is_said_of_it_and_else_what_is_said_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policies = policies_of(
        monkeypatch,
        '{"evaluate:bulk": {"max_concurrency": 2, "lease": "2m", "backoff_from": 5}, "evaluate:a_1": {}}',
        CVEVAL_MAX_ATTEMPTS="7",
    )
    assert policies.queue_names == ("evaluate:default", "evaluate:a_1", "evaluate:bulk")
    bulk, default = policies.of("evaluate:bulk"), policies.of("evaluate:default")
    assert (bulk.max_concurrency, bulk.max_attempts, bulk.lease) == (2, 7, timedelta(minutes=2))
    assert bulk.backoff(1, 1.0) == timedelta(seconds=5)
    assert (default.max_concurrency, default.lease) == (8, timedelta(minutes=1))
    assert policies.leases_for(1.0) == {"evaluate:bulk": timedelta(seconds=132)}


def test_the_default_queue_may_have_policies_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = policies_of(monkeypatch, '{"evaluate:default": {"max_attempts": 2}}')
    assert policies.queue_names == ("evaluate:default",)
    assert (policies.of("evaluate:default").max_attempts, policies.max_attempts) == (2, 5)


@pytest.mark.parametrize(
    ("queues", "said"),
    [
        ("", "is no JSON"),
        ("bulk", "is no JSON"),
        ("[]", "dictionary"),
        ('{"evaluate:bulk": {}, "evaluate:bulk": {}}', "twice"),
        ('{"bulk": {}}', "'bulk' is no name of a queue"),
        ('{"evaluate:bulk.dlq": {}}', "is no name of a queue"),
        ('{"evaluate:bulk": 3}', "evaluate:bulk"),
        ('{"evaluate:bulk": {"concurrency": 3}}', "evaluate:bulk: 'concurrency' is none of its settings: max_concurrency, max_attempts, "),
        ('{"evaluate:bulk": {"max_concurrency": 0}}', "evaluate:bulk.max_concurrency"),
        ('{"evaluate:bulk": {"lease": "soon"}}', "evaluate:bulk.lease: is no duration"),
        ('{"evaluate:bulk": {"lease": "40s"}}', "evaluate:bulk: CVEVAL_HEARTBEAT must be under a third of CVEVAL_LEASE"),
        ('{"evaluate:bulk": {"job_timeout": "1m"}}', "evaluate:bulk: CVEVAL_LEASE with its jitter must be under"),
        ('{"evaluate:bulk": {"job_timeout": "10m"}}', "must be under CVEVAL_REQUEST_TIMEOUT"),
        ('{"evaluate:bulk": {"backoff_from": "11m"}}', "must not be over CVEVAL_BACKOFF_TO"),
    ],
)  # fmt: skip
def test_a_wrong_queue_refuses_to_start_and_names_itself(
    monkeypatch: pytest.MonkeyPatch, queues: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        policies_of(monkeypatch, queues)
    assert str(refused.value).startswith("CVEVAL_QUEUES")
    assert said in str(refused.value)
