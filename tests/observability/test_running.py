"""Prometheus itself, run on what deploy/observability gives it and on a page of metrics as every program serves it.

It is Debian's version, older than the one of docker-compose.yml. Grafana is not run: it comes in no package that may be used here.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import httpx
import pytest
import yaml

from cveval.observability import Metrics

FOLDER = Path(__file__).parents[2] / "deploy" / "observability"
LONG = 60
"""Seconds that are for ever."""


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()
        self.wfile.write(Metrics().render())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def a_program() -> Iterator[str]:
    """host:port"""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture
def prometheus(a_program: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """Its API."""
    found = shutil.which("prometheus")
    if not found:
        pytest.skip("no prometheus: it is in Debian's package of that name")
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = dict.fromkeys(config["global"], "200ms")
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [a_program]
    (tmp_path / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    shutil.copy(FOLDER / "alerts.yml", tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    command = [found, "--config.file", "prometheus.yml", "--storage.tsdb.path", "data"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [*command, "--web.listen-address", listen], cwd=tmp_path, stdout=log, stderr=log
        ) as process,
        httpx.Client(base_url=f"http://{listen}/api/v1/", transport=httpx.HTTPTransport(retries=8)) as api,
    ):
        try:
            yield api
        finally:
            process.terminate()


def ask(api: httpx.Client, path: str, **parameters: str) -> Any:
    answer = api.get(path, params=parameters).json()
    assert answer["status"] == "success", (parameters, answer)
    return answer["data"]


def test_prometheus_scrapes_a_program_evaluates_each_rule_and_understands_each_panel(
    prometheus: httpx.Client,
) -> None:
    deadline = monotonic() + LONG
    rules, was_scraped = [], []
    while monotonic() < deadline:
        rules = [rule for group in ask(prometheus, "rules")["groups"] for rule in group["rules"]]
        was_scraped = ask(prometheus, "query", query='up{job="cveval"} == 1')["result"]
        if was_scraped and "unknown" not in {rule["health"] for rule in rules}:
            break
    assert was_scraped, ask(prometheus, "targets")
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    ours = [rule["alert"] for group in groups for rule in group["rules"]]
    assert {rule["name"]: rule["health"] for rule in rules} == dict.fromkeys(ours, "ok")
    panels = json.loads((FOLDER / "grafana/dashboards/cveval.json").read_text(encoding="utf-8"))["panels"]
    for expression in [target["expr"] for panel in panels for target in panel.get("targets", [])]:
        ask(prometheus, "query", query=expression)
