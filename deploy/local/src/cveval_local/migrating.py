"""The local mode has no goose: it reads the same files and keeps the same `goose_db_version` table, so that goose could take over."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cveval.domain.errors import ConfigurationError

FOLDER = Path(__file__).parent / "sql"
_VERSION_TABLE = """
CREATE TABLE IF NOT EXISTS goose_db_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER NOT NULL,
  is_applied INTEGER NOT NULL,
  tstamp TIMESTAMP DEFAULT (datetime('now'))
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One goose file. `version` is the number before the first underscore."""

    version: int
    name: str
    up: str


def read_migrations(folder: Path) -> list[Migration]:
    """The folder's migrations, oldest first."""
    files = sorted(folder.glob("*.sql"), key=lambda file: int(file.name.split("_", 1)[0]))
    return [_read(file) for file in files]


def _read(file: Path) -> Migration:
    text = file.read_text(encoding="utf-8")
    up = re.search(r"^-- \+goose Up$(.*?)(?=^-- \+goose Down$|\Z)", text, re.DOTALL | re.MULTILINE)
    if up is None:
        raise ConfigurationError(f"{file.name} has no `-- +goose Up` section")
    return Migration(int(file.name.split("_", 1)[0]), file.stem, up[1].strip())


def migrate(database: Path) -> list[Migration]:
    """Bring a SQLite database up to date, one transaction a file; answers what was applied.

    Raises:
        ConfigurationError: the database is newer than this program, or the file is none that can be used.
    """
    known = read_migrations(FOLDER / "sqlite")
    with (
        _usable(database),
        closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        # The write lock is taken before looking, so that of two starting processes one migrates and the other waits.
        connection.execute("BEGIN IMMEDIATE")
        applied = _applied(connection)
        if unknown := applied - {m.version for m in known}:
            connection.rollback()
            raise ConfigurationError(
                f"{database} was made by a newer cveval (migration {max(unknown)}): upgrade, or use another folder"
            )
        connection.commit()
        return [m for m in known if m.version not in applied and _apply(connection, m)]


def pending(database: Path) -> list[Migration]:
    """What `migrate` would apply; changes nothing.

    Raises:
        ConfigurationError: the file is no database.
    """
    known = read_migrations(FOLDER / "sqlite")
    if not database.exists():
        return known
    with (
        _usable(database),
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection,
    ):
        there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'goose_db_version'").fetchone()
        applied = _versions(connection) if there else set()
    return [m for m in known if m.version not in applied]


@contextmanager
def _usable(database: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname == "SQLITE_ERROR":
            raise  # a mistake in a migration: a bug
        raise ConfigurationError(
            f"{database} cannot be used as a database ({error}): is CVEVAL_DATABASE_URL or --data right?"
        ) from error


def _apply(connection: sqlite3.Connection, migration: Migration) -> bool:
    """True when applied here; False when another process did it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if migration.version in _applied(connection):
            connection.rollback()
            return False
        for statement in _statements(migration.up):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)", [migration.version]
        )
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return True


def _applied(connection: sqlite3.Connection) -> set[int]:
    connection.execute(_VERSION_TABLE)
    if connection.execute("SELECT COUNT(*) FROM goose_db_version").fetchone()[0] == 0:
        # goose's own first row, never removed
        connection.execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)")
    return _versions(connection) - {0}


def _versions(connection: sqlite3.Connection) -> set[int]:
    rows = connection.execute("SELECT version_id FROM goose_db_version WHERE is_applied = 1").fetchall()
    return {version for (version,) in rows}


def _statements(script: str) -> list[str]:
    """Split at semicolons where SQLite itself says that a statement is complete."""
    statements, pending_text = [], ""
    for piece in re.split(r"(?<=;)", script):
        pending_text += piece
        if sqlite3.complete_statement(pending_text):
            statements.append(pending_text.strip())
            pending_text = ""
    return statements
