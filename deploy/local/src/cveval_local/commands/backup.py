"""`after-restore`: what a restored database needs before it serves again."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from cveval_local.commands.running import command, data_option, database, json_option, print_json


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
        click.echo(f"erased again: {done.erased} candidate(s); due now: {done.unfinished} unfinished job(s)")
    for cv_id in done.on_hold:
        click.echo(
            f"erased candidate {cv_id} is back and on legal hold: decide, then cveval hold remove {cv_id}, and run this again",
            err=True,
        )
    if done.on_hold:
        sys.exit(1)
