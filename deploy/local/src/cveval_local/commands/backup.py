"""`backup` and `after-restore`: making backups, proving them, and what a restored database needs before it serves again."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cveval_local.commands.running import (
    command,
    data_option,
    database,
    interruptible,
    json_option,
    print_json,
)

if TYPE_CHECKING:
    from cveval_local.backups.verifying import Verified
    from cveval_purge.s3 import S3Objects


@click.group(invoke_without_command=True)
@data_option
@json_option
@click.pass_context
def backup(context: click.Context, data: Path, *, as_json: bool) -> None:
    """Back the database up with pg_dump, and remove backups past the rule; or list and verify what there is.

    \b
    Example:
      cveval backup && cveval backup verify
    """  # noqa: D301
    if context.invoked_subcommand is None:
        _back_up(data, as_json=as_json)


@command
async def _back_up(data: Path, *, as_json: bool) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - quick --help

    from cveval.settings import load  # noqa: PLC0415
    from cveval_local.backups import making  # noqa: PLC0415
    from cveval_local.backups.copying import upload  # noqa: PLC0415
    from cveval_local.settings import BackupSettings  # noqa: PLC0415

    settings = load(BackupSettings)
    bucket = _bucket() if settings.upload else None
    with interruptible():
        made = making.make(_postgres_url(data), settings)
    if bucket is not None:
        await upload(made, settings, bucket)
    facts = {
        "name": made.name,
        "bytes": made.size,
        "seconds": made.seconds,
        "backup_age": (datetime.now(UTC) - made.snapshot_at).total_seconds(),
    }
    async with database(data) as store:
        await store.transact(lambda tx: tx.maintenance.record("backup", facts))
    gone = making.prune(settings)
    if as_json:
        print_json({**facts, "folder": str(made.folder), "removed": gone})
        return
    rows = sum(table.rows for table in made.tables.values())
    click.echo(
        f"{made.folder}: {rows:,} rows of {len(made.tables)} tables, {made.size:,} bytes, {made.seconds:.1f} s"
    )
    if gone:
        click.echo(f"removed by the rule: {', '.join(gone)}")
    click.echo("It is a backup once it was restored: cveval backup verify")


@backup.command("list")
@click.option("--bucket", "in_bucket", is_flag=True, help="The copies in the archive's bucket.")
@json_option
@command
async def list_backups(*, in_bucket: bool, as_json: bool) -> None:
    """List the backups, the newest first.

    \b
    Example:
      cveval backup list
    """  # noqa: D301
    from cveval.settings import load  # noqa: PLC0415 - quick --help
    from cveval_local.backups import making  # noqa: PLC0415
    from cveval_local.backups.copying import uploaded  # noqa: PLC0415
    from cveval_local.settings import BackupSettings  # noqa: PLC0415
    from cveval_local.tables import print_table, show_time  # noqa: PLC0415

    if in_bucket:
        names = [(name, making.time_of(name)) for name in reversed(await uploaded(_bucket()))]
        if as_json:
            print_json([{"name": name, "snapshot_at": moment} for name, moment in names])
            return
        copies = [[name, show_time(moment)] for name, moment in names]
        print_table(["backup", "holds the moment (UTC)"], copies, empty="There are no backups in the bucket.")
        return
    found = [making.read(folder) for folder in reversed(making.every(load(BackupSettings).folder))]
    if as_json:
        print_json([{"name": one.name, "snapshot_at": one.snapshot_at, "bytes": one.size} for one in found])
        return
    rows = [[one.name, show_time(one.snapshot_at), f"{one.size:,}"] for one in found]
    print_table(["backup", "holds the moment (UTC)", "bytes"], rows, empty="There are no backups.")


@backup.command("fetch")
@click.argument("name", required=False)
@json_option
@command
async def fetch_backup(name: str | None, *, as_json: bool) -> None:
    """Bring a backup (the newest) from the archive's bucket into the folder of backups, and compare every file with its sha256.

    \b
    Example:
      cveval backup fetch && cveval backup verify
    """  # noqa: D301
    from cveval.settings import load  # noqa: PLC0415 - quick --help
    from cveval_local.backups.copying import fetch  # noqa: PLC0415
    from cveval_local.settings import BackupSettings  # noqa: PLC0415

    fetched = await fetch(name, load(BackupSettings), _bucket())
    if as_json:
        print_json({"name": fetched.name, "folder": str(fetched.folder), "bytes": fetched.size})
        return
    click.echo(f"{fetched.folder}: {fetched.size:,} bytes, every file as it was written")
    click.echo(f"It is a backup once it was restored: cveval backup verify {fetched.name}")


@backup.command("verify")
@click.argument("name", required=False)
@data_option
@json_option
@command
async def verify_backup(name: str | None, data: Path, *, as_json: bool) -> None:
    """Restore a backup (the newest) into a database of its own, compare every table, repeat a request, tell RPO and RTO.

    \b
    Example:
      cveval backup verify
    """  # noqa: D301
    from cveval.settings import load  # noqa: PLC0415 - quick --help
    from cveval_local.backups import making  # noqa: PLC0415
    from cveval_local.backups.verifying import verify  # noqa: PLC0415
    from cveval_local.settings import BackupSettings  # noqa: PLC0415

    settings = load(BackupSettings)
    with interruptible():
        verified = await verify(making.find(settings, name), _postgres_url(data), settings)
    facts = _facts(verified)
    async with database(data) as store:
        await store.transact(lambda tx: tx.maintenance.record("backup_verify", facts))
    if as_json:
        print_json(facts)
        return
    _tell(verified)


def _facts(verified: "Verified") -> dict[str, object]:
    return {
        "name": verified.backup.name,
        "backup_age": verified.backup_age.total_seconds(),
        "restore_seconds": verified.restore_seconds,
        "newest_at": verified.newest_at and verified.newest_at.isoformat(),
        "key_found": verified.key_found,
        "rows": {name: table.rows for name, table in verified.backup.tables.items()},
    }


def _tell(verified: "Verified") -> None:
    from cveval_local.tables import show_duration, show_time  # noqa: PLC0415 - quick --help

    for name, table in verified.backup.tables.items():
        click.echo(f"  {name}: {table.rows:,} rows, the same")
    smoke = "none was there to repeat" if verified.key_found is None else "found its job"
    click.echo(f"a repeated Idempotency-Key: {smoke}")
    click.echo(f"the newest that happened in it: {show_time(verified.newest_at)} UTC")
    click.echo(f"RPO, what would be lost now: the last {show_duration(verified.backup_age)}")
    click.echo(f"RTO, files checked, restored and compared: {verified.restore_seconds:.1f} s")
    click.echo(f"{verified.backup.name} restores")


def _postgres_url(data: Path) -> str:
    """The database's address.

    Raises:
        ConfigurationError: it is no Postgres.
    """
    from cveval.domain.errors import ConfigurationError  # noqa: PLC0415 - quick --help
    from cveval.settings import SQLITE  # noqa: PLC0415
    from cveval_local.settings import database_settings  # noqa: PLC0415

    url = database_settings(data).url.get_secret_value()
    if url.startswith(SQLITE):
        raise ConfigurationError(
            f"CVEVAL_DATABASE_URL: backups are for Postgres; of a data folder keep a copy made while `cveval serve` is stopped, "
            f"or by: sqlite3 {url.removeprefix(SQLITE)} '.backup copy.db'"
        )
    return url


def _bucket() -> "S3Objects":
    """Where copies of backups are.

    Raises:
        ConfigurationError: no archive is set.
    """
    from cveval.domain.errors import ConfigurationError  # noqa: PLC0415 - quick --help
    from cveval.domain.policies import Policies  # noqa: PLC0415
    from cveval.settings import load  # noqa: PLC0415
    from cveval_purge.s3 import S3Objects  # noqa: PLC0415
    from cveval_purge.settings import load_archive  # noqa: PLC0415

    archive = load_archive(load(Policies))
    if not archive.is_on:
        raise ConfigurationError(
            "CVEVAL_ARCHIVE_BUCKET is missing: copies of backups are in the archive's bucket (CVEVAL_BACKUP_UPLOAD)"
        )
    return S3Objects(archive)


@click.command("after-restore")
@data_option
@json_option
@command
async def after_restore(data: Path, *, as_json: bool) -> None:
    """Bring a restored database up to the world: erase again whom the archive remembers as erased, make unfinished jobs due.

    \b
    Example:
      cveval after-restore
    """  # noqa: D301
    from cveval.domain.policies import Policies  # noqa: PLC0415 - quick --help
    from cveval.observability import Metrics  # noqa: PLC0415
    from cveval.settings import load  # noqa: PLC0415
    from cveval_purge.after_restore import after_restore as run  # noqa: PLC0415
    from cveval_purge.settings import load_archive  # noqa: PLC0415
    from cveval_purge.wiring import archiving_of  # noqa: PLC0415

    policies = load(Policies)
    archive = load_archive(policies)
    if not archive.is_on:
        click.echo(
            "no archive (CVEVAL_ARCHIVE_BUCKET is not set): erasures since the backup are not known here and must be "
            "repeated by hand",
            err=True,
        )
    async with database(data) as store:
        done = await run(store, policies, archiving_of(archive, store, Metrics()))
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(f"erased again: {done.erased} candidate(s); made due: {done.unfinished} unfinished job(s)")
    for cv_id in done.on_hold:
        click.echo(
            f"erased candidate {cv_id} is back and on legal hold: decide, then cveval hold remove {cv_id}, and run this again",
            err=True,
        )
    if done.on_hold:
        sys.exit(1)
