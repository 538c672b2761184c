"""docker-compose.yml, read without Docker: what must hold whatever engine runs it."""

import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import yaml

from cveval.domain.policies import Policies
from cveval.settings import load
from cveval_local.settings import COMPOSE, misspelt_settings
from cveval_shim.settings import ShimSettings
from tests.platforms.manifests import DEPLOY, LONGEST_PURGE, MODELS, PORTS, ROOT, variables

COMPOSED = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSED["services"]
PROGRAMS = ("submit", "evaluate", "purge", "shim")
IN_ENV_EXAMPLE = {"POSTGRES_PASSWORD", "CVEVAL_PORT", "GRAFANA_PORT", *COMPOSE}
"""Read by docker-compose.yml itself."""
OPERATOR = ("cveval", "backup")


def default(value: str) -> str:
    """What a value is where .env says nothing."""
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", value)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_variable_is_a_setting_and_the_defaults_start_the_program(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = SERVICES[program]["environment"]
    # PGPASSWORD is read by the database's client library, PORT by the server.
    assert set(environment) - {"PGPASSWORD", "PORT"} <= variables(MODELS[program])
    assert environment["PORT"] == str(PORTS[program])
    for name, value in environment.items():
        monkeypatch.setenv(name, default(value))
    for model in MODELS[program]:
        load(model)


@pytest.mark.parametrize("service", OPERATOR)
def test_the_command_line_knows_every_variable_that_it_is_given(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = re.findall(r"^(CVEVAL_\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    for name in (*SERVICES[service]["environment"], *example):
        monkeypatch.setenv(name, "1")
    assert misspelt_settings() == []


def test_a_backup_outlives_its_container_and_the_database() -> None:
    for service in OPERATOR:
        assert "backups:/backups" in SERVICES[service]["volumes"]
        assert SERVICES[service]["image"] == SERVICES["cveval"]["image"]
    image = (DEPLOY / "local" / "Dockerfile").read_text(encoding="utf-8")
    assert "CVEVAL_BACKUP_FOLDER=/backups" in image
    # pg_dump is that of the server.
    assert re.findall(r"^FROM (\S+)$", image, re.MULTILINE)[-1] == SERVICES["postgres"]["image"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_pinned_or_built_here(service: str) -> None:
    found = SERVICES[service]
    name, _, tag = default(found["image"]).rpartition(":")
    assert tag
    assert tag != "latest"
    assert ("build" in found or service == "cron") is name.startswith("cveval-")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_confined_and_limited(service: str) -> None:
    found = SERVICES[service]
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["read_only"] is (service != "redpanda")
    assert {"cpus", "memory"} <= set(found["deploy"]["resources"]["limits"])
    published = found.get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert bool(published) is (service in ("submit", "grafana"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_waits_for_the_schema_and_is_given_time_to_drain(program: str) -> None:
    found = SERVICES[program]
    assert found["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert all(
        after["condition"] in ("service_healthy", "service_completed_successfully")
        for after in found["depends_on"].values()
    )
    grace = timedelta(seconds=int(found["stop_grace_period"].removesuffix("s")))
    assert grace > timedelta(seconds=30)
    assert grace > load(ShimSettings).drain + timedelta(seconds=10)


def test_cron_waits_longer_than_purge_takes() -> None:
    cron = (DEPLOY / "compose" / "cron.py").read_text(encoding="utf-8")
    patience = re.search(r"^PATIENCE = (\d+)$", cron, re.MULTILINE)
    assert patience
    assert timedelta(seconds=int(patience[1])) > LONGEST_PURGE


@pytest.mark.parametrize("value", ["soon", "-1", "0", "nan", "inf", ""])
@pytest.mark.parametrize(
    ("words", "setting"),
    [
        (["cron.py", "http://127.0.0.1:1/"], "CVEVAL_PURGE_EVERY"),
        (["backup.py"], "CVEVAL_BACKUP_EVERY"),
    ],
)
def test_what_runs_every_so_often_ends_at_a_wrong_setting_and_names_it(
    words: list[str], setting: str, value: str
) -> None:
    program, *arguments = words
    ended = subprocess.run(
        [sys.executable, DEPLOY / "compose" / program, *arguments, value],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{setting}: {value!r} ")
    assert f"${{{setting}:-" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_prometheus_asks_every_program_where_it_listens() -> None:
    config = yaml.safe_load((DEPLOY / "observability" / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = config["scrape_configs"]
    assert set(job["static_configs"][0]["targets"]) == {f"{name}:{port}" for name, port in PORTS.items()}


def test_the_example_of_env_names_only_what_is_read_and_says_the_defaults() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    known = IN_ENV_EXAMPLE.union(*(variables(models) for models in MODELS.values()))
    assert set(given) <= known
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name, value in given.items():
        assert re.search(rf"\$\{{{name}:?-{re.escape(value)}\}}", compose), name
    # What only docker-compose.yml reads is found nowhere else.
    every = set().union(*(variables(models) for models in MODELS.values()))
    assert set(re.findall(r"\$\{(\w+):?-", compose)) - every - {"REVISION"} <= set(given)


def test_the_impatient_settings_of_the_tests_hold_together(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = yaml.safe_load((ROOT / "tests/e2e/impatient.yml").read_text(encoding="utf-8"))
    for name, value in impatient["x-impatient"].items():
        monkeypatch.setenv(name, str(value))
    load(Policies)


def test_who_needs_nobody_outside_has_no_way_out_and_a_database_or_broker_of_ones_own_can_be_reached() -> (
    None
):
    assert COMPOSED["networks"]["inside"] == {"internal": True}
    outside = {name for name, found in SERVICES.items() if "outside" in found["networks"]}
    assert outside == {*PROGRAMS, "migrate", *OPERATOR, "grafana"}
    assert all("inside" in found["networks"] for found in SERVICES.values())


def test_images_can_be_read_by_their_user_whoever_can_read_the_checkout() -> None:
    images = {build["dockerfile"] for found in SERVICES.values() if (build := found.get("build"))}
    assert len(images) == 7
    for image in images:
        *_, before, last = (ROOT / image).read_text(encoding="utf-8").split("\nFROM ")
        copied = re.findall(r"^COPY (.+)$", last, re.MULTILINE)
        # Requirements are read by root, while the image is built.
        given = [words for words in copied if not words.startswith(("--from=build ", "requirements/"))]
        assert all(words.startswith("--chmod=0644 ") for words in given), image
        made = any(words.startswith("--from=build /app ") for words in copied)
        assert not made or " && chmod -R a+rX /app\n" in before, image
    # Only images that nobody builds here read files of the checkout itself.
    bound = {name for name, found in SERVICES.items() if any(v[0] == "." for v in found.get("volumes", []))}
    assert bound == {"prometheus", "grafana"}
