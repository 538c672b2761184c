"""Schemas that those who read our manifests publish: the custom resource definitions inside Go modules of KEDA and Knative, the description of
Cloud Run's API inside Google's, and Config Connector's definition of a schedule inside a Python package. What was fetched once is in Go's own cache.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from cnrm_pydantic_models.cloudschedulerjob import Model as CloudSchedulerJob

Schema = dict[str, Any]
Kinds = dict[tuple[str, str], Schema]
"""(apiVersion, kind) → its schema, in which a field that is not named is an error, as it is for kubectl and gcloud."""

DEFINITIONS = {
    # module → where its definitions lie
    "github.com/kedacore/keda/v2@v2.21.0": ["config/crd/bases/*.yaml"],
    "knative.dev/serving@v0.51.0": ["config/core/300-resources/*.yaml"],
    # Carries the releases that it installs; among them the KafkaSource's, whose own module the proxy does not have.
    "knative.dev/operator@v0.42.2": [
        "cmd/operator/kodata/knative-eventing/1.15.0/1-eventing-crds.yaml",
        "cmd/operator/kodata/eventing-source/1.15/kafka/eventing-kafka-controller.yaml",
    ],
}
GOOGLE = "google.golang.org/api@v0.315.0"


@cache
def on_clusters() -> Kinds:
    """Of KEDA and of Knative."""
    found: Kinds = {}
    for module, patterns in DEFINITIONS.items():
        for file in (file for pattern in patterns for file in fetched()[module].glob(pattern)):
            for one in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                if one and one["kind"] == "CustomResourceDefinition":
                    found |= _defined(one["spec"])
    return found


@cache
def on_cloud_run() -> Kinds:
    """The manifests of Cloud Run are the messages of its API v1. A Service bears Knative's name, and takes less than Knative's."""
    described = json.loads((fetched()[GOOGLE] / "run/v1/run-api.json").read_text(encoding="utf-8"))
    messages = {name: _message(schema) for name, schema in described["schemas"].items()}
    return {
        ("serving.knative.dev/v1", "Service"): {**messages["Service"], "$defs": messages},
        ("run.googleapis.com/v1", "Job"): {**messages["Job"], "$defs": messages},
        ("cloudscheduler.cnrm.cloud.google.com/v1beta1", "CloudSchedulerJob"): (
            CloudSchedulerJob.model_json_schema()
        ),
    }


@cache
def fetched() -> dict[str, Path]:
    """Module → the folder that it lies in."""
    if not shutil.which("go"):
        pytest.skip("no Go: it fetches the definitions of KEDA, Knative and Cloud Run")
    # Outside of any module of ours.
    said = subprocess.run(
        ["go", "mod", "download", "-json", *DEFINITIONS, GOOGLE],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout
    return {f"{module['Path']}@{module['Version']}": Path(module["Dir"]) for module in _each(said)}


def _each(documents: str) -> Iterator[dict[str, str]]:
    """JSON documents, one after the other."""
    decoder, rest = json.JSONDecoder(), documents.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].lstrip()


def _defined(definition: Schema) -> Kinds:
    found: Kinds = {}
    for version in definition["versions"]:
        schema = _strict(version["schema"]["openAPIV3Schema"])
        # Every object has these, whether or not its definition says so.
        schema["properties"] = {"apiVersion": {}, "kind": {}, "metadata": {}} | schema.get("properties", {})
        found[f"{definition['group']}/{version['name']}", definition["names"]["kind"]] = schema
    return found


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(value) for name, value in schema.items()}
    is_closed = strict.get("type") == "object" and "properties" in strict
    if is_closed and not strict.get("x-kubernetes-preserve-unknown-fields"):
        strict.setdefault("additionalProperties", False)
    return strict


def _message(described: Schema) -> Schema:
    """Google's descriptions are an early draft of JSON Schema: types by name, and numbers of 64 bits as text."""
    if "$ref" in described:
        return {"$ref": f"#/$defs/{described['$ref']}"}
    schema = {key: described[key] for key in ("type", "enum") if described.get(key) not in (None, "any")}
    if described.get("format") == "int64":
        schema["type"] = ["string", "integer"]
    if "items" in described:
        schema["items"] = _message(described["items"])
    if schema.get("type") == "object":
        schema["properties"] = {name: _message(one) for name, one in described.get("properties", {}).items()}
        others = described.get("additionalProperties")
        schema["additionalProperties"] = _message(others) if others else False
    return schema
