"""What kube-score, a linter of manifests, says of those for plain Kubernetes."""

import json
import os
import shutil
import subprocess
from copy import deepcopy
from typing import Any

import pytest
import yaml

from tests.platforms.manifests import Manifest, kustomized

NOT_FOR_US = {
    "container-image-pull-policy": "a tag names one release: a start need not ask the registry",
    "container-ephemeral-storage-request-and-limit": "roots are read-only, /tmp is memory of a limited size",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints spread the pods, and one node is enough",
}
FEW_BY_INTENT = {
    # Called once an hour, and again by the next call.
    "kubernetes/base": {("Deployment", "purge", "deployment-replicas")},
    # KEDA says how many.
    "kubernetes/keda": {
        ("Deployment", "purge", "deployment-replicas"),
        ("Deployment", "evaluate", "deployment-replicas"),
    },
    "kubernetes/backup": set(),
}

GOOD = 10
"""The grade of what is as it should be; 5 is a warning, 1 is critical."""

Finding = tuple[str, str, str]
"""(kind, name, check)"""


def findings(manifests: list[Manifest]) -> set[Finding]:
    kube_score = os.environ.get("CVEVAL_TEST_KUBE_SCORE") or shutil.which("kube-score")
    if not kube_score:
        pytest.skip("no kube-score: set CVEVAL_TEST_KUBE_SCORE")
    said = subprocess.run(
        [
            *(kube_score, "score", "--output-format", "json", "--kubernetes-version", "v1.30"),
            # A container may take what its node does not need.
            "--ignore-container-cpu-limit",
            *(word for check in NOT_FOR_US for word in ("--ignore-test", check)),
            "-",
        ],
        input=yaml.safe_dump_all(manifests),
        capture_output=True,
        text=True,
        check=False,
    )
    # It exits 1 where it found something.
    assert said.returncode in (0, 1), said.stderr
    return {
        (one["type_meta"]["kind"], one["object_meta"]["name"], check["check"]["id"])
        for one in json.loads(said.stdout)
        for check in one["checks"]
        if not check["skipped"] and check["grade"] < GOOD
    }


@pytest.mark.parametrize("source", FEW_BY_INTENT)
def test_the_linter_finds_nothing_but_what_is_meant(source: str) -> None:
    assert findings(kustomized(source.removeprefix("kubernetes/"))) == FEW_BY_INTENT[source]


def changed(kind: str, name: str, path: tuple[str | int, ...], value: object) -> list[Manifest]:
    """The base, with one field of one manifest set, or taken away."""
    manifests = deepcopy(kustomized("base"))
    at: Any = next(one for one in manifests if (one["kind"], one["metadata"]["name"]) == (kind, name))
    *way, last = path
    for key in way:
        at = at[key]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return manifests


POD = ("spec", "template", "spec", "containers", 0)


@pytest.mark.parametrize(
    ("kind", "name", "path", "value", "found"),
    [
        ("Deployment", "submit", ("spec", "replicas"), 1, ("submit", "deployment-replicas")),
        ("Deployment", "submit", (*POD, "image"), "cveval-submit:latest", ("submit", "container-image-tag")),
        ("Deployment", "submit", (*POD, "resources", "limits"), None, ("submit", "container-resources")),
        ("Deployment", "submit", (*POD, "readinessProbe"), None, ("submit", "pod-probes")),
        (
            "PodDisruptionBudget",
            "submit",
            ("spec", "selector", "matchLabels"),
            {"app.kubernetes.io/name": "submitt"},
            ("submit", "deployment-has-poddisruptionbudget"),
        ),
    ],
)
def test_the_linter_finds(
    kind: str, name: str, path: tuple[str | int, ...], value: object, found: tuple[str, str]
) -> None:
    assert ("Deployment", *found) in findings(changed(kind, name, path, value))
