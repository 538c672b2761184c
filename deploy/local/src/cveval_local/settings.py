"""The only reader of the local process' environment (beyond what the functions read themselves)."""

import os
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from cveval.domain.configuration import Settings
from cveval.domain.policies import Duration, Policies
from cveval.settings import SQLITE, DatabaseSettings, load
from cveval_evaluate.settings import EvaluateSettings
from cveval_purge.settings import ArchiveSettings, PurgeSettings
from cveval_submit.settings import SubmitSettings

DATABASE = "cveval.db"


class LocalSettings(Settings):
    """Where one person's cveval keeps its data and listens."""

    prefix = "CVEVAL_"

    data: Path = Path("cveval-data")
    """One folder with everything; delete it and cveval has forgotten everything."""
    host: str = "127.0.0.1"
    """The address that is served; another one where others than this machine ask, with API keys."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """The port that is served; 0 takes a free one."""


class BackupSettings(Settings):
    """Where `cveval backup` keeps its backups, and how many."""

    prefix = "CVEVAL_BACKUP_"

    folder: Path = Path("cveval-backups")
    """One folder for each backup. Not on the database's own disk."""
    keep: Annotated[int, Field(ge=1)] = 7
    """So many of the newest stay, however old."""
    keep_for: Duration = timedelta(days=30)
    """Those that are younger stay, however many."""
    bin: str = ""
    """The folder with pg_dump and pg_restore; empty: they are on the PATH. Not older than the server."""
    jobs: Annotated[int, Field(ge=1, le=32)] = 2
    """Tables that are dumped or restored at the same time."""
    upload: bool = False
    """Also into the archive's bucket, below `backups/`, kept by the same rule."""
    scratch_url: SecretStr = SecretStr("")
    """The server on which `backup verify` restores, in a database of its own; empty: the database's own server."""


MODELS: tuple[type[Settings], ...] = (
    Policies,
    SubmitSettings,
    EvaluateSettings,
    PurgeSettings,
    ArchiveSettings,
    BackupSettings,
    LocalSettings,
)
READ: tuple[type[Settings], ...] = (*MODELS, DatabaseSettings)
OTHERS = ("CVEVAL_TEST_", "CVEVAL_KAFKA_", "CVEVAL_REDIS_", "CVEVAL_SHIM_")
CLIENTS = ("CVEVAL_SERVER", "CVEVAL_API_KEY")
COMPOSE = ("CVEVAL_VERSION", "CVEVAL_PURGE_EVERY", "CVEVAL_BACKUP_EVERY")
"""Of .env, which docker-compose.yml reads itself and hands to every container."""


def misspelt_settings() -> list[str]:
    """A sentence for each `CVEVAL_…` variable that nobody reads: a misspelt setting is no setting."""
    known = {*CLIENTS, *COMPOSE} | {name for model in READ for name in model.variables().values()}
    unknown = sorted(n for n in os.environ if n.upper().startswith("CVEVAL_") and not n.startswith(OTHERS))
    return [
        f"{name} is read by nobody"
        + "".join(f": is {near} meant?" for near in get_close_matches(name.upper(), known, 1))
        for name in unknown
        if name not in known
    ]


def database_settings(data: Path) -> DatabaseSettings:
    """`CVEVAL_DATABASE_URL` where it is set, else the SQLite file of the data folder.

    Raises:
        ConfigurationError
    """
    if load(_Given).database_url is not None:
        return load(DatabaseSettings)
    return load(DatabaseSettings, url=SecretStr(f"{SQLITE}{data / DATABASE}"))


class _Given(Settings):
    prefix = "CVEVAL_"

    database_url: SecretStr | None = None
