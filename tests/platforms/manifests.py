"""What deploy/ asks platforms to run, read without any of them: every container with its program, its settings and its ports."""

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cveval.domain.configuration import Settings
from cveval.domain.policies import Policies
from cveval.queue.kafka.settings import KafkaSettings
from cveval.settings import DatabaseSettings
from cveval_purge.settings import ArchiveSettings, PurgeSettings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DATABASE_URL = "postgresql://cveval:secret@db/cveval"
LONGEST_PURGE = PurgeSettings().max_time + 4 * ArchiveSettings().timeout
"""What was begun in time is written and read back, each tried again once."""
PORTS = {"submit": 8080, "evaluate": 8080, "purge": 8080, "shim": 8081}

Manifest = dict[str, Any]


def in_module(name: str) -> tuple[type[Settings], ...]:
    """The settings models that a module defines."""
    return tuple(
        found
        for found in vars(importlib.import_module(name)).values()
        if isinstance(found, type) and issubclass(found, Settings) and found.__module__ == name
    )


EVERY: tuple[type[Settings], ...] = (DatabaseSettings, Policies)
MODELS: dict[str, tuple[type[Settings], ...]] = {
    "submit": (*EVERY, *in_module("cveval_submit.settings")),
    "evaluate": (*EVERY, *in_module("cveval_evaluate.settings")),
    "purge": (*EVERY, *in_module("cveval_purge.settings")),
    "shim": (*EVERY, KafkaSettings, *in_module("cveval_shim.settings")),
    "operator": (
        *EVERY,
        *in_module("cveval_submit.settings"),
        *in_module("cveval_evaluate.settings"),
        *in_module("cveval_purge.settings"),
        *in_module("cveval_local.settings"),
    ),
    "migrate": (DatabaseSettings,),
}


def variables(models: tuple[type[Settings], ...]) -> set[str]:
    return {name for model in models for name in model.variables().values()}


@dataclass(frozen=True)
class Container:
    """One container of one manifest; `environment` with a likely value where a secret gives it."""

    where: str
    program: str
    image: str
    environment: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    spec: Manifest = field(default_factory=dict)
    pod: Manifest = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)


def documents(path: Path) -> list[Manifest]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def kustomized(folder: str) -> list[Manifest]:
    """What `kubectl apply -k` would send, rendered by the real kustomize."""
    kustomize = os.environ.get("CVEVAL_TEST_KUSTOMIZE") or shutil.which("kustomize")
    if not kustomize:
        pytest.skip("no kustomize: set CVEVAL_TEST_KUSTOMIZE")
    rendered = subprocess.run(
        [kustomize, "build", str(DEPLOY / "kubernetes" / folder)], capture_output=True, text=True, check=True
    )
    return [one for one in yaml.safe_load_all(rendered.stdout) if one]


def in_folder(folder: str) -> list[Manifest]:
    return [one for path in sorted((DEPLOY / folder).glob("*.yaml")) for one in documents(path)]


SOURCES: dict[str, Callable[[], list[Manifest]]] = {
    "kubernetes/base": lambda: kustomized("base"),
    "kubernetes/keda": lambda: kustomized("keda"),
    "kubernetes/backup": lambda: kustomized("backup"),
    "knative": lambda: in_folder("knative"),
    "cloudrun": lambda: in_folder("cloudrun"),
}


@cache
def manifests(source: str) -> list[Manifest]:
    return SOURCES[source]()


def of_kind(source: str, kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests(source) if one["kind"] == kind}


def serving(source: str) -> list[Container]:
    """The containers that go on running: a program that serves."""
    return [c for c in containers(manifests(source)) if "ports" in c.spec]


def templates(manifest: Manifest) -> Iterator[Manifest]:
    """The templates of pods inside a manifest, whatever wraps them."""
    if isinstance(manifest, dict):
        if "containers" in manifest.get("spec", {}):
            yield manifest
        for value in manifest.values():
            yield from templates(value)


def pods(manifest: Manifest) -> Iterator[Manifest]:
    """Their specifications."""
    for template in templates(manifest):
        yield template["spec"]


def containers(found: list[Manifest]) -> list[Container]:
    shared = {one["metadata"]["name"]: one["data"] for one in found if one["kind"] == "ConfigMap"}
    return [
        _container(manifest, template, spec, shared)
        for manifest in found
        for template in templates(manifest)
        for spec in [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]
    ]


def _container(
    manifest: Manifest, template: Manifest, spec: Manifest, shared: dict[str, Manifest]
) -> Container:
    found = re.fullmatch(r"(?:[\w.-]+/)*cveval-(\w+):([\w.]+)", spec["image"])
    assert found, spec["image"]
    environment: dict[str, str] = {}
    for source in spec.get("envFrom", []):
        environment |= shared[source["configMapRef"]["name"]]
    for one in spec.get("env", []):
        environment[one["name"]] = one.get("value", DATABASE_URL)
    words = (*spec.get("command", []), *spec.get("args", []))
    where = f"{manifest['kind']} {manifest['metadata']['name']}"
    about = template.get("metadata", {})
    return Container(
        where,
        found[1],
        spec["image"],
        environment,
        words,
        spec,
        template["spec"],
        about.get("labels", {}),
        about.get("annotations", {}),
    )
