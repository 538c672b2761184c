"""The only reader of submit's environment."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from cveval.domain.configuration import Settings
from cveval.domain.policies import Duration


class SubmitSettings(Settings):
    """What submit needs beyond `DatabaseSettings` and `Policies`."""

    prefix = "CVEVAL_"

    auth: Literal["keys", "none"] = "keys"
    """`keys`: API keys name the owner, and without any key only loopback is served. `none`: everybody is the owner `local`."""
    rate_limit: Annotated[float, Field(gt=0)] = 50
    """Requests a second that one owner may make of one process, on average."""
    rate_burst: Annotated[int, Field(ge=1)] = 100
    """Requests that one owner may make at once."""
    quota: Annotated[int, Field(ge=1)] = 10_000
    """Unfinished jobs that one owner may have."""
    longest_wait: Duration = timedelta(seconds=30)
    """The longest that `Prefer: wait=N` holds an answer."""
    uploads_at_once: Annotated[int, Field(ge=1, le=100)] = 8
    """Uploads whose documents are in memory at the same time; more wait."""
    extractions_at_once: Annotated[int, Field(ge=1, le=32)] = 2
    """Documents that are read at the same time, each in a process of up to 1 GB."""
