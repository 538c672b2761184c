"""A migration of a release that people run never keeps them waiting: the rules of docs/how-to/migrate.md, and what they are for, on a real Postgres."""

import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.databases import MIGRATIONS, migrate
from tests.migrations.goose import attempt, run
from tests.migrations.large_tables import LAST_OF_THE_FIRST_RELEASE, File, all_in, complaints

FILES = all_in(MIGRATIONS)
RELEASED = [file for file in FILES if file.name[:14] <= LAST_OF_THE_FIRST_RELEASE]
PATIENT = "SET LOCAL lock_timeout = '2s';"
INDEX = """-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS briefs_text_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS briefs_text_idx ON briefs (created_at, hash);
-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS briefs_text_idx;
"""


def test_no_migration_keeps_writers_waiting() -> None:
    assert len(RELEASED) == 8
    for number, file in enumerate(FILES[len(RELEASED) :], len(RELEASED)):
        assert complaints(file, FILES[:number]) == []


def of(*texts: str) -> list[str]:
    """What is said of the last of some new migrations."""
    files = [
        File.of(f"2999010{n}000000_x.sql", text if "+goose" in text else up(text))
        for n, text in enumerate(texts)
    ]
    return complaints(files[-1], [*RELEASED, *files[:-1]])


def up(sql: str) -> str:
    return f"-- +goose Up\n{sql}\n-- +goose Down\nSELECT 1;\n"


NO_NULLS = (
    f"{PATIENT} ALTER TABLE jobs ADD CONSTRAINT jobs_worker_check CHECK (worker IS NOT NULL) NOT VALID;"
)


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["CREATE INDEX a ON jobs (worker);"], "without CONCURRENTLY"),
        (["CREATE UNIQUE INDEX a ON jobs (worker);"], "without CONCURRENTLY"),
        (["-- as always\ncreate index if not exists a\n  on jobs (worker);"], "without CONCURRENTLY"),
        (["CREATE TABLE x (id uuid);", "CREATE INDEX a ON x (id);"], "without CONCURRENTLY"),
        ([INDEX.replace("-- +goose NO TRANSACTION\n", "")], "NO TRANSACTION"),
        ([INDEX.replace(" IF NOT EXISTS", "")], "file of its own"),
        ([INDEX.replace("DROP INDEX CONCURRENTLY IF EXISTS briefs_text_idx;\nCREATE", "CREATE")], "file of its own"),
        ([INDEX.replace("\n-- +goose Down", "\nSELECT 1;\n-- +goose Down")], "file of its own"),
        (["ALTER TABLE jobs ADD COLUMN a text;"], "strong lock"),
        (["SET lock_timeout = '2s'; ALTER TABLE jobs ADD COLUMN a text;"], "strong lock"),
        ([f"ALTER TABLE jobs ADD COLUMN a text; {PATIENT}"], "strong lock"),
        (["DROP INDEX jobs_cv_id_idx;"], "strong lock"),
        (["DROP TABLE holds;"], "strong lock"),
        (["CREATE TABLE x (job_id uuid REFERENCES jobs (id));"], "strong lock"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a uuid DEFAULT gen_random_uuid();"], "rewrites the table"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a float NOT NULL DEFAULT (random());"], "rewrites the table"),
        ([f"{PATIENT} ALTER TABLE jobs ADD a timestamptz DEFAULT clock_timestamp();"], "rewrites the table"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a bigserial;"], "rewrites the table"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a int GENERATED ALWAYS AS (attempt) STORED;"], "rewrites the table"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a text NOT NULL;"], "NOT NULL without a default"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a text, ADD COLUMN b text NOT NULL;"], "NOT NULL without a default"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a int DEFAULT 1 CHECK (a > 0);"], "looks at every row"),
        ([f"{PATIENT} ALTER TABLE jobs ADD COLUMN a uuid REFERENCES uploads (id);"], "looks at every row"),
        ([f"{PATIENT} ALTER TABLE jobs ADD CONSTRAINT a CHECK (attempt IN (1, 2));"], "without NOT VALID"),
        ([f"{PATIENT} ALTER TABLE jobs ADD UNIQUE (worker);"], "without NOT VALID"),
        ([f"{NO_NULLS} ALTER TABLE jobs VALIDATE CONSTRAINT jobs_worker_check;"], "the same file adds"),
        ([f"{PATIENT} ALTER TABLE jobs ALTER COLUMN worker SET NOT NULL;"], "SET NOT NULL"),
        ([NO_NULLS, f"{PATIENT} ALTER TABLE jobs ALTER COLUMN worker SET NOT NULL;"], "SET NOT NULL"),
        ([f"{PATIENT} ALTER TABLE jobs ALTER COLUMN attempt TYPE bigint;"], "changes a type"),
        (["UPDATE jobs SET worker = 'x';"], "changes rows"),
        (["DELETE FROM jobs WHERE worker IS NULL;"], "changes rows"),
    ],
)  # fmt: skip
def test_a_migration_that_would_is_found(texts: list[str], why: str) -> None:
    [complaint] = of(*texts)
    assert why in complaint


@pytest.mark.parametrize(
    "texts",
    [
        [INDEX],
        ["CREATE TABLE x (id uuid NOT NULL CHECK (id IS NOT NULL)); CREATE INDEX a ON x (id); INSERT INTO x SELECT gen_random_uuid();"],
        [f"{PATIENT} ALTER TABLE jobs ADD COLUMN a text;"],
        [f"{PATIENT} ALTER TABLE jobs ADD COLUMN a timestamptz NOT NULL DEFAULT now(), ADD COLUMN b int DEFAULT 0;"],
        [f"{PATIENT} ALTER TABLE jobs DROP COLUMN worker; DROP TABLE holds; DROP INDEX jobs_cv_id_idx;"],
        [f"{PATIENT} CREATE TABLE x (job_id uuid REFERENCES jobs (id));"],
        [f"{PATIENT} ALTER TABLE jobs ADD CONSTRAINT a FOREIGN KEY (cv_id) REFERENCES uploads (id) NOT VALID;"],
        [f"{PATIENT} ALTER TABLE jobs ADD CONSTRAINT a UNIQUE USING INDEX b;"],
        [NO_NULLS, f"{PATIENT} ALTER TABLE jobs VALIDATE CONSTRAINT jobs_worker_check;", f"{PATIENT} ALTER TABLE jobs ALTER COLUMN worker SET NOT NULL;"],
        ["-- ALTER TABLE jobs ADD COLUMN a text;\nCOMMENT ON TABLE jobs IS 'work';"],
    ],
)  # fmt: skip
def test_a_migration_that_would_not_is_left_alone(texts: list[str]) -> None:
    assert of(*texts) == []


# -- what the rules are for --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations, for one more."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("sqlite")))


BRIEF = "INSERT INTO briefs VALUES (%s, 'text', now())"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%INDEX%%briefs_text_idx%%' AND wait_event_type = 'Lock' AND datname = current_database()"
STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('briefs_text_idx')"


@pytest.mark.parametrize("is_concurrent", [True, False])
def test_only_an_index_that_is_built_concurrently_lets_writers_on(
    goose: str, empty_postgres: str, folder: Path, is_concurrent: bool
) -> None:
    at = ["-dir", str(folder), "postgres", empty_postgres]
    run(goose, *at, "up")
    text = INDEX if is_concurrent else INDEX.replace(" CONCURRENTLY", "")
    (folder / "29990101000000_index_briefs.sql").write_text(text)
    with (
        psycopg.connect(empty_postgres) as slow,
        psycopg.connect(empty_postgres, autocommit=True) as other,
    ):
        slow.execute(BRIEF, ["of a transaction that takes long"])
        migrating = subprocess.Popen([goose, "-env=none", *at, "up"])
        try:
            while other.execute(WAITS).fetchone() == (0,):
                assert migrating.poll() is None
            # The one that migrates waits for the slow one. Who waits for the one that migrates?
            other.execute("SET lock_timeout = '300ms'")
            if is_concurrent:
                other.execute(BRIEF, ["of somebody else"])
            else:
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    other.execute(BRIEF, ["of somebody else"])
            slow.commit()
            assert migrating.wait(60) == 0
        finally:
            migrating.kill()
        assert other.execute(STATE).fetchone() == (True,)


def test_an_index_whose_build_failed_is_built_anew_by_running_it_again(
    goose: str, empty_postgres: str, folder: Path
) -> None:
    at = ["-dir", str(folder), "postgres", empty_postgres]
    run(goose, *at, "up")
    unique = INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX").replace("created_at, hash", "text")
    (folder / "29990101000000_index_briefs.sql").write_text(unique)
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        for name in ("one", "other"):
            connection.execute(BRIEF, [name])
        failed = attempt(goose, *at, "up")
        assert failed.returncode == 1
        assert "29990101000000_index_briefs.sql" in failed.stderr
        # It is there, costs every write, and serves nobody.
        assert connection.execute(STATE).fetchone() == (False,)
        connection.execute("DELETE FROM briefs WHERE hash = 'other'")
        # IF NOT EXISTS alone would be content with it.
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS briefs_text_idx ON briefs (text)")
        assert connection.execute(STATE).fetchone() == (False,)
        run(goose, *at, "up")
        assert connection.execute(STATE).fetchone() == (True,)
        run(goose, *at, "down")
        assert connection.execute(STATE).fetchone() is None


def test_patience_ends_with_its_file(goose: str, empty_postgres: str, tmp_path: Path) -> None:
    """All files run in one session: with SET the next index would be given up while it waits for writers."""
    seen = "CREATE TABLE {} AS SELECT current_setting('lock_timeout') AS patience;"
    (tmp_path / "1_local.sql").write_text(up(PATIENT + seen.format("during")))
    (tmp_path / "2_next.sql").write_text(up(seen.format("after")))
    run(goose, "-dir", str(tmp_path), "postgres", empty_postgres, "up")
    with psycopg.connect(empty_postgres) as connection:
        both = connection.execute("SELECT during.patience, after.patience FROM during, after").fetchone()
    assert both == ("2s", "0")


def test_databases_of_tests_take_a_file_that_works_concurrently(empty_postgres: str, folder: Path) -> None:
    (folder / "29990101000000_index_briefs.sql").write_text(INDEX)
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        migrate(connection, folder)
        assert connection.execute(STATE).fetchone() == (True,)
