"""Alert rules and dashboard: correct for Prometheus' own tool, about metrics that exist, and each alert with its place in the runbook."""

import json
import re
import shutil
import subprocess
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from cveval.observability import Metrics

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]
}
DASHBOARD = json.loads((FOLDER / "grafana/dashboards/cveval.json").read_text(encoding="utf-8"))
TRIED = Path(__file__).with_name("alerts_test.yml")
ERRORS = ROOT / "docs" / "reference" / "errors.md"
RUNBOOK = ROOT / "docs" / "how-to" / "runbook.md"
OF_EVERY_TARGET = {"job", "instance", "le"}


def promtool(*arguments: str | Path) -> str:
    found = shutil.which("promtool")
    if not found:
        pytest.skip("no promtool: it is in Debian's package prometheus")
    done = subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@cache
def exposed() -> dict[str, set[str]]:
    """Every series that a program may show, with its labels."""
    found = {}
    for collector in vars(Metrics()).values():
        for family in collector.describe() if hasattr(collector, "describe") else []:
            endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
            for ending in endings.get(family.type, ("",)):
                found[family.name + ending] = set(collector._labelnames)
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in ALERTS.values()] + asked


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\bcveval_\w+", text))


def test_prometheus_takes_its_configuration_and_the_rules() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "config", FOLDER / "prometheus.yml")


def test_each_alert_fires_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", TRIED)


def test_of_each_alert_there_is_a_case_that_fires_and_one_that_does_not() -> None:
    cases = [
        (case["alertname"], bool(case["exp_alerts"]))
        for test in yaml.safe_load(TRIED.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
    ]
    assert set(cases) == {(alert, fires) for alert in ALERTS for fires in (True, False)}


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_asks_for_metrics_and_labels_that_exist(expression: str) -> None:
    asked = metrics_in(expression)
    assert asked <= exposed().keys()
    labels = set().union(*(exposed()[name] for name in asked)) | OF_EVERY_TARGET
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert set(grouped.split(", ")) <= labels
    for selected in re.findall(r"\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*[=!]", selected)) <= labels


def test_every_metric_is_on_the_dashboard() -> None:
    shown = set().union(*(metrics_in(target["expr"]) for panel in panels() for target in panel["targets"]))
    ending = re.compile("_(bucket|sum|count)$")
    assert {ending.sub("", name) for name in exposed()} == {ending.sub("", name) for name in shown}


def test_a_legend_names_labels_by_which_its_expression_groups() -> None:
    for panel in panels():
        for target in panel["targets"]:
            grouped = {
                name for by in re.findall(r"\bby \(([^)]*)\)", target["expr"]) for name in by.split(", ")
            }
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= grouped, target


def lost(wanted: Any, kept: Any, where: str = "") -> list[str]:
    """What is in one JSON document and not, or not the same, in the other."""
    if isinstance(wanted, dict) and isinstance(kept, dict):
        return [one for key in wanted for one in lost(wanted[key], kept.get(key), f"{where}/{key}")]
    if isinstance(wanted, list) and isinstance(kept, list) and len(wanted) == len(kept):
        return [one for i in range(len(wanted)) for one in lost(wanted[i], kept[i], f"{where}/{i}")]
    return [] if wanted == kept else [where]


def as_grafana_reads_it(dashboard: dict[str, Any]) -> Any:
    """Read into Grafana's own types, which drop what they do not know, and written again."""
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))


def test_grafanas_own_types_know_every_field_of_the_dashboard() -> None:
    assert lost(DASHBOARD, as_grafana_reads_it(DASHBOARD)) == []
    misspelt = deepcopy(DASHBOARD)
    [defaults] = [
        panel["fieldConfig"]["defaults"] for panel in misspelt["panels"] if panel["id"] == panels()[0]["id"]
    ]
    defaults["units"] = defaults.pop("unit", "s")
    assert [where.rpartition("/")[2] for where in lost(misspelt, as_grafana_reads_it(misspelt))] == ["units"]


def test_panels_have_ids_of_their_own_and_lie_side_by_side() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_dashboard_asks_the_data_source_that_is_provisioned() -> None:
    [source] = yaml.safe_load((FOLDER / "grafana/datasources/prometheus.yml").read_text(encoding="utf-8"))[
        "datasources"
    ]
    asked = {json.dumps(one["datasource"]) for panel in panels() for one in (panel, *panel["targets"])}
    assert asked == {json.dumps({"type": source["type"], "uid": source["uid"]})}
    [provider] = yaml.safe_load((FOLDER / "grafana/dashboards/dashboards.yml").read_text(encoding="utf-8"))[
        "providers"
    ]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    [mounted] = [v for v in compose["grafana"]["volumes"] if v.startswith("./deploy/observability/grafana:")]
    assert provider["options"]["path"] == f"{mounted.split(':')[1]}/dashboards"


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_links_its_section_of_the_runbook(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["runbook"] == f"docs/how-to/runbook.md#{alert.lower()}"
    assert rule["annotations"]["summary"]
    [section] = re.findall(
        rf"^### {alert}\n\n(.+?)(?=^#|\Z)", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(section.split()) > 10


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    assert re.findall(r"^### (Cveval\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE) == list(ALERTS)


def test_the_runbook_has_a_line_for_each_error_code() -> None:
    lines = re.findall(r"^\| `(\w+)` \| (.+) \|$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    codes = set(re.findall(r"^\| `(\w+)`", ERRORS.read_text(encoding="utf-8"), re.MULTILINE))
    assert {code for code, _ in lines} == codes
    assert len(lines) == len(codes)
