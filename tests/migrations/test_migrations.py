"""Both dialects in step, goose up and down and up again, and the local reader as goose would have done it."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from cveval.domain.errors import ConfigurationError
from cveval_local import migrating
from tests.databases import MIGRATIONS
from tests.migrations.goose import run

SQLITE_MIGRATIONS = MIGRATIONS / "sqlite"


def schema_of_postgres(address: str) -> list[tuple[str, ...]]:
    """Tables, columns, constraints and indexes, in words that can be compared."""
    with psycopg.connect(address) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '') "
            "FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version'"
        ).fetchall()
        constraints = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'goose_db_version'"
        ).fetchall()
        indexes = connection.execute(
            "SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes "
            "WHERE schemaname = 'public' AND tablename <> 'goose_db_version'"
        ).fetchall()
    return sorted(tuple(map(str, row)) for row in [*columns, *constraints, *indexes])


def schema_of_sqlite(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'goose%' AND tbl_name NOT LIKE 'sqlite%'"
        ).fetchall()
    return sorted(" ".join(sql.split()) for (sql,) in rows)


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.sql"))


def test_both_dialects_have_files_of_the_same_names() -> None:
    assert names_in(MIGRATIONS) == names_in(SQLITE_MIGRATIONS)


def test_a_migration_is_named_by_its_time_and_what_it_changes() -> None:
    assert all(re.fullmatch(r"20\d{12}_[a-z][a-z0-9_]+\.sql", name) for name in names_in(MIGRATIONS))


def test_both_dialects_make_the_same_tables_columns_constraints_and_indexes() -> None:
    def shape(folder: Path) -> dict[str, set[str]]:
        up = "\n".join(migration.up for migration in migrating.read_migrations(folder))
        up = re.sub(r"--[^\n]*", "", up)
        tables = dict(re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", up, re.DOTALL))
        found = {
            f"table {table}": set(re.findall(r"^  ([a-z]\w+) ", body, re.MULTILINE))
            for table, body in tables.items()
        }
        found["constraints"] = set(re.findall(r"CONSTRAINT (\w+)", up))
        found["indexes"] = set(
            re.findall(
                r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY IF NOT EXISTS )?(\w+ ON \w+ \([^)]*\)[^;]*);", up
            )
        )
        return found

    assert shape(MIGRATIONS) == shape(SQLITE_MIGRATIONS)


def test_goose_goes_up_down_to_nothing_and_up_again_on_postgres(goose: str, empty_postgres: str) -> None:
    at = ["-dir", str(MIGRATIONS), "postgres", empty_postgres]
    run(goose, *at, "up")
    first = schema_of_postgres(empty_postgres)
    assert len(first) > 100
    run(goose, *at, "down-to", "0")
    assert schema_of_postgres(empty_postgres) == []
    run(goose, *at, "up")
    assert schema_of_postgres(empty_postgres) == first


def test_goose_goes_up_down_to_nothing_and_up_again_on_sqlite(goose: str, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    at = ["-dir", str(SQLITE_MIGRATIONS), "sqlite3", str(path)]
    run(goose, *at, "up")
    first = schema_of_sqlite(path)
    assert len(first) >= 15
    run(goose, *at, "down-to", "0")
    assert schema_of_sqlite(path) == []
    run(goose, *at, "up")
    assert schema_of_sqlite(path) == first


def test_after_the_local_reader_goose_has_nothing_to_do(goose: str, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    applied = migrating.migrate(path)
    assert len(applied) == len(names_in(SQLITE_MIGRATIONS))
    said = run(goose, "-dir", str(SQLITE_MIGRATIONS), "sqlite3", str(path), "up")
    assert "no migrations to run" in said
    run(goose, "-dir", str(SQLITE_MIGRATIONS), "sqlite3", str(path), "down-to", "0")
    assert schema_of_sqlite(path) == []


def test_after_goose_the_local_reader_has_nothing_to_do(goose: str, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.db", tmp_path / "theirs.db"
    run(goose, "-dir", str(SQLITE_MIGRATIONS), "sqlite3", str(theirs), "up")
    assert migrating.pending(theirs) == []
    assert migrating.migrate(theirs) == []
    migrating.migrate(ours)
    assert schema_of_sqlite(ours) == schema_of_sqlite(theirs)
    versions = "SELECT version_id, is_applied FROM goose_db_version ORDER BY id"
    with closing(sqlite3.connect(ours)) as one, closing(sqlite3.connect(theirs)) as other:
        assert one.execute(versions).fetchall() == other.execute(versions).fetchall()


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    migrating.migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (29990101000000, 1)")
        connection.commit()
    with pytest.raises(ConfigurationError, match="newer"):
        migrating.migrate(path)


def test_a_failing_migration_leaves_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sql"
    shutil.copytree(SQLITE_MIGRATIONS, folder / "sqlite")
    (folder / "sqlite" / "29990101000000_break.sql").write_text(
        "-- +goose Up\nCREATE TABLE half (id TEXT);\nCREATE TABLE jobs (id TEXT);\n-- +goose Down\n"
    )
    monkeypatch.setattr(migrating, "FOLDER", folder)
    path = tmp_path / "x.db"
    with pytest.raises(sqlite3.OperationalError):
        migrating.migrate(path)
    assert not any("half" in sql for sql in schema_of_sqlite(path))
    assert [migration.version for migration in migrating.pending(path)] == [29990101000000]


def test_two_processes_that_migrate_at_once_apply_each_file_once(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    code = f"import json; from pathlib import Path; from cveval_local.migrating import migrate; print(json.dumps([m.name for m in migrate(Path({str(path)!r}))]))"
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(4)]
    applied = [name for process in started for name in json.loads(process.communicate()[0])]
    assert sorted(applied) == [name.removesuffix(".sql") for name in names_in(SQLITE_MIGRATIONS)]
