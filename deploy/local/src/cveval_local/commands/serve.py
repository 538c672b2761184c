"""`serve` and `demo`: the whole system in one process."""

from pathlib import Path

import click

from cveval_local.commands.running import command, data_option


@click.command()
@data_option
@click.option("--host", default=None, help="Where to listen; 127.0.0.1 unless CVEVAL_HOST says otherwise.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="8080 unless CVEVAL_PORT; 0 = a free one."
)
@command
async def serve(data: Path, host: str | None, port: int | None) -> None:
    """Serve the whole system in one process until ctrl-C.

    \b
    Example:
      cveval serve --data ./cveval-data --port 8080
    """  # noqa: D301
    from cveval.observability import log_as_json  # noqa: PLC0415 - quick --help
    from cveval.settings import load  # noqa: PLC0415
    from cveval_local.process import Serving  # noqa: PLC0415
    from cveval_local.process import serve as serve_process  # noqa: PLC0415
    from cveval_local.settings import LocalSettings, misspelt_settings  # noqa: PLC0415

    for hint in misspelt_settings():
        click.echo(f"cveval: {hint}", err=True)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load(LocalSettings, data=data, **given)
    log_as_json()

    def ready(serving: Serving) -> None:
        click.echo(f"cveval serves on {serving.address} (data in {data}; ctrl-C stops it)")

    await serve_process(settings, ready=ready)
    click.echo("stopped; nothing was lost")


@click.command()
@data_option
@command
async def demo(data: Path) -> None:
    """Evaluate the sample candidates over HTTP, print their ranking and one of them in full.

    \b
    Example:
      cveval demo
    """  # noqa: D301
    from cveval_local.demo import run_demo  # noqa: PLC0415 - quick --help

    await run_demo(data / "demo")
