"""`dead` and `redrive`: what was given up, and the way back."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from cveval_local.commands.running import JobId, command, data_option, database, json_option, print_json


@click.command()
@click.option("--queue", help="Only of this queue.")
@click.option("--code", help="Only with this error code.")
@click.option("--all", "redriven_too", is_flag=True, help="Those that were redriven already, too.")
@click.option("--raw", is_flag=True, help="The records themselves, where a record could not be read.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@data_option
@json_option
@command
async def dead(
    queue: str | None,
    code: str | None,
    limit: int,
    data: Path,
    *,
    redriven_too: bool,
    raw: bool,
    as_json: bool,
) -> None:
    """List what was given up and why, the newest first: jobs, and records of a topic that nobody could read.

    \b
    Example:
      cveval dead --code malformed_request --raw
    """  # noqa: D301
    from cveval_local.records import place_of, tell_record  # noqa: PLC0415 - quick --help
    from cveval_local.tables import print_table, show_time  # noqa: PLC0415

    async with database(data) as store:
        letters = await store.transact(
            lambda tx: tx.dead_letters.newest(
                queue=queue, error_code=code, redriven_too=redriven_too, limit=limit
            )
        )
    if as_json:
        print_json([asdict(letter) for letter in letters])
        return
    if raw:
        for letter in letters:
            for line in tell_record(letter):
                click.echo(line)
        return
    rows = [
        [
            letter.job_id or "",
            place_of(letter.record) if letter.record else letter.queue,
            letter.error_code,
            letter.reason,
            show_time(letter.created_at),
            show_time(letter.redriven_at),
        ]
        for letter in letters
    ]
    print_table(
        ["job", "queue or record", "code", "reason", "when (UTC)", "redriven"],
        rows,
        empty="There are no dead letters.",
    )


@click.command()
@click.argument("job_ids", type=JobId(), metavar="[ID]...", nargs=-1)
@click.option("--owner", help="Failed jobs of this owner.")
@click.option("--queue", help="Failed jobs of this queue.")
@click.option("--code", help="Failed jobs with this error code.")
@click.option("--since", type=click.DateTime(), help="Failed since this time (UTC).")
@click.option("--all", "everything", is_flag=True, help="All failed jobs.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many."
)
@click.option("--dry-run", is_flag=True, help="Only say which.")
@data_option
@json_option
@command
async def redrive(
    job_ids: tuple[str, ...],
    owner: str | None,
    queue: str | None,
    code: str | None,
    since: datetime | None,
    limit: int,
    data: Path,
    *,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put failed jobs back into the queue, with fresh budgets. Jobs whose documents are gone are left out.

    \b
    Example:
      cveval redrive --code timeout --limit 10 --dry-run
    """  # noqa: D301
    from cveval.domain.errors import NotRedrivable  # noqa: PLC0415 - quick --help
    from cveval.domain.jobs import Job, JobStatus  # noqa: PLC0415
    from cveval.store.jobs import Redrive  # noqa: PLC0415
    from cveval.store.transaction import Transaction  # noqa: PLC0415

    if not (job_ids or owner or queue or code or since or everything):
        raise click.UsageError("say which jobs: ids, a filter, or --all")
    moment = since.replace(tzinfo=UTC) if since else None
    filters = [Redrive(id_, owner, queue, code, moment, limit) for id_ in (job_ids or (None,))]

    async def work(tx: Transaction) -> list[Job]:
        found = [job for wanted in filters for job in await tx.jobs.redrivable(wanted)][:limit]
        for job_id in sorted({*job_ids} - {job.id for job in found}):
            job = await tx.jobs.get(job_id)
            raise NotRedrivable(
                f"job {job_id} is {job.status} and stays so"
                if job.status is not JobStatus.FAILED
                else f"job {job_id} is left out by a filter or --limit, or its documents are gone: upload them and ask anew"
            )
        if found and not dry_run:
            await tx.jobs.redrive([job.id for job in found])
        return found

    async with database(data) as store:
        found = await store.transact(work)
        if found and not dry_run:
            await store.hint()
    if as_json:
        print_json({"dry_run": dry_run, "jobs": [job.id for job in found]})
        return
    for job in found:
        click.echo(f"{job.id}  {job.error_code}: {job.error}")
    click.echo(f"{len(found)} job(s) {'would be' if dry_run else 'are'} back in the queue")
