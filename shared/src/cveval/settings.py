"""Settings that several programs share, and how a wrong one ends the process: by naming itself."""

import os
from datetime import timedelta
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from cveval.domain.configuration import Settings
from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Duration

S = TypeVar("S", bound=Settings)

POSTGRES = ("postgresql://", "postgres://")
SQLITE = "sqlite:///"
MIGRATE_POSTGRES = 'goose -env=none -dir deploy/migrations postgres "$CVEVAL_DATABASE_URL" up'


class DatabaseSettings(Settings):
    """Where the memory is, and how patient we are with it."""

    prefix = "CVEVAL_DATABASE_"

    url: SecretStr
    """`postgresql://user:password@host/database`, or `sqlite:///folder/file.db`."""

    @field_validator("url")
    @classmethod
    def _is_known(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith((*POSTGRES, SQLITE)):
            raise ValueError(
                "is no address of a database; write postgresql://user@host/name or sqlite:///folder/file.db"
            )
        return url

    pool_min_size: Annotated[int, Field(ge=0)] = 0
    """Connections that a process keeps open though nobody uses them; more spare a request after a pause the time of connecting."""
    pool_max_size: Annotated[int, Field(ge=1)] = 4
    """Connections that a process may have; more where requests wait for one, as long as those of all processes stay under the server's
    `max_connections`.
    """
    pool_max_waiting: Annotated[int, Field(ge=0)] = 200
    """Callers that may wait for a connection; more are refused at once (503). 0 = no limit."""
    pool_timeout: Duration = timedelta(seconds=5)
    """How long a caller waits for a connection before it is refused (503); longer only where callers wait longer for their answer."""
    pool_max_lifetime: Duration = timedelta(minutes=30)
    """A connection that is older is replaced; shorter where connections should soon go to another server, as behind a load balancer."""
    pool_max_idle: Duration = timedelta(minutes=5)
    """A connection beyond the least number that nobody used for so long is closed; shorter where the server has few to give."""
    statement_timeout: Duration = timedelta(seconds=5)
    """A statement that takes longer is ended by Postgres; longer where a slow disk ends sound ones. SQLite waits so long for its lock."""
    lock_timeout: Duration = timedelta(seconds=2)
    """How long a statement of Postgres waits for a row that another has locked before its transaction fails; under the statement's own."""
    idle_in_transaction_timeout: Duration = timedelta(seconds=10)
    """Postgres ends a transaction whose program is silent for so long, and with it the locks of a program that hangs."""
    slow_statement: Duration = timedelta(milliseconds=200)
    """A statement that takes longer is logged by its name and counted; shorter to see where time goes."""

    @model_validator(mode="after")
    def _pool_can_be(self) -> Self:
        if self.pool_min_size > self.pool_max_size:
            raise ValueError("CVEVAL_DATABASE_POOL_MIN_SIZE must not be over CVEVAL_DATABASE_POOL_MAX_SIZE")
        return self


def load(settings: type[S], **given: Any) -> S:
    """Read settings from the environment; `given` ones win.

    Raises:
        ConfigurationError: one line per setting that is wrong, each naming its variable.
    """
    read = {field: os.environ[name] for field, name in settings.variables().items() if name in os.environ}
    try:
        return settings(**read | given)
    except ValidationError as error:
        faults = [_sentence(settings.prefix, fault) for fault in error.errors()]
        raise ConfigurationError("\n".join(faults)) from None


def load_or_exit(settings: type[S]) -> S:
    """Read settings at start-up: a wrong one ends the process with a message that names it."""
    try:
        return load(settings)
    except ConfigurationError as error:
        raise SystemExit(f"cveval cannot start: {error}") from None


def _sentence(prefix: str, fault: ErrorDetails) -> str:
    """The variable and what is wrong with it; never the value, which may be a secret."""
    message = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:
        return message
    setting, *inside = map(str, fault["loc"])
    return ": ".join([f"{prefix}{setting}".upper(), *([".".join(inside)] if inside else []), message])
