"""`doctor`: what is wrong with this installation."""

import sys
from pathlib import Path

import click

from cveval_local.commands.running import command, data_option, json_option, print_json


@click.command()
@data_option
@json_option
@command
async def doctor(data: Path, *, as_json: bool) -> None:
    """Check this installation and say what is wrong with it, each with the way out.

    \b
    Example:
      cveval doctor --data ./cveval-data
    """  # noqa: D301
    from dataclasses import asdict  # noqa: PLC0415

    from cveval_local.checkup import Level, check_up  # noqa: PLC0415 - quick --help

    findings = [finding async for finding in check_up(data)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{finding.level.value:8}{finding.what}: {finding.text}")
    if any(finding.level is Level.FAILED for finding in findings):
        sys.exit(1)
