"""The only reader of the local process' environment (beyond what the functions read themselves)."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cveval.domain.policies import Policies
from cveval.settings import SQLITE, DatabaseSettings, load
from cveval_evaluate.settings import EvaluateSettings
from cveval_purge.settings import ArchiveSettings, PurgeSettings
from cveval_submit.settings import SubmitSettings

DATABASE = "cveval.db"


class LocalSettings(BaseSettings):
    """Where one person's cveval keeps its data and listens."""

    model_config = SettingsConfigDict(env_prefix="CVEVAL_", frozen=True, extra="ignore")

    data: Path = Path("cveval-data")
    """One folder with everything; delete it and cveval has forgotten everything."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 takes a free one."""


MODELS: tuple[type[BaseSettings], ...] = (
    Policies,
    SubmitSettings,
    EvaluateSettings,
    PurgeSettings,
    ArchiveSettings,
    LocalSettings,
)
READ: tuple[type[BaseSettings], ...] = (*MODELS, DatabaseSettings)
OTHERS = ("CVEVAL_TEST_", "CVEVAL_KAFKA_", "CVEVAL_SHIM_")
CLIENTS = ("CVEVAL_SERVER", "CVEVAL_API_KEY")


def misspelt_settings() -> list[str]:
    """A sentence for each `CVEVAL_…` variable that nobody reads: a misspelt setting is no setting."""
    known = {*CLIENTS} | {
        f"{model.model_config.get('env_prefix', '')}{name}".upper()
        for model in READ
        for name in model.model_fields
    }
    unknown = sorted(n for n in os.environ if n.startswith("CVEVAL_") and not n.startswith(OTHERS))
    return [
        f"{name} is read by nobody"
        + "".join(f": is {near} meant?" for near in get_close_matches(name, known, 1))
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


class _Given(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CVEVAL_", extra="ignore")

    database_url: SecretStr | None = None
