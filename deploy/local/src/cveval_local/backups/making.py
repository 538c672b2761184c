"""A backup: one snapshot of the database, dumped, counted, and hashed file by file."""

import hashlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cveval.domain.errors import BackupDamaged, ConfigurationError
from cveval_local.backups.clients import client, connect, run
from cveval_local.backups.contents import Table, contents
from cveval_local.settings import BackupSettings

DUMP, MANIFEST, SUMS = "dump", "manifest.json", "SHA256SUMS"
PREFIX, PARTIAL = "cveval-", ".partial"


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole one. `size` in bytes; `snapshot_at` is the moment that it holds."""

    folder: Path
    snapshot_at: datetime
    size: int
    seconds: float
    tables: dict[str, Table]

    @property
    def name(self) -> str:
        return self.folder.name


def make(url: str, settings: BackupSettings) -> Backup:
    """Dump what one snapshot sees, with counts and checksums of the same snapshot; it gets its name when it is whole.

    Raises:
        ConfigurationError: the client is missing or older than the server.
        BackupFailed
    """
    began = time.monotonic()
    with connect(url) as connection:
        pg_dump = client("pg_dump", settings.bin, connection.info.server_version)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        [(snapshot, moment)] = connection.execute("SELECT pg_export_snapshot(), now()").fetchall()
        assert isinstance(moment, datetime)
        folder = settings.folder / f"{PREFIX}{moment.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
        partial = folder.with_name(folder.name + PARTIAL)
        partial.mkdir(parents=True)
        arguments = ("--format=directory", f"--jobs={settings.jobs}", f"--snapshot={snapshot}", "--no-owner")
        run(pg_dump, url, *arguments, "--no-privileges", "--schema=public", f"--file={partial / DUMP}")
        tables = contents(connection)
    seconds = round(time.monotonic() - began, 3)
    manifest = {
        "snapshot_at": moment.isoformat(),
        "seconds": seconds,
        "tables": {name: asdict(table) for name, table in tables.items()},
    }
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2, default=str) + "\n", encoding="utf-8")
    _seal(partial)
    partial.rename(folder)
    flush(settings.folder)
    return read(folder)


def _seal(folder: Path) -> None:
    """Hash every file, as `sha256sum -c` reads it, and flush everything to the disk."""
    files = _files(folder)
    lines = "".join(f"{_sha256(file)}  {file.relative_to(folder)}\n" for file in files)
    (folder / SUMS).write_text(lines, encoding="utf-8")
    for path in (*files, folder / SUMS, folder / DUMP, folder):
        flush(path)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path) -> Backup:
    """What the manifest says.

    Raises:
        BackupDamaged: there is none that can be read.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tables = {
            name: Table(t["rows"], t["checksum"], t["newest_at"] and datetime.fromisoformat(t["newest_at"]))
            for name, t in manifest["tables"].items()
        }
        return Backup(
            folder=folder,
            snapshot_at=datetime.fromisoformat(manifest["snapshot_at"]),
            size=sum(file.stat().st_size for file in _files(folder)),
            seconds=manifest["seconds"],
            tables=tables,
        )
    except (OSError, ValueError, KeyError) as error:
        raise BackupDamaged(f"{folder} has no manifest that can be read ({type(error).__name__})") from error


def check_files(folder: Path) -> None:
    """Compare every file with its sha256.

    Raises:
        BackupDamaged: names the first that is missing, changed or too many.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BackupDamaged(f"{folder} has no {SUMS}") from error
    sums = {name: sha256 for sha256, name in (line.split("  ", 1) for line in lines)}
    found = {str(file.relative_to(folder)): file for file in _files(folder)}
    for name in sorted(sums.keys() | found.keys()):
        if name not in found or sums.get(name) != _sha256(found[name]):
            raise BackupDamaged(f"{folder / name} is not what was written (sha256)")


def every(folder: Path) -> list[Path]:
    """The whole backups, oldest first: their names are their times."""
    return sorted(path for path in folder.glob(f"{PREFIX}*") if path.is_dir() and path.suffix != PARTIAL)


def find(settings: BackupSettings, name: str | None) -> Path:
    """The named backup, or the newest.

    Raises:
        ConfigurationError: there is none.
    """
    found = every(settings.folder)
    if name is not None:
        found = [path for path in found if path.name == name]
    if not found:
        raise ConfigurationError(
            f"there is no backup {name or ''} in {settings.folder} (CVEVAL_BACKUP_FOLDER)"
        )
    return found[-1]


def time_of(name: str) -> datetime:
    """The moment that a backup holds, by its name."""
    return datetime.strptime(name, f"{PREFIX}%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)


def expired(names: list[str], keep: int, keep_for: timedelta) -> list[str]:
    """Which go, of backups oldest first: all but the `keep` newest, if they are older than `keep_for` beside the newest."""
    return [name for name in names[:-keep] if time_of(names[-1]) - time_of(name) > keep_for]


def prune(settings: BackupSettings) -> list[str]:
    """Remove what the rule lets go, and what never got whole; answers with the names of the former."""
    names = [path.name for path in every(settings.folder)]
    gone = expired(names, settings.keep, settings.keep_for)
    for name in gone:
        shutil.rmtree(settings.folder / name)
    for partial in settings.folder.glob(f"{PREFIX}*{PARTIAL}"):
        # Another backup may be under way; it is newer than the newest whole one.
        if partial.name.removesuffix(PARTIAL) < names[-1]:
            shutil.rmtree(partial)
    return gone
