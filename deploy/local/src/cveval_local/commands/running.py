"""What commands share: the data folder, JSON output, and how an error ends a command."""

import asyncio
import json
import signal
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID

import click

if TYPE_CHECKING:
    from cveval.store.transaction import Store

P = ParamSpec("P")
T = TypeVar("T")

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="CVEVAL_DATA",
    default=Path("cveval-data"),
    show_default=True,
    help="The folder with everything. (CVEVAL_DATABASE_URL, where set, names the database instead.)",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")


class JobId(click.ParamType[str]):
    """A job's or candidate's id: a UUID."""

    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(UUID(str(value)))
        except ValueError:
            self.fail(f"{value!r} is no id: an id is a UUID, such as 3f1c2a4e-…", param, ctx)


class Age(click.ParamType[timedelta]):
    """A duration as settings write it."""

    name = "AGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - quick --help

        from cveval.domain.policies import Duration  # noqa: PLC0415

        try:
            return TypeAdapter[timedelta](Duration).validate_python(value)
        except ValidationError:
            self.fail(f"{value!r} is no duration; write 90, 90s, 5m, 24h or 30d", param, ctx)


def command(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Run an async command; an expected error is one line on standard error and exit code 1."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        from cveval.domain.errors import CvevalError  # noqa: PLC0415 - quick --help

        try:
            return asyncio.run(function(*args, **kwargs))
        except CvevalError as error:
            click.echo(f"cveval: {error} [{error.code}]", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            sys.exit(130)

    return run


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM is an interrupt, which cleans up: what a container runs first would not even hear of it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@asynccontextmanager
async def database(data: Path) -> "AsyncIterator[Store]":
    """The store of this installation.

    Raises:
        ConfigurationError: there is no database yet, or a setting is wrong.
    """
    from cveval.domain.errors import ConfigurationError  # noqa: PLC0415 - quick --help
    from cveval.observability import Metrics  # noqa: PLC0415
    from cveval.settings import SQLITE  # noqa: PLC0415
    from cveval.store.opening import open_store  # noqa: PLC0415
    from cveval_local.migrating import pending  # noqa: PLC0415
    from cveval_local.settings import database_settings  # noqa: PLC0415

    settings = database_settings(data)
    url = settings.url.get_secret_value()
    if url.startswith(SQLITE):
        file = Path(url.removeprefix(SQLITE))
        if not file.exists():
            raise ConfigurationError(
                f"there is no database in {data}: start `cveval serve`, or name the folder with --data"
            )
        if pending(file):
            raise ConfigurationError(f"{file} is older than this program: run `cveval migrate` first")
    store = open_store(settings, Metrics())
    try:
        yield store
    finally:
        await store.aclose()


def print_json(value: object) -> None:
    """One JSON document on standard output; times as ISO 8601, bytes in base64."""
    click.echo(json.dumps(value, indent=2, default=_as_json, ensure_ascii=False))


def _as_json(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)
