"""`dead` and `redrive`: what was given up, and the way back."""

import asyncio
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cveval_local.commands.running import (
    Age,
    JobId,
    command,
    data_option,
    database,
    json_option,
    print_json,
)

if TYPE_CHECKING:
    from cveval.domain.jobs import Job
    from cveval.store.jobs import Redrive
    from cveval.store.transaction import Transaction
    from cveval_local.redriving import Redriving

STOP_ABOVE = 10.0
NAMES_NO_JOB = (
    "a record that names no job cannot be put back as one; `cveval dead --raw` shows it: correct whoever wrote it and let that "
    "send again"
)


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
@click.option(
    "--older-than", type=Age(), metavar="AGE", help="Failed at least so long ago, such as 90s, 5m, 2h."
)
@click.option("--all", "everything", is_flag=True, help="All failed jobs.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many."
)
@click.option("--rate", type=click.FloatRange(0.01, 10_000), help="So many a second.")
@click.option(
    "--canary", is_flag=True, help="First 1, then 10, then all; each time wait how they end before going on."
)
@click.option(
    "--stop-above",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help=f"With --canary: stop when more than so many of them fail again.  [default: {STOP_ABOVE:g}]",
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
    older_than: timedelta | None,
    limit: int,
    rate: float | None,
    stop_above: float | None,
    data: Path,
    *,
    everything: bool,
    canary: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put failed jobs back into the queue, with fresh budgets, the oldest failure first.

    Jobs whose documents are gone are left out. Ctrl-C ends it between two transactions: what is back stays back, the rest is as it was.

    \b
    Example:
      cveval redrive --code timeout --limit 1000 --dry-run
      cveval redrive --code timeout --limit 1000 --canary --stop-above 5 --rate 20
    """  # noqa: D301
    from cveval.store.jobs import Redrive  # noqa: PLC0415 - quick --help
    from cveval_local.redriving import Redriving  # noqa: PLC0415
    from cveval_local.tables import show_text  # noqa: PLC0415

    if not (job_ids or owner or queue or code or since or older_than or everything):
        raise click.UsageError("say which jobs: ids, a filter, or --all")
    if stop_above is not None and not canary:
        raise click.UsageError("--stop-above needs --canary: without it nobody looks how they end")
    wanted = Redrive(
        job_ids or None, owner, queue, code, since.replace(tzinfo=UTC) if since else None, older_than, limit
    )
    stopping = asyncio.Event()
    async with database(data) as store:
        found, nameless = await store.transact(lambda tx: _chosen(tx, wanted))
        if not as_json:
            for job in found:
                click.echo(f"{job.id}  {show_text(f'{job.error_code}: {job.error}')}")
        redriving = Redriving(
            store,
            rate=rate,
            stop_above=(STOP_ABOVE if stop_above is None else stop_above) if canary else None,
            stopping=stopping,
            tell=(lambda _: None) if as_json else (lambda text: click.echo(f"  {text}", err=True)),
        )
        try:
            if not dry_run:
                _end_at_ctrl_c(stopping)
                await redriving([job.id for job in found])
        finally:
            # Also when the database went away in the middle.
            _show(redriving, found, nameless, wanted, dry_run=dry_run, as_json=as_json)
    if redriving.has_failed:
        sys.exit(1)
    if stopping.is_set():
        sys.exit(130)


async def _chosen(tx: "Transaction", wanted: "Redrive") -> "tuple[list[Job], int]":
    """Which jobs, and how many dead letters like them name no job.

    Raises:
        JobNotFound, NotRedrivable: of an id that was given.
    """
    from cveval.domain.errors import JobNotFound, NotRedrivable  # noqa: PLC0415 - quick --help
    from cveval.domain.jobs import JobStatus  # noqa: PLC0415

    found = await tx.jobs.redrivable(wanted)
    for job_id in sorted({*(wanted.ids or ())} - {job.id for job in found}):
        try:
            job = await tx.jobs.get(job_id)
        except JobNotFound:
            letter = await tx.dead_letters.find(job_id)
            if letter is None:
                raise
            raise NotRedrivable(
                f"{job_id} is a dead letter and no job: "
                + (f"put its job back: {letter.job_id}" if letter.job_id else NAMES_NO_JOB)
            ) from None
        raise NotRedrivable(
            f"job {job_id} is {job.status} and stays so"
            if job.status is not JobStatus.FAILED
            else f"job {job_id} is left out by a filter or --limit, or its documents are gone: upload them and ask anew"
        )
    if wanted.ids or wanted.owner:
        return found, 0
    return found, await tx.dead_letters.nameless(queue=wanted.queue, error_code=wanted.error_code)


def _end_at_ctrl_c(stopping: asyncio.Event) -> None:
    """The first one ends it in good order, a second one at once."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, stop)


def _show(
    redriving: "Redriving",
    found: "list[Job]",
    nameless: int,
    wanted: "Redrive",
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """What was put back, what failed again, and how to go on."""
    from cveval_local.tables import show_text  # noqa: PLC0415 - quick --help

    report = redriving.report
    if as_json:
        ids = [job.id for job in found] if dry_run else report.redriven
        told = {"dry_run": dry_run, "jobs": ids, **asdict(report), "dead_letters_without_job": nameless}
        del told["redriven"]
        print_json(told)
        return
    click.echo(
        f"{len(found)} job(s) would be back in the queue"
        if dry_run
        else f"{len(report.redriven)} job(s) are back in the queue"
    )
    if report.moved_on:
        click.echo(f"{len(report.moved_on)} had moved on already, or were gone")
    if report.completed or report.failed_again:
        click.echo(f"{len(report.completed)} of them completed, {len(report.failed_again)} failed again")
    for standing in report.failed_again:
        click.echo(f"  {standing.id}  {show_text(f'{standing.error_code}: {standing.error}')}")
    if redriving.has_failed:
        click.echo(f"Stopped: {report.failed_percent:.0f} % failed again. `cveval why ID` tells why.")
    if report.left:
        way = " ".join(["cveval redrive", *report.left]) if wanted.ids else "the same command"
        click.echo(f"{len(report.left)} are as they were. To go on with them: {way}")
    if nameless:
        click.echo(f"Beside them, {nameless} dead letter(s) like these name no job: {NAMES_NO_JOB}.")
