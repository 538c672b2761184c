"""`archive` and `hold`: what left the database, the way back, and what may not leave."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cveval_local.commands.running import JobId, command, data_option, database, json_option, print_json

if TYPE_CHECKING:
    from cveval.store.transaction import Store
    from cveval_purge.archiving import Archiving


@asynccontextmanager
async def archive_of(data: Path) -> "AsyncIterator[tuple[Store, Archiving]]":
    """The store and its archive.

    Raises:
        ConfigurationError: there is none.
    """
    from cveval.domain.errors import ConfigurationError  # noqa: PLC0415 - quick --help
    from cveval.domain.policies import Policies  # noqa: PLC0415
    from cveval.observability import Metrics  # noqa: PLC0415
    from cveval.settings import load  # noqa: PLC0415
    from cveval_purge.settings import load_archive  # noqa: PLC0415
    from cveval_purge.wiring import archiving_of  # noqa: PLC0415

    settings = load_archive(load(Policies))
    async with database(data) as store:
        archiving = archiving_of(settings, store, Metrics())
        if archiving is None:
            raise ConfigurationError("CVEVAL_ARCHIVE_BUCKET is not set: there is no archive to read")
        yield store, archiving


@click.group()
def archive() -> None:
    """The archive: list, show, restore.

    \b
    Example:
      cveval archive restore 9b2d…
    """  # noqa: D301


@archive.command("list")
@click.option("--cv", "cv_id", type=JobId(), help="Only of this candidate.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@data_option
@json_option
@command
async def list_archives(cv_id: str | None, limit: int, data: Path, *, as_json: bool) -> None:
    """List archived objects, the newest first.

    \b
    Example:
      cveval archive list --cv 9b2d…
    """  # noqa: D301
    from cveval_local.tables import print_table, show_time  # noqa: PLC0415 - quick --help

    async with database(data) as store:
        found = await store.transact(lambda tx: tx.archives.newest(cv_id=cv_id, limit=limit))
    if as_json:
        print_json([{**asdict(one), "object": one.object_name} for one in found])
        return
    rows = [
        [one.cv_id, one.owner, one.kind, one.status, one.size, show_time(one.created_at), one.object_name]
        for one in found
    ]
    headings = ["candidate", "owner", "what", "status", "bytes", "begun (UTC)", "object"]
    print_table(headings, rows, empty="Nothing is archived.")


@archive.command("show")
@click.argument("cv_id", type=JobId(), metavar="CV_ID")
@data_option
@json_option
@command
async def show_archives(cv_id: str, data: Path, *, as_json: bool) -> None:
    """Read what is archived of a candidate and compare it with what was verified; --json shows everything.

    \b
    Example:
      cveval archive show 9b2d… --json
    """  # noqa: D301
    async with archive_of(data) as (store, archiving):
        archives = await store.transact(lambda tx: tx.archives.of_candidate(cv_id))
        documents = [await archiving.read(one) for one in archives]
    if as_json:
        print_json(documents)
        return
    for one, document in zip(archives, documents, strict=True):
        held = ", ".join(f"{len(rows)} {table}" for table, rows in document["tables"].items() if rows)
        click.echo(f"{one.object_name}: {held}")


@archive.command("restore")
@click.argument("cv_id", type=JobId(), metavar="CV_ID")
@data_option
@json_option
@command
async def restore_candidate(cv_id: str, data: Path, *, as_json: bool) -> None:
    """Put everything that is archived of a candidate back, with its ids, and hold it; refuses what exists or was erased.

    \b
    Example:
      cveval archive restore 9b2d…
    """  # noqa: D301
    from cveval_purge.restoring import restore  # noqa: PLC0415 - quick --help

    async with archive_of(data) as (store, archiving):
        restored = await restore(store, archiving, cv_id)
    if as_json:
        print_json(asdict(restored))
        return
    click.echo("restored " + ", ".join(f"{rows} {table}" for table, rows in restored.rows.items() if rows))
    click.echo(
        f"It is on hold, so that it is not archived again at once; let it go with: cveval hold remove {cv_id}"
    )


@click.group()
def hold() -> None:
    """Legal holds: add, list, remove. What is held is neither purged nor erased.

    \b
    Example:
      cveval hold add 9b2d… --reason "case 12/2026"
    """  # noqa: D301


@hold.command("add")
@click.argument("upload_id", type=JobId(), metavar="UPLOAD_ID")
@click.option("--reason", required=True, help="Why; for whoever lifts it.")
@data_option
@json_option
@command
async def add_hold(upload_id: str, reason: str, data: Path, *, as_json: bool) -> None:
    """Hold an upload (a cv_id or project_id), the jobs that refer to it, and their documents.

    \b
    Example:
      cveval hold add 9b2d… --reason "case 12/2026"
    """  # noqa: D301
    from cveval.domain.documents import clean_text  # noqa: PLC0415 - quick --help

    clean_text(reason, field="--reason", limit=1000)
    async with database(data) as store:
        await store.transact(lambda tx: tx.holds.add(upload_id, reason))
    if as_json:
        print_json({"upload_id": upload_id})
    else:
        click.echo(f"upload {upload_id} is on hold")


@hold.command("list")
@data_option
@json_option
@command
async def list_holds(data: Path, *, as_json: bool) -> None:
    """List what is held, and why.

    \b
    Example:
      cveval hold list
    """  # noqa: D301
    from cveval_local.tables import print_table, show_time  # noqa: PLC0415 - quick --help

    async with database(data) as store:
        found = await store.transact(lambda tx: tx.holds.every())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [[one.upload_id, one.owner, one.reason, show_time(one.held_at)] for one in found]
    print_table(["upload", "owner", "reason", "since (UTC)"], rows, empty="Nothing is on hold.")


@hold.command("remove")
@click.argument("upload_id", type=JobId(), metavar="UPLOAD_ID")
@data_option
@json_option
@command
async def remove_hold(upload_id: str, data: Path, *, as_json: bool) -> None:
    """Let an upload go: what is past its retention goes with the next purge.

    \b
    Example:
      cveval hold remove 9b2d…
    """  # noqa: D301
    async with database(data) as store:
        await store.transact(lambda tx: tx.holds.remove(upload_id))
    if as_json:
        print_json({"upload_id": upload_id})
    else:
        click.echo(f"upload {upload_id} is no longer on hold")
