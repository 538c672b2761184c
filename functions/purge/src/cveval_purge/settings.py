"""The only reader of purge's environment."""

import os
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from cveval.domain.configuration import Settings
from cveval.domain.errors import ConfigurationError
from cveval.domain.policies import Duration, Policies
from cveval.settings import load


class PurgeSettings(Settings):
    """What purge needs beyond `DatabaseSettings` and `Policies`."""

    prefix = "CVEVAL_PURGE_"

    batch: Annotated[int, Field(ge=1, le=10_000)] = 250
    """Rows that one transaction deletes; fewer keep their locks for a shorter time."""
    max_rows: Annotated[int, Field(ge=1)] = 50_000
    """Rows of each kind in one run; the next run goes on."""
    max_time: Duration = timedelta(seconds=180)
    """A run begins nothing further after this; what it has begun may take four `CVEVAL_ARCHIVE_TIMEOUT` more: give cron that much."""


class ArchiveSettings(Settings):
    """Where purge archives to. Without a bucket it deletes only."""

    prefix = "CVEVAL_ARCHIVE_"

    bucket: str = ""
    """The bucket, which must exist. Empty: no archive, purge deletes only."""
    endpoint: str = ""
    """`https://host:port` of an S3-compatible storage; empty: AWS. `http://` only where the network is yours."""
    region: str = ""
    """Where the bucket is; empty: `AWS_REGION`, or else `us-east-1`."""
    access_key_id: SecretStr = SecretStr("")
    """The key that writes and reads there; empty, as its secret: the usual `AWS_…` variables, or the role of the machine or container."""
    secret_access_key: SecretStr = SecretStr("")
    """The secret of `CVEVAL_ARCHIVE_ACCESS_KEY_ID`, set where that is."""
    at_once: Annotated[int, Field(ge=1, le=64)] = 8
    """Objects that are written and read back at the same time."""
    timeout: Duration = timedelta(seconds=30)
    """How long one request to the storage may take; what fails sooner is tried again until then, twice at most."""

    @property
    def is_on(self) -> bool:
        return bool(self.bucket)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = {
            "CVEVAL_ARCHIVE_ENDPOINT": bool(self.endpoint),
            "CVEVAL_ARCHIVE_REGION": bool(self.region),
            "CVEVAL_ARCHIVE_ACCESS_KEY_ID": bool(self.access_key_id.get_secret_value()),
            "CVEVAL_ARCHIVE_SECRET_ACCESS_KEY": bool(self.secret_access_key.get_secret_value()),
        }
        if not self.bucket and any(given.values()):
            lonely = next(name for name, is_given in given.items() if is_given)
            raise ValueError(f"CVEVAL_ARCHIVE_BUCKET is missing, while {lonely} is set: set both, or neither")
        if self.endpoint and not self.endpoint.startswith(("http://", "https://")):
            raise ValueError("CVEVAL_ARCHIVE_ENDPOINT is no address; write https://host:port")
        _pair("CVEVAL_ARCHIVE_ACCESS_KEY_ID", "CVEVAL_ARCHIVE_SECRET_ACCESS_KEY", given)
        if self.bucket and not given["CVEVAL_ARCHIVE_ACCESS_KEY_ID"]:
            usual = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            _pair(*usual, {name: bool(os.environ.get(name)) for name in usual})
        return self


def _pair(one: str, other: str, given: dict[str, bool]) -> None:
    if given[one] != given[other]:
        missing, present = (other, one) if given[one] else (one, other)
        raise ValueError(f"{missing} is missing, while {present} is set: set both, or neither")


def load_archive(policies: Policies) -> ArchiveSettings:
    """Where to archive to.

    Raises:
        ConfigurationError: half of it is set, or a report would outlive the jobs that tell whose it is.
    """
    archive = load(ArchiveSettings)
    if archive.is_on and policies.upload_retention > policies.job_retention:
        raise ConfigurationError(
            "CVEVAL_UPLOAD_RETENTION must not be over CVEVAL_JOB_RETENTION while CVEVAL_ARCHIVE_BUCKET is set: a report is "
            "archived with the candidate that its jobs name"
        )
    return archive
