"""pg_dump and pg_restore of the right version, without a password on their command line."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cveval.domain.errors import BackupFailed, ConfigurationError

# What a dump and its copy are compared by must not hang on how a session writes values.
SESSION = (
    "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex"
)


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[tuple[object, ...]]:
    """A connection without the limits of the functions: a backup takes as long as it takes.

    Raises:
        BackupFailed: nobody is there.
    """
    try:
        return psycopg.connect(url, autocommit=autocommit, options=SESSION, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise BackupFailed(
            f"no connection to the database ({type(error).__name__}): is it running?"
        ) from error


def client(name: str, folder: str, server_version: int) -> Path:
    """The program `name`, not older than the server: an older one refuses, or forgets what it does not know.

    Raises:
        ConfigurationError: it is missing or too old; the message tells the way out.
    """
    server = server_version // 10_000
    way_out = f"install the PostgreSQL {server} client, or name its folder: CVEVAL_BACKUP_BIN=/usr/lib/postgresql/{server}/bin"
    found = shutil.which(name, path=folder or None)
    if found is None:
        raise ConfigurationError(f"CVEVAL_BACKUP_BIN: there is no {name}: {way_out}")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - what the operator named
    version = re.search(r"\) (\d+)", said)
    if version is None or int(version[1]) < server:
        raise ConfigurationError(
            f"CVEVAL_BACKUP_BIN: {found} is version {version[1] if version else 'unknown'}, the server {server}: {way_out}"
        )
    return Path(found)


def run(program: Path, url: str, *arguments: str) -> None:
    """Run a client on a database.

    Raises:
        BackupFailed: with the last line that it said.
    """
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    environment = {**os.environ, "PGOPTIONS": SESSION}
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    ended = subprocess.run(  # noqa: S603 - arguments are ours, no shell
        [str(program), f"--dbname={make_conninfo('', **parts)}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or ["nothing"]
        raise BackupFailed(f"{program.name} ended with {ended.returncode}: {said[-1]}")
