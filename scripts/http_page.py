"""docs/reference/http.md from the OpenAPI document: each operation with its fields, limits, answers, codes and examples."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Codes = dict[tuple[str, str], None]

LINKS = (
    "What each code means: [errors](errors.md). What makes the numbers: [scores](../explanation/scores.md), and "
    "[a rubric of your own](../how-to/bring-your-own-rubric.md). Batches step by step: "
    "[rank many candidates](../how-to/rank-many-candidates.md). The same as a document for programs: `GET /openapi.json`.\n"
)


def http_page(document: Json, mark: str) -> str:
    """The whole page; `mark` says that it is made."""
    operations = list(_operations(document))
    shapes = document["components"]["schemas"]
    requested = {
        _name(content["schema"])
        for _, _, operation in operations
        for content in operation.get("requestBody", {"content": {}})["content"].values()
    }
    everywhere = _in_all([_codes(operation) for _, _, operation in operations])
    lines = ["# HTTP\n", mark, document["info"]["description"], LINKS, *_contents(operations)]
    for method, path, operation in operations:
        lines += [f"## {method} {path}\n", operation["summary"] + "\n"]
        lines += [operation["description"] + "\n"] if "description" in operation else []
        lines += [*_parameters(operation), *_request(operation, shapes), *_answers(operation, everywhere)]
    lines += ["## Problems of every operation\n", *_table(["status", "codes"], _by_status(everywhere))]
    lines += ["## Shapes\n", *_shapes(shapes, shown=requested)]
    return "\n".join(lines)


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _contents(operations: list[tuple[str, str, Json]]) -> list[str]:
    rows = [
        [f"[`{method} {path}`](#{_anchor(f'{method} {path}')})", operation["summary"]]
        for method, path, operation in operations
    ]
    return _table(["call", "what for"], rows)


def _parameters(operation: Json) -> list[str]:
    rows = [
        [f"`{p['name']}`", p["in"], _kind(p["schema"]), p["description"]]
        for p in operation.get("parameters", ())
    ]
    return _table(["parameter", "in", "type", "what it is"], rows) if rows else []


def _request(operation: Json, shapes: Json) -> list[str]:
    """The body's fields, here and not among the shapes: nobody else has them."""
    lines: list[str] = []
    for media, content in operation.get("requestBody", {"content": {}})["content"].items():
        shape = shapes.get(_name(content["schema"]), content["schema"])
        lines += [f"**Request**, `{media}`: {shape['description']}\n", *_fields(shape), *_example(content)]
    return lines


def _answers(operation: Json, everywhere: Codes) -> list[str]:
    lines: list[str] = []
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items():
            if media == "application/json":
                lines += [f"**{status}**: {_kind(content['schema'])}. {answer['description']}\n"]
                lines += [*_headers(answer), *_example(content)]
    rows = _by_status({code: None for code in _codes(operation) if code not in everywhere})
    bare = [[status, a["description"]] for status, a in operation["responses"].items() if "content" not in a]
    return [*lines, *_table(["status", "otherwise"], [*bare, *rows])]


def _headers(answer: Json) -> list[str]:
    rows = [[f"`{name}`", header["description"]] for name, header in answer["headers"].items()]
    return _table(["header", "what it is"], rows) if rows else []


def _example(content: Json) -> list[str]:
    if "example" not in content:
        return []
    return [f"```json\n{json.dumps(content['example'], indent=2, ensure_ascii=False)}\n```\n"]


def _codes(operation: Json) -> Codes:
    """(status, code) of each problem that an operation answers; a dict for its order."""
    return {
        (status, code): None
        for status, answer in operation["responses"].items()
        for media, content in answer.get("content", {}).items()
        if media == "application/problem+json"
        for code in content["schema"]["allOf"][1]["properties"]["code"]["enum"]
    }


def _in_all(sets: list[Codes]) -> Codes:
    return {code: None for code in sets[0] if all(code in codes for codes in sets)}


def _by_status(codes: Codes) -> list[list[str]]:
    statuses: dict[str, list[str]] = {}
    for status, code in codes:
        statuses.setdefault(status, []).append(f"`{code}`")
    return [[status, ", ".join(names)] for status, names in statuses.items()]


def _shapes(shapes: Json, *, shown: set[str]) -> list[str]:
    lines: list[str] = []
    for name, schema in shapes.items():
        if name not in shown:
            lines += [f"### {name}\n", " ".join(schema["description"].split()) + "\n"]
            lines += [f"One of {_kind(schema)}.\n"] if "enum" in schema else _fields(schema)
    return lines


def _name(schema: Json) -> str:
    """Of the shape that a schema refers to; empty when it is its own."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _fields(schema: Json) -> list[str]:
    required = schema.get("required", ())
    rows = [
        [f"`{name}`", "yes" if name in required else "", _kind(field), field.get("description", "")]
        for name, field in schema["properties"].items()
    ]
    return _table(["field", "required", "type", "what it is"], rows)


def _kind(schema: Json) -> str:
    """A schema in a few words, limits included."""
    if "anyOf" in schema:
        return " or ".join(_kind(kind) for kind in schema["anyOf"])
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_anchor(_name(schema))})"
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum") or [schema["const"]])
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}{_size(schema)}"
    if "propertyNames" in schema:
        return f"object, from {_kind(schema['propertyNames'])} to {_kind(schema['additionalProperties'])}"
    return _plain(schema)


def _plain(schema: Json) -> str:
    match schema["type"]:
        case "string" if schema.get("format") == "uuid":
            return "UUID"
        case "string" if schema.get("format") == "date-time":
            return "time (ISO 8601)"
        case "string" if "contentMediaType" in schema:
            return "document"
        case "string":
            return f"text{_length(schema)}"
        case kind:
            return f"{kind}{_range(schema)}"


def _length(schema: Json) -> str:
    if "maxLength" not in schema:
        return ""
    least = f"{schema['minLength']} to" if "minLength" in schema else "at most"
    return f" ({least} {schema['maxLength']:,} characters)"


def _size(schema: Json) -> str:
    return f" ({schema['minItems']} to {schema['maxItems']})" if "maxItems" in schema else ""


def _range(schema: Json) -> str:
    limits = f" from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else ""
    return limits + (f", default {schema['default']}" if "default" in schema else "")


def _anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [*("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines), ""]
