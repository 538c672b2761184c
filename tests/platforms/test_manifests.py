"""What deploy/ tells the platforms: valid where schemas are published, and never at odds with the programs.

Every kind is checked, fields and types, against what its platform publishes: Kubernetes' own by a package of its schemas, the others by tests/platforms/schemas.py.
"""

import re
from copy import deepcopy
from typing import Any

import jsonschema
import kubernetes_validate
import psycopg
import pytest

from cveval.domain.configuration import Settings
from cveval.domain.jobs import DEFAULT_QUEUE
from cveval.domain.policies import Policies
from cveval.queue.kafka.records import topic_of
from cveval.queue.kafka.settings import KafkaSettings
from cveval.settings import load
from cveval.store.transaction import Store
from cveval_shim.settings import ShimSettings
from tests.databases import PostgresDatabase
from tests.platforms.manifests import (
    LONGEST_PURGE,
    MODELS,
    PORTS,
    SOURCES,
    Manifest,
    containers,
    manifests,
    of_kind,
    pods,
    serving,
    variables,
)
from tests.platforms.schemas import on_cloud_run, on_clusters
from tests.samples import a_job

KUBERNETES = "1.34"
GUNICORN_DRAIN = 30
"""Seconds that gunicorn gives to requests after SIGTERM, where nobody says otherwise."""

OWN_KINDS = ("apps/v1", "batch/v1", "v1", "policy/v1", "networking.k8s.io/v1")


def at(manifest: Manifest, path: str) -> Any:
    for key in path.split("."):
        manifest = manifest[key]
    return manifest


def validate(source: str, manifest: Manifest) -> None:
    if manifest["apiVersion"] in OWN_KINDS:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        return
    published = on_cloud_run() if source == "cloudrun" else on_clusters()
    jsonschema.validate(manifest, published[manifest["apiVersion"], manifest["kind"]])


@pytest.mark.parametrize("source", SOURCES)
def test_manifests_fit_the_published_schemas(source: str) -> None:
    for manifest in manifests(source):
        validate(source, manifest)


@pytest.mark.parametrize(
    ("source", "kind", "path", "field", "value"),
    [
        # misspelt
        ("kubernetes/base", "Deployment", "spec", "replica", 1),
        ("kubernetes/keda", "ScaledObject", "spec", "maxReplicas", 1),
        ("kubernetes/keda", "TriggerAuthentication", "spec", "secretRef", 1),
        ("knative", "Service", "spec.template.spec", "containerConcurency", 1),
        ("knative", "KafkaSource", "spec.delivery", "retries", 1),
        ("knative", "PingSource", "spec.sink", "url", "http://purge"),
        ("cloudrun", "Service", "spec.template.spec", "timeout", 1),
        ("cloudrun", "Job", "spec.template.spec", "tasks", 1),
        ("cloudrun", "CloudSchedulerJob", "spec.httpTarget", "url", "http://purge"),
        # what only Knative knows
        ("cloudrun", "Service", "spec.template.spec", "automountServiceAccountToken", False),
        # of another type
        ("kubernetes/base", "Deployment", "spec", "selector", "all"),
        ("kubernetes/keda", "ScaledObject", "spec", "maxReplicaCount", "20"),
        ("knative", "Service", "spec.template.spec", "timeoutSeconds", "330s"),
        ("knative", "KafkaSource", "spec", "topics", "evaluate.default"),
        ("knative", "PingSource", "spec", "data", {}),
        ("cloudrun", "Service", "spec.template.spec", "timeoutSeconds", "330s"),
        ("cloudrun", "Job", "spec.template.spec", "taskCount", "one"),
        ("cloudrun", "CloudSchedulerJob", "spec.retryConfig", "retryCount", "none"),
    ],
)
def test_a_field_that_is_misspelt_or_of_another_type_is_found(
    source: str, kind: str, path: str, field: str, value: object
) -> None:
    manifest = deepcopy(next(iter(of_kind(source, kind).values())))
    validate(source, manifest)
    at(manifest, path)[field] = value
    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        validate(source, manifest)


@pytest.mark.parametrize("source", SOURCES)
def test_every_variable_is_a_setting_of_its_program(source: str) -> None:
    for container in containers(manifests(source)):
        shared = variables(MODELS["shim"]) if source.startswith("kubernetes") else set()
        unknown = set(container.environment) - variables(MODELS[container.program]) - {"PORT"} - shared
        assert not unknown, (container.where, unknown)


@pytest.mark.parametrize("source", SOURCES)
def test_every_program_starts_with_what_it_is_given(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for container in containers(manifests(source)):
        if "urllib.request" in " ".join(container.words):
            continue
        with monkeypatch.context() as patched:
            for name, value in container.environment.items():
                patched.setenv(name, value)
            loaded: dict[type[Settings], Any] = {m: load(m) for m in MODELS[container.program]}
        if container.program == "shim" and "relay" not in " ".join(container.words):
            assert loaded[ShimSettings].function_url, container.where


@pytest.mark.parametrize("source", SOURCES)
def test_ports_and_probes_are_where_the_program_listens(source: str) -> None:
    for container in serving(source):
        [port] = container.spec["ports"]
        assert port["containerPort"] == PORTS[container.program], container.where
        assert container.environment.get("PORT", str(port["containerPort"])) == str(port["containerPort"])
        # What lets traffic in asks for the database. A readiness probe is a preview on Cloud Run: the startup probe is its gate.
        gate = "startupProbe" if source == "cloudrun" else "readinessProbe"
        assert {gate, "livenessProbe"} <= set(container.spec), container.where
        for probe in {"startupProbe", "livenessProbe", "readinessProbe"} & set(container.spec):
            asked = container.spec[probe]["httpGet"]
            assert asked["path"] == ("/readyz" if probe == gate else "/healthz"), container.where
            assert asked.get("port", port["name"]) == port["name"], container.where


@pytest.mark.parametrize("source", ["kubernetes/base", "kubernetes/backup", "knative"])
def test_containers_are_confined(source: str) -> None:
    for container in containers(manifests(source)):
        confined = container.spec["securityContext"]
        both = {**container.pod.get("securityContext", {}), **confined}
        assert both["runAsNonRoot"] is True, container.where
        assert both["runAsUser"] == 10001, container.where
        assert both["seccompProfile"] == {"type": "RuntimeDefault"}, container.where
        assert confined["readOnlyRootFilesystem"] is True, container.where
        assert confined["allowPrivilegeEscalation"] is False, container.where
        assert confined["capabilities"] == {"drop": ["ALL"]}, container.where
        assert container.spec["resources"]["limits"]["memory"], container.where
        assert container.spec["resources"]["requests"], container.where


@pytest.mark.parametrize("source", SOURCES)
def test_images_of_one_release_bear_one_tag(source: str) -> None:
    assert len({c.image.rpartition(":")[2] for c in containers(manifests(source))}) == 1


@pytest.mark.parametrize("source", SOURCES)
def test_a_pod_lives_longer_than_its_drain(source: str) -> None:
    for container in serving(source):
        if "terminationGracePeriodSeconds" not in container.pod:
            # The platform's to say: Knative waits for the request's time-out, Cloud Run ten seconds.
            continue
        sleep = container.spec.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        drain: float = GUNICORN_DRAIN
        if container.program == "shim":
            drain = load(ShimSettings).drain.total_seconds() + 10
        assert container.pod["terminationGracePeriodSeconds"] > sleep + drain, container.where


@pytest.mark.parametrize("source", ["knative", "cloudrun"])
def test_a_platform_waits_longer_than_the_program(source: str) -> None:
    longest = {
        "evaluate": Policies().request_timeout.total_seconds(),
        "purge": LONGEST_PURGE.total_seconds(),
    }
    for container in serving(source):
        if container.program in longest and "timeoutSeconds" in container.pod:
            assert container.pod["timeoutSeconds"] > longest[container.program], container.where


def test_whoever_calls_purge_waits_until_it_has_answered() -> None:
    job = of_kind("kubernetes/base", "CronJob")["purge"]["spec"]["jobTemplate"]["spec"]
    [call] = [one for one in containers(manifests("kubernetes/base")) if one.where == "CronJob purge"]
    waits = re.search(r"timeout=(\d+)", " ".join(call.words))
    assert waits
    assert LONGEST_PURGE.total_seconds() < int(waits[1]) < job["activeDeadlineSeconds"]
    [purge] = [one for one in serving("cloudrun") if one.program == "purge"]
    scheduled = of_kind("cloudrun", "CloudSchedulerJob")["cveval-purge"]["spec"]
    assert purge.pod["timeoutSeconds"] < int(scheduled["attemptDeadline"].removesuffix("s"))


@pytest.mark.parametrize("source", ["knative", "cloudrun"])
def test_evaluate_gets_no_more_events_at_a_time_than_it_takes(source: str) -> None:
    [evaluate] = [c for c in serving(source) if c.program == "evaluate"]
    [settings] = [m for m in MODELS["evaluate"] if "max_jobs" in m.model_fields]
    assert evaluate.pod["containerConcurrency"] == load(settings).max_jobs  # type: ignore[attr-defined]


@pytest.mark.parametrize("source", ["kubernetes/base", "kubernetes/keda"])
def test_services_wait_for_the_schema_of_their_own_release(source: str) -> None:
    for deployment in of_kind(source, "Deployment").values():
        [pod] = pods(deployment)
        [first] = pod["initContainers"]
        assert first["args"] == ["status"]
        assert "cveval-migrate:" in first["image"]


def test_whoever_reads_the_topic_says_the_same_group_and_topic() -> None:
    topic = topic_of(DEFAULT_QUEUE)
    group = f"{load(KafkaSettings, brokers='b:1').group}.{topic}"
    source = of_kind("knative", "KafkaSource")["cveval"]["spec"]
    assert (source["topics"], source["consumerGroup"]) == ([topic], group)
    scaled = of_kind("kubernetes/keda", "ScaledObject")["evaluate"]["spec"]
    kafka = next(t["metadata"] for t in scaled["triggers"] if t["type"] == "kafka")
    assert (kafka["topic"], kafka["consumerGroup"]) == (topic, group)
    brokers = of_kind("kubernetes/base", "ConfigMap")
    [config] = brokers.values()
    assert kafka["bootstrapServers"] == config["data"]["CVEVAL_KAFKA_BROKERS"]


def test_keda_scales_a_deployment_that_says_no_number_itself() -> None:
    scaled = of_kind("kubernetes/keda", "ScaledObject")["evaluate"]["spec"]
    deployment = of_kind("kubernetes/keda", "Deployment")[scaled["scaleTargetRef"]["name"]]
    assert "replicas" not in deployment["spec"]
    authentications = of_kind("kubernetes/keda", "TriggerAuthentication")
    assert all(
        t["authenticationRef"]["name"] in authentications
        for t in scaled["triggers"]
        if "authenticationRef" in t
    )


async def test_kedas_question_counts_what_is_due(
    postgres_database: PostgresDatabase, postgres_store: Store
) -> None:
    scaled = of_kind("kubernetes/keda", "ScaledObject")["evaluate"]["spec"]
    query = next(t["metadata"]["query"] for t in scaled["triggers"] if t["type"] == "postgresql")
    for _ in range(2):
        await a_job(postgres_store)
    async with await psycopg.AsyncConnection.connect(
        postgres_database.address, autocommit=True
    ) as connection:
        for state in (
            # due, and published already
            "due_at = now() + interval '1 h'",
            # not yet, at work, finished
            "run_at = now() + interval '1 h', due_at = now() + interval '1 h'",
            "status = 'processing', worker = 'one', started_at = now()",
            "status = 'completed', due_at = NULL",
            "status = 'failed', due_at = NULL, error_code = 'timeout'",
        ):
            job_id = await a_job(postgres_store)
            await connection.execute(f"UPDATE jobs SET {state} WHERE id = %s", (job_id,))
        assert await (await connection.execute(query)).fetchall() == [(3,)]


def test_the_kafka_source_gives_evaluate_as_long_as_the_consumer_would() -> None:
    source = of_kind("knative", "KafkaSource")["cveval"]["spec"]
    assert source["delivery"]["timeout"] == f"PT{Policies().request_timeout.total_seconds():.0f}S"
    assert source["sink"]["ref"]["name"] in of_kind("knative", "Service")


def test_kubernetes_backs_up_once_a_day_into_a_claim_and_restores_it_the_same_day() -> None:
    jobs = of_kind("kubernetes/backup", "CronJob")
    [claim] = of_kind("kubernetes/backup", "PersistentVolumeClaim")
    began = {}
    for name, words in (("backup", ["backup"]), ("backup-verify", ["backup", "verify"])):
        minute, hour, *days = jobs[name]["spec"]["schedule"].split()
        # As the alerts expect it (deploy/observability/alerts.yml).
        assert days == ["*", "*", "*"]
        began[name] = int(hour) * 3600 + int(minute) * 60
        [pod] = pods(jobs[name])
        [container] = pod["containers"]
        assert container["args"] == words
        assert {"name": "backups", "mountPath": "/backups"} in container["volumeMounts"]
        assert {"name": "backups", "persistentVolumeClaim": {"claimName": claim}} in pod["volumes"]
        # The claim is root's; the program is not.
        assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
    longest = jobs["backup"]["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    assert began["backup"] + longest <= began["backup-verify"]
