"""The only reader of the local process' environment (beyond what the functions read themselves)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cveval.settings import SQLITE, DatabaseSettings, load

DATABASE = "cveval.db"


class LocalSettings(BaseSettings):
    """Where one person's cveval keeps its data and listens."""

    model_config = SettingsConfigDict(env_prefix="CVEVAL_", frozen=True, extra="ignore")

    data: Path = Path("cveval-data")
    """One folder with everything; delete it and cveval has forgotten everything."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 takes a free one."""


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
