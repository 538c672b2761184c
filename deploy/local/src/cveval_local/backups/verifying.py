"""A backup is restored into a database of its own, compared with what was dumped, and made to work once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import uuid4

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from cveval.domain.documents import new_id
from cveval.domain.errors import BackupDamaged
from cveval.domain.jobs import Accepted, Submission
from cveval.observability import Metrics
from cveval.settings import DatabaseSettings, load
from cveval.store.opening import open_store
from cveval.store.submitting import submit
from cveval_local.backups.clients import client, connect, run
from cveval_local.backups.contents import contents
from cveval_local.backups.making import DUMP, Backup, check_files, read
from cveval_local.settings import BackupSettings

KEYED = """
    SELECT i.owner, i.key, j.id::text, j.queue, j.cv_id::text, j.project_id::text, d.text, s.text, r.text
    FROM idempotency i JOIN jobs j ON j.id = i.job_id
    JOIN uploads c ON c.id = j.cv_id JOIN uploads p ON p.id = j.project_id
    JOIN briefs d ON d.hash = j.job_description_hash JOIN briefs s ON s.hash = j.study_case_hash
    LEFT JOIN briefs r ON r.hash = j.rubric_hash
    WHERE i.scope = 'evaluate:key' AND j.status <> 'failed' ORDER BY i.expires_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What losing the database now would mean.

    `backup_age` (RPO): what happened since the snapshot would be lost. `restore_seconds` (RTO): until it could serve again, files
    checked, restored and compared. `newest_at`: the last that happened in it. `key_found`: None where no key was there to repeat.
    """

    backup: Backup
    backup_age: timedelta
    newest_at: datetime | None
    restore_seconds: float
    key_found: bool | None


async def verify(folder: Path, url: str, settings: BackupSettings) -> Verified:
    """Restore a backup beside the database and compare.

    Raises:
        BackupDamaged: a file, a count, a checksum or the repeated request tells that it is no backup.
        BackupFailed, ConfigurationError: it could not be restored here.
    """
    server = settings.scratch_url.get_secret_value() or url
    began = time.monotonic()
    check_files(folder)
    backup = read(folder)
    with _scratch(server) as scratch:
        with connect(scratch) as connection:
            pg_restore = client("pg_restore", settings.bin, connection.info.server_version)
        # Every database is born with a schema of that name.
        run(
            pg_restore,
            scratch,
            "--clean",
            "--if-exists",
            "--exit-on-error",
            "--no-owner",
            f"--jobs={settings.jobs}",
            str(folder / DUMP),
        )
        newest_at, now = _compare(scratch, backup)
        restore_seconds = round(time.monotonic() - began, 3)
        key_found = await _repeat_a_key(scratch)
    return Verified(backup, now - backup.snapshot_at, newest_at, restore_seconds, key_found)


@contextmanager
def _scratch(server: str) -> Iterator[str]:
    """The address of a new database, which is dropped afterwards."""
    name = f"cveval_verify_{uuid4().hex}"
    with connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _compare(scratch: str, backup: Backup) -> tuple[datetime | None, datetime]:
    """The newest that happened in it, and the server's time."""
    with connect(scratch) as connection:
        found = contents(connection)
        [(now,)] = connection.execute("SELECT now()").fetchall()
    assert isinstance(now, datetime)
    for table in sorted(found.keys() | backup.tables.keys()):
        there, dumped = found.get(table), backup.tables.get(table)
        if there != dumped:
            raise BackupDamaged(
                f"{backup.name}: table {table} was restored as {there and f'{there.rows} rows'}, dumped as "
                f"{dumped and f'{dumped.rows} rows'}, and their checksums differ"
            )
    times = [table.newest_at for table in found.values() if table.newest_at is not None]
    return max(times, default=None), now


async def _repeat_a_key(scratch: str) -> bool | None:
    """Send the newest keyed request again: it must find its job."""
    with connect(scratch) as connection:
        rows = connection.execute(KEYED).fetchall()
        if not rows:
            return None
        owner, key, job_id, queue, cv_id, project_id, job_description, brief, rubric = map(_text, rows[0])
        # The key may have expired since.
        connection.execute("UPDATE idempotency SET expires_at = now() + interval '1 hour'")
    assert job_description is not None
    assert brief is not None
    again = Submission(
        new_id(), str(owner), str(queue), str(cv_id), str(project_id), job_description, brief, rubric, key
    )
    store = open_store(load(DatabaseSettings, url=SecretStr(_as_url(scratch))), Metrics())
    try:
        added = await submit(store, [again], key_retention=timedelta(hours=1), quota=10**9, has_room=False)
    finally:
        await store.aclose()
    if list(added.answers) != [Accepted(str(job_id), was_replayed=True)]:
        raise BackupDamaged("a repeated Idempotency-Key did not find its job in the restored database")
    return True


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _as_url(conninfo: str) -> str:
    parts = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    return f"postgresql:///?{urlencode(parts, quote_via=quote)}"
