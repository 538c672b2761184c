"""`erase`, `purge`, `keys` and `migrate`: taking care of an installation."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from cveval_local.commands.running import JobId, command, data_option, database, json_option, print_json


@click.command()
@click.argument("cv_id", type=JobId(), metavar="CV_ID")
@click.option("--owner", default="local", show_default=True, help="Whose candidate.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@json_option
@command
async def erase(cv_id: str, owner: str, data: Path, *, yes: bool, as_json: bool) -> None:
    """Erase a candidate: the CV, its jobs, results and history, and reports that nobody else uses.

    \b
    Example:
      cveval erase 9b2d… --owner acme --yes
    """  # noqa: D301
    if not yes:
        click.confirm(f"Erase candidate {cv_id} of {owner} for ever?", abort=True)
    async with database(data) as store:
        erased = await store.transact(lambda tx: tx.erasures.erase(cv_id, owner))
    if as_json:
        print_json(asdict(erased))
    else:
        click.echo(f"erased {erased.jobs} job(s) and {erased.uploads} upload(s)")


@click.command()
@data_option
@json_option
@command
async def purge(data: Path, *, as_json: bool) -> None:
    """Archive and delete what is past its retention, once, within the limits of a run.

    \b
    Example:
      cveval purge --json
    """  # noqa: D301
    from cveval.domain.policies import Policies  # noqa: PLC0415 - quick --help
    from cveval.observability import Metrics  # noqa: PLC0415
    from cveval.settings import load  # noqa: PLC0415
    from cveval_local.tables import show_duration  # noqa: PLC0415
    from cveval_purge.settings import PurgeSettings, load_archive  # noqa: PLC0415
    from cveval_purge.wiring import purge_of  # noqa: PLC0415

    def progress(table: str, rows: int) -> None:
        if rows and not as_json:
            click.echo(f"  {table}: {rows:,}", err=True)

    policies = load(Policies)
    archive = load_archive(policies)
    if not archive.is_on:
        click.echo(
            "no archive: what is past its retention is deleted for good (CVEVAL_ARCHIVE_BUCKET is not set)",
            err=True,
        )
    async with database(data) as store:
        report = await purge_of(load(PurgeSettings), archive, policies, store, Metrics())(progress)
    if as_json:
        print_json(asdict(report))
        return
    for table, rows in report.deleted.items():
        click.echo(f"{table}: {rows:,} deleted")
    archived = report.archived
    if archive.is_on:
        click.echo(
            f"archive: {archived['objects']:,} object(s) written and verified, {archived['bytes']:,} bytes; "
            f"{archived['removed']:,} removed"
        )
    for table, seconds in report.behind.items():
        if seconds:
            click.echo(f"behind: {table} by {show_duration(timedelta(seconds=seconds))}")
    if not report.is_complete:
        click.echo("a limit of the run was reached; run it again for the rest")


@click.group()
def keys() -> None:
    """API keys: add, list, revoke.

    \b
    Example:
      cveval keys add acme --label "recruiting frontend"
    """  # noqa: D301


@keys.command("add")
@click.argument("owner")
@click.option("--label", default="", help="What it is for.")
@data_option
@json_option
@command
async def add_key(owner: str, label: str, data: Path, *, as_json: bool) -> None:
    """Make a key for an owner and show its secret, this once.

    \b
    Example:
      cveval keys add acme --label "recruiting frontend"
    """  # noqa: D301
    import secrets  # noqa: PLC0415

    from cveval.domain.documents import clean_text, new_id  # noqa: PLC0415 - quick --help

    key_id, secret = new_id(), f"cvk_{secrets.token_urlsafe(32)}"
    if not clean_text(owner, field="OWNER", limit=200).strip():
        raise click.UsageError("OWNER is empty: name whose key it is")
    clean_text(label, field="--label", limit=200)
    async with database(data) as store:
        await store.transact(lambda tx: tx.api_keys.add(key_id, owner, label, secret))
    if as_json:
        print_json({"id": key_id, "owner": owner, "secret": secret})
    else:
        click.echo(
            f"key {key_id} of {owner}:\n{secret}\nIt is not shown again: only its hash is stored. "
            "From the first key on, every request needs one."
        )


@keys.command("list")
@data_option
@json_option
@command
async def list_keys(data: Path, *, as_json: bool) -> None:
    """List keys, without their secrets.

    \b
    Example:
      cveval keys list
    """  # noqa: D301
    from cveval_local.tables import print_table, show_time  # noqa: PLC0415 - quick --help

    async with database(data) as store:
        found = await store.transact(lambda tx: tx.api_keys.every())
    if as_json:
        print_json([asdict(key) for key in found])
        return
    rows = [
        [key.id, key.owner, key.label, show_time(key.created_at), show_time(key.revoked_at)] for key in found
    ]
    print_table(["id", "owner", "label", "made (UTC)", "revoked"], rows, empty="There are no API keys.")


@keys.command("revoke")
@click.argument("key_id", type=JobId(), metavar="ID")
@data_option
@json_option
@command
async def revoke_key(key_id: str, data: Path, *, as_json: bool) -> None:
    """Put a key out of force, everywhere within ten seconds.

    \b
    Example:
      cveval keys revoke 5b2e…
    """  # noqa: D301
    async with database(data) as store:
        await store.transact(lambda tx: tx.api_keys.revoke(key_id))
    if as_json:
        print_json({"id": key_id})
    else:
        click.echo(f"revoked {key_id}")


@click.command()
@data_option
@json_option
@command
async def migrate(data: Path, *, as_json: bool) -> None:
    """Bring the database of the data folder up to date. (Postgres is migrated by goose.)

    \b
    Example:
      cveval migrate --data ./cveval-data
    """  # noqa: D301
    from cveval.settings import MIGRATE_POSTGRES, SQLITE  # noqa: PLC0415 - quick --help
    from cveval_local.migrating import migrate as migrate_file  # noqa: PLC0415
    from cveval_local.settings import database_settings  # noqa: PLC0415

    url = database_settings(data).url.get_secret_value()
    if not url.startswith(SQLITE):
        raise click.UsageError(f"Postgres is migrated by goose: {MIGRATE_POSTGRES}")
    data.mkdir(parents=True, exist_ok=True)
    applied = migrate_file(Path(url.removeprefix(SQLITE)))
    if as_json:
        print_json({"applied": [migration.name for migration in applied]})
        return
    for migration in applied:
        click.echo(f"applied {migration.name}")
    if not applied:
        click.echo("nothing to do")
