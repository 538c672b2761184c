"""Write docs/reference/{configuration,errors,http,metrics}.md from the code: `python -m scripts.reference` (`--check` only compares)."""

import argparse
import ast
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import click
from pydantic import SecretStr

from cveval.domain import errors
from cveval.domain.configuration import Settings
from cveval.domain.policies import Policies
from cveval.observability import Metrics
from cveval.queue.kafka.settings import KafkaSettings
from cveval.queue.redis.settings import RedisSettings
from cveval.settings import DatabaseSettings
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.usecase import DocumentsGone
from cveval_local.commands.client import api_key_option, server_option
from cveval_local.settings import BackupSettings, LocalSettings
from cveval_purge.settings import ArchiveSettings, PurgeSettings
from cveval_shim.settings import ShimSettings
from cveval_submit.openapi import openapi
from cveval_submit.settings import SubmitSettings
from scripts.http_page import http_page

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
Row = tuple[str, str, str]
"""A variable, its default and what it is."""
MADE = "<!-- made by `make docs`; change the code, not this page -->\n"
PROGRAMS: tuple[tuple[str, str, type[Settings]], ...] = (
    ("The database", "submit, evaluate, purge, the shim and the command line", DatabaseSettings),
    ("Policies", "every program: give all the same", Policies),
    ("submit", "submit", SubmitSettings),
    ("evaluate", "evaluate", EvaluateSettings),
    ("purge", "purge", PurgeSettings),
    ("The archive", "purge and the commands that archive, restore and back up", ArchiveSettings),
    ("Redpanda", "the shim, and `cveval serve` where the first one is set", KafkaSettings),
    ("Redis", "the same, instead of Redpanda: only one of the two may be set", RedisSettings),
    ("The shim", "the shim", ShimSettings),
    ("Backups", "`cveval backup`", BackupSettings),
    ("The local process", "`cveval serve` and the other commands", LocalSettings),
)


def configuration() -> str:
    settings = {model: list(_settings(model)) for _, _, model in PROGRAMS}
    notes = {name: note for rows in settings.values() for name, _, note in rows}
    return "\n".join(
        [
            "# Configuration\n",
            MADE,
            (
                "Every setting is an environment variable, in upper case. A wrong one ends the process with a message that names it. Durations are "
                "written `90`, `90s`, `5m`, `24h` or `30d`.\n"
            ),
            *(_table(title, readers, settings[model]) for title, readers, model in PROGRAMS),
            _table("The server of a client", "`cveval submit` and `cveval result`", _options()),
            _table("Migrations", "the image that [migrates](../how-to/migrate.md)", _of_migrate()),
            _table(
                "Containers",
                "docker-compose.yml, from `.env`, with defaults of its own; every setting above may stand there, too",
                _of_compose(notes),
            ),
        ]
    )


def _table(title: str, readers: str, rows: Iterable[Row]) -> str:
    head = f"## {title}\n\nRead by {readers}.\n\n| variable | default | what it is |\n|---|---|---|"
    return "\n".join([head, *(f"| `{name}` | {default} | {note} |" for name, default, note in rows), ""])


def _settings(model: type[Settings]) -> Iterator[Row]:
    notes = _field_notes(model)
    for name, field in model.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else f"`{_written(field.get_default(call_default_factory=True))}`"
        )
        yield model.variables()[name], default, notes.get(name, "")


def _options() -> Iterator[Row]:
    """Those of the command line that have a variable."""
    for option in server_option(api_key_option(click.Command("any"))).params:
        assert isinstance(option, click.Option)
        default = option.default if isinstance(option.default, str) else ""
        yield str(option.envvar), f"`{default}`", option.help or ""


def _of_migrate() -> Iterator[Row]:
    """What its own usage says."""
    usage = (ROOT / "deploy" / "migrate" / "main.go").read_text(encoding="utf-8")
    for name, note, default in re.findall(r"^(CVEVAL_\w+) +(.+) \(([\w/]+)\)`?$", usage, re.MULTILINE):
        yield name, default if default == "required" else f"`{default}`", note


def _of_compose(notes: dict[str, str]) -> Iterator[Row]:
    """What .env.example says, above each variable; of one that it says nothing about, what the setting is."""
    said: list[str] = []
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if variable := re.fullmatch(r"(# )?([A-Z_]+)=(.*)", line):
            is_example, name, default = variable.groups()
            yield name, "none" if is_example else f"`{default}`", " ".join(said) or notes.get(name, "")
        elif line:
            said.append(line.removeprefix("# "))
            continue
        said = []


def _written(value: object) -> str:
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
            if seconds >= size and seconds % size == 0:
                return f"{seconds / size:g}{unit}"
        return f"{seconds:g}s"
    if isinstance(value, SecretStr):
        return "**********"
    if isinstance(value, frozenset | set | tuple | list):
        return ",".join(sorted(str(item) for item in value))
    return str(value)


def _field_notes(model: type) -> dict[str, str]:
    """The string below each field: what the field is."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    assert isinstance(tree.body[0], ast.ClassDef)
    body = tree.body[0].body
    notes = {}
    for statement, below in itertools.pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and _is_text(below)
        ):
            notes[statement.target.id] = " ".join(str(below.value.value).split())  # type: ignore[attr-defined]
    return notes


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def error_codes() -> str:
    lines = [
        "# Errors\n",
        MADE,
        (
            "Over HTTP every error is `application/problem+json` with these codes; a failed job carries one of them as `error.code`. "
            "`cveval why ID` tells the whole history of a job.\n"
        ),
        "| code | HTTP | what it means |\n|---|---|---|",
    ]
    seen: dict[tuple[int, str], str] = {}
    for error in sorted(_all_of(errors.CvevalError), key=lambda e: (e.status, e.code)):
        text = (
            (inspect.getdoc(error) or "").splitlines()[0]
            if "__doc__" in vars(error) and error.__doc__
            else ""
        )
        seen.setdefault((error.status, error.code), text or error.__name__)
    lines += [f"| `{code}` | {status} | {text} |" for (status, code), text in seen.items()]
    lines += [
        "\nCodes that only jobs and attempts carry, never an HTTP answer:\n",
        "| code | what it means |\n|---|---|",
        "| `cancelled` | Cancelled by its owner or an operator. |",
        "| `interrupted` | The worker was told to stop, or its process ended; the attempt does not count. |",
        "| `lease_lost` | The worker stopped renewing its lease: killed, paused or cut off. Counts against CVEVAL_MAX_LOST. |",
        "| `lost_too_often` | Given up after CVEVAL_MAX_LOST lost leases. |",
        "| `timeout` | The attempt took longer than CVEVAL_JOB_TIMEOUT. |",
        "",
    ]
    return "\n".join(lines)


def _all_of(error: type[errors.CvevalError]) -> Iterator[type[errors.CvevalError]]:
    yield error
    for child in error.__subclasses__():
        if child.__module__ in (errors.__name__, DocumentsGone.__module__):
            yield from _all_of(child)


def metrics() -> str:
    lines = [
        "# Metrics\n",
        MADE,
        (
            "Each program serves its own at `GET /metrics`. Gauges are read from the database when somebody looks, so every "
            "instance shows the same.\n"
        ),
        "| metric | kind | labels | what it is |\n|---|---|---|---|",
    ]
    for collector in vars(Metrics()).values():
        for family in collector.describe() if hasattr(collector, "describe") else []:
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = ", ".join(collector._labelnames)  # noqa: SLF001 - the library has no other way
            lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join([*lines, ""])


def http() -> str:
    return http_page(openapi(), MADE)


PAGES = {"configuration.md": configuration, "errors.md": error_codes, "http.md": http, "metrics.md": metrics}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="say which pages are not current, change nothing"
    )
    check = parser.parse_args().check
    stale = [name for name, page in PAGES.items() if not _is_current(FOLDER / name, page())]
    if not check:
        for name in stale:
            (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
    elif stale:
        sys.exit(f"docs/reference is not what the code says ({', '.join(stale)}); mend with: make docs")


def _is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
