"""The way of one evaluation through all containers."""

import httpx
import pytest

from tests.e2e.stack import Stack, docker, until_finished, uploaded


def test_sample_documents_are_evaluated(http: httpx.Client) -> None:
    accepted = http.post("/v1/evaluate", json=uploaded(http))
    assert accepted.status_code == 202
    result = until_finished(http, accepted.json()["id"])["result"]
    assert 0.2 <= result["cv_match_rate"] <= 1
    assert 2 <= result["project_score"] <= 10


def test_a_repeated_key_gets_the_first_answer_again(stack: Stack, http: httpx.Client) -> None:
    ids = uploaded(http)
    first, again = (
        http.post("/v1/evaluate", json=ids, headers={"Idempotency-Key": "the-same"}) for _ in range(2)
    )
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert stack.sql(f"SELECT count(*) FROM jobs WHERE cv_id = '{ids['cv_id']}'") == [["1"]]


def test_a_record_that_nobody_can_read_becomes_a_dead_letter_and_others_go_on(
    stack: Stack, http: httpx.Client
) -> None:
    # The topic is there once something was published.
    until_finished(http, http.post("/v1/evaluate", json=uploaded(http)).json()["id"])
    produce = ("exec", "-T", "redpanda", "rpk", "topic", "produce", "evaluate.default")
    stack.compose(*produce, given="no event at all\n")
    code = stack.until("SELECT error_code FROM dead_letters WHERE job_id IS NULL")
    assert code
    until_finished(http, http.post("/v1/evaluate", json=uploaded(http)).json()["id"])


def test_cron_has_called_purge_and_purge_archives_and_deletes_what_is_old(
    stack: Stack, http: httpx.Client
) -> None:
    assert '"status": 200' in stack.compose("logs", "cron").stdout
    old, young = uploaded(http)["cv_id"], uploaded(http)["cv_id"]
    stack.sql(f"UPDATE uploads SET created_at = created_at - interval '31 days' WHERE id = '{old}'")
    # A new cron calls at once.
    stack.compose("restart", "--timeout", "5", "cron")
    stack.until(f"SELECT 'gone' WHERE NOT EXISTS (SELECT FROM uploads WHERE id = '{old}')")
    assert stack.sql(f"SELECT count(*) FROM uploads WHERE id = '{young}'") == [["1"]]
    archived = stack.compose("run", "--rm", "--no-deps", "-T", "cveval", "archive", "list").stdout
    assert old in archived
    assert young not in archived


def test_the_command_line_tells_the_history_of_a_job(stack: Stack, http: httpx.Client) -> None:
    job_id = http.post("/v1/evaluate", json=uploaded(http)).json()["id"]
    until_finished(http, job_id)
    told = stack.compose("run", "--rm", "--no-deps", "-T", "cveval", "why", job_id).stdout
    assert "attempt 1 completed" in told
    doctor = stack.compose("run", "--rm", "--no-deps", "-T", "cveval", "doctor").stdout
    assert "failed" not in doctor


def test_only_submit_publishes_a_port_and_on_loopback(stack: Stack) -> None:
    published = {
        service: [
            at["HostIp"]
            for bindings in stack.container(service)["NetworkSettings"]["Ports"].values()
            for at in bindings or []
        ]
        for service in stack.services()
    }
    assert {service: at for service, at in published.items() if at} == {"submit": ["127.0.0.1"]}


def test_containers_run_confined(stack: Stack) -> None:
    for service in stack.services():
        found = stack.container(service)
        host = found["HostConfig"]
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert host["Memory"], service
        assert host["NanoCpus"], service
        # Redpanda writes its own configuration.
        assert host["ReadonlyRootfs"] or service == "redpanda", service
        if found["State"]["Running"]:
            # docker top needs the column PID.
            _, *processes = docker("top", found["Id"], "-eo", "pid,uid").stdout.splitlines()
            assert processes, service
            assert "0" not in {line.split()[1] for line in processes}, service


@pytest.mark.parametrize(
    ("service", "setting", "value"),
    [
        ("submit", "CVEVAL_LEASE", "soon"),
        ("submit", "CVEVAL_DATABASE_URL", "nonsense"),
        ("evaluate", "CVEVAL_EVALUATE_MAX_JOBS", "none"),
        ("purge", "CVEVAL_PURGE_BATCH", "-1"),
        ("shim", "CVEVAL_SHIM_FUNCTION_URL", "nowhere"),
        ("shim", "PORT", "ninety"),
        ("migrate", "CVEVAL_DATABASE_URL", "secret-nonsense://"),
        ("cveval", "CVEVAL_LEASE", "soon"),
        ("cron", "CVEVAL_PURGE_EVERY", "soon"),
        ("backup", "CVEVAL_BACKUP_EVERY", "-1"),
    ],
)
def test_a_wrong_setting_ends_the_container_and_names_itself(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, service: str, setting: str, value: str
) -> None:
    run: tuple[str, ...] = ("run", "--rm", "--no-deps", "-T")
    words = ("purge",) if service == "cveval" else ()
    if service in ("cron", "backup"):
        # Compose reads it, as it would from .env.
        monkeypatch.setenv(setting, value)
    else:
        run = (*run, "-e", f"{setting}={value}")
    ended = stack.compose(*run, service, *words, check=False)
    assert ended.returncode != 0
    assert ("CVEVAL_SHIM_PORT" if setting == "PORT" else setting) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert value not in ended.stderr or setting != "CVEVAL_DATABASE_URL"
