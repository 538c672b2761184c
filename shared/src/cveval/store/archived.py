"""What an archive holds: the columns of each table, read as they are and written back as they were.

A column that is not named here would be lost; a test compares them with the database's.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cveval.store.queries import Query, Row

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by table, in JSON's types: times as ISO 8601 UTC, decimals as text."""

COLUMNS = {
    "briefs": "hash text, text text, created_at time",
    "uploads": (
        "id uuid, owner text, type text, text text, filename text, mime text, size bigint, sha256 text, warnings json, "
        "created_at time"
    ),
    "jobs": (
        "id uuid, owner text, queue text, status text, cv_id uuid, project_id uuid, job_description_hash text, "
        "study_case_hash text, rubric_hash text, attempt int, failures int, losses int, run_at time, due_at time, "
        "published_at time, first_started_at time, delivered_at time, started_at time, redriven_at time, worker text, "
        "request_id text, traceparent text, error_code text, error text, created_at time, updated_at time"
    ),
    "job_attempts": (
        "job_id uuid, attempt int, worker text, delivered_at time, started_at time, finished_at time, outcome text, "
        "error_code text, error text"
    ),
    "results": (
        "job_id uuid, attempt int, cv_match_rate numeric, cv_feedback text, project_score numeric, project_feedback text, "
        "overall_summary text, evaluator text, model text, prompt_version text, ratings json, warnings json, details json, "
        "created_at time"
    ),
    "dead_letters": (
        "id uuid, job_id uuid, attempt int, queue text, error_code text, reason text, due_at time, created_at time, "
        "redriven_at time, record_topic text, record_partition int, record_offset bigint, record_sha256 text, record json, "
        "answer json"
    ),
    "batch_jobs": "job_id uuid, batch_id uuid, position int",
}
"""In the order in which they can be written back."""


def names(table: str) -> list[str]:
    return [column.split()[0] for column in COLUMNS[table].split(",")]


_JSON = {
    table: {column.split()[0] for column in columns.split(",") if column.split()[1] == "json"}
    for table, columns in COLUMNS.items()
}


def _read(kind: str, table: str, where: str, order: str) -> Query:
    columns = ", ".join(f"t.{name}" for name in names(table))
    return Query(
        f"archives.read_{table}_of_{kind}",
        f"SELECT {columns} FROM {table} t WHERE {where.format(stamped=_STAMPED)} ORDER BY {order}",
    )


_STAMPED = "(SELECT s.row_id FROM archive_rows s WHERE s.archive_id = :archive_id)"
_BRIEFS = " UNION ".join(
    f"SELECT j.{column} FROM jobs j WHERE j.id IN {{stamped}}"
    for column in ("job_description_hash", "study_case_hash", "rubric_hash")
)
READ = {
    "uploads": {"uploads": _read("uploads", "uploads", "t.id IN {stamped}", "t.id")},
    "dead_letters": {"dead_letters": _read("dead_letters", "dead_letters", "t.id IN {stamped}", "t.id")},
    "jobs": {
        "briefs": _read("jobs", "briefs", f"t.hash IN ({_BRIEFS})", "t.hash"),
        "jobs": _read("jobs", "jobs", "t.id IN {stamped}", "t.id"),
        "job_attempts": _read("jobs", "job_attempts", "t.job_id IN {stamped}", "t.job_id, t.attempt"),
        "results": _read("jobs", "results", "t.job_id IN {stamped}", "t.job_id"),
        "dead_letters": _read("jobs", "dead_letters", "t.job_id IN {stamped}", "t.id"),
        "batch_jobs": _read("jobs", "batch_jobs", "t.job_id IN {stamped}", "t.job_id"),
    },
}
"""What one archive of a kind takes along: a job its history, and the briefs that it was judged by."""


def _insert(table: str, where: str = "true", conflict: str = "") -> Query:
    """Without `conflict`, a row that exists is a mistake: `exist` looks first."""
    columns = ", ".join(names(table))
    values = ", ".join(f"r.{name}" for name in names(table))
    return Query(
        f"archives.restore_{table}",
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {{rows {COLUMNS[table]}}} WHERE {where} {conflict}",
    )


INSERT = {table: _insert(table) for table in COLUMNS} | {
    # Shared with other candidates, so they may be there; their content is what their name says.
    "briefs": _insert("briefs", conflict="ON CONFLICT (hash) DO NOTHING"),
    "uploads": _insert("uploads", conflict="ON CONFLICT (id) DO NOTHING"),
    # A batch that is gone stays so.
    "batch_jobs": _insert("batch_jobs", where="r.batch_id IN (SELECT b.id FROM batches b)"),
}


def portable(table: str, row: Row) -> dict[str, Any]:
    """A row in JSON's types, the same from both databases."""
    return {name: _portable(row[name], is_json=name in _JSON[table]) for name in names(table)}


def _portable(value: Any, *, is_json: bool) -> Any:
    if is_json and value is not None:
        return json.loads(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal | float):
        return f"{value:.2f}"
    return value


def writable(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an archive as the statements take it: times are times again; what was no column yet is NULL."""
    values = {name: row.get(name) for name in names(table)}
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in values.items()
    }
