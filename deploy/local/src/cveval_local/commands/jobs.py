"""`jobs`, `why` and `cancel`: what is going on."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from cveval_local.commands.running import JobId, command, data_option, database, json_option, print_json

STATUSES = ("queued", "processing", "completed", "failed")


@click.command()
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@click.option("--queue", help="Only of this queue.")
@click.option("--owner", help="Only of this owner.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@data_option
@json_option
@command
async def jobs(
    status: str | None, queue: str | None, owner: str | None, limit: int, data: Path, *, as_json: bool
) -> None:
    """List jobs, the newest first.

    \b
    Example:
      cveval jobs --status failed --limit 10
    """  # noqa: D301
    from cveval.domain.jobs import JobStatus  # noqa: PLC0415 - quick --help
    from cveval_local.tables import print_table, show_time  # noqa: PLC0415

    wanted = JobStatus(status) if status else None
    async with database(data) as store:
        found = await store.transact(
            lambda tx: tx.jobs.newest(owner=owner, status=wanted, queue=queue, limit=limit)
        )
    if as_json:
        print_json([asdict(job) for job in found])
        return
    rows = [
        [
            job.id,
            job.status,
            job.owner,
            job.queue,
            job.attempt,
            show_time(job.created_at),
            job.error_code or "",
        ]
        for job in found
    ]
    print_table(
        ["id", "status", "owner", "queue", "attempt", "created (UTC)", "error"],
        rows,
        empty="There are no such jobs.",
    )


@click.command()
@click.argument("job_id", type=JobId(), metavar="ID")
@data_option
@json_option
@command
async def why(job_id: str, data: Path, *, as_json: bool) -> None:
    """Tell the whole history of one job: what happened, why, and what comes next.

    \b
    Example:
      cveval why 3f1c2a4e-5b6d-4c7e-8f90-a1b2c3d4e5f6
    """  # noqa: D301
    from cveval_local.history import History, tell  # noqa: PLC0415 - quick --help

    async with database(data) as store:
        history = await store.transact(lambda tx: History.of(tx, job_id))
    if as_json:
        print_json(asdict(history))
        return
    click.echo(f"{job_id} is {history.job.status}")
    for line in tell(history, datetime.now(UTC)):
        click.echo(f"  {line}")


@click.command()
@click.argument("job_id", type=JobId(), metavar="ID")
@data_option
@json_option
@command
async def cancel(job_id: str, data: Path, *, as_json: bool) -> None:
    """Cancel an unfinished job.

    \b
    Example:
      cveval cancel 3f1c2a4e-5b6d-4c7e-8f90-a1b2c3d4e5f6
    """  # noqa: D301
    async with database(data) as store:
        await store.transact(lambda tx: tx.jobs.cancel(job_id, reason="cancelled by an operator"))
    if as_json:
        print_json({"id": job_id})
    else:
        click.echo(f"cancelled {job_id}")
