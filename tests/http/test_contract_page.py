"""The OpenAPI document and the reference page that is made from it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from cveval_submit import schemas
from cveval_submit.openapi import openapi

PAGE = (Path(__file__).parents[2] / "docs/reference/http.md").read_text("utf-8")


def examples() -> Iterator[tuple[str, Any]]:
    """(name of the shape, example) of every JSON body in the contract."""
    for methods in openapi()["paths"].values():
        for operation in methods.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (body.get("content", {}).get("application/json") for body in bodies):
                if content:
                    yield content["schema"]["$ref"].rpartition("/")[2], content["example"]


@pytest.mark.parametrize(("shape", "example"), list(examples()))
def test_every_example_of_the_contract_keeps_the_contract(shape: str, example: Any) -> None:
    model = getattr(schemas, shape)
    assert issubclass(model, BaseModel)
    model.model_validate_json(json.dumps(example))


def test_the_page_has_every_operation_field_and_code() -> None:
    document = openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"## {method.upper()} {path}\n" in PAGE
            codes = re.findall(r'"code": {"enum": \[(.*?)\]', json.dumps(operation))
            assert codes
            for code in json.loads(f"[{', '.join(codes)}]"):
                assert f"`{code}`" in PAGE
    for shape in document["components"]["schemas"].values():
        for field in shape.get("properties", {}):
            assert f"| `{field}` |" in PAGE


def test_every_link_within_the_page_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
    assert set(re.findall(r"\]\(#(.*?)\)", PAGE)) <= anchors
