"""What a database holds, in a form that two databases can be compared by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

# Columns that tell when a row came about or changed; what is due lies in the future.
PAST = ("created_at", "updated_at", "finished_at", "erased_at", "held_at")


@dataclass(frozen=True, slots=True)
class Table:
    """`checksum`: the sum of its rows' md5, whatever their order. `newest_at`: the latest that happened in it."""

    rows: int
    checksum: str
    newest_at: datetime | None


def contents(connection: "psycopg.Connection[Any]") -> dict[str, Table]:
    """Every table of the schema `public`, as this transaction sees it."""
    columns = connection.execute(
        "SELECT t.tablename, array_agg(c.column_name::text) FROM pg_tables t "
        "JOIN information_schema.columns c ON c.table_schema = t.schemaname AND c.table_name = t.tablename "
        "WHERE t.schemaname = 'public' GROUP BY t.tablename ORDER BY t.tablename"
    ).fetchall()
    return {
        table: _table(connection, table, [name for name in PAST if name in names]) for table, names in columns
    }


def _table(connection: "psycopg.Connection[Any]", table: str, times: list[str]) -> Table:
    newest = sql.SQL(", ").join(sql.SQL("max({})").format(sql.Identifier(name)) for name in times)
    row = connection.execute(
        sql.SQL(
            "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint::numeric), 0), "
            "greatest({}) FROM {} t"
        ).format(newest if times else sql.SQL("NULL::timestamptz"), sql.Identifier("public", table))
    ).fetchone()
    assert row is not None
    return Table(row[0], str(row[1]), row[2])
