"""Schemas that the makers of KEDA and Knative Serving publish: the custom resource definitions inside their Go modules."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

Schema = dict[str, Any]
DEFINITIONS = {
    # module → where its definitions lie
    "github.com/kedacore/keda/v2@v2.21.0": "config/crd/bases",
    "knative.dev/serving@v0.51.0": "config/core/300-resources",
}


@cache
def published() -> dict[tuple[str, str], Schema]:
    """(apiVersion, kind) → its schema, in which a field that is not named is an error, as it is for kubectl."""
    if not shutil.which("go"):
        pytest.skip("no Go: it fetches the definitions of KEDA and Knative")
    # Outside of any module of ours; what was fetched once is in Go's own cache.
    said = subprocess.run(
        ["go", "mod", "download", "-json", *DEFINITIONS],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout
    found: dict[tuple[str, str], Schema] = {}
    for module in _each(said):
        folder = Path(module["Dir"], DEFINITIONS[f"{module['Path']}@{module['Version']}"])
        for file in folder.glob("*.yaml"):
            spec = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]
            for version in spec["versions"]:
                name = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                found[name] = _strict(version["schema"]["openAPIV3Schema"])
    return found


def _each(documents: str) -> list[dict[str, str]]:
    """JSON documents, one after the other."""
    decoder, found, rest = json.JSONDecoder(), [], documents.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
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
