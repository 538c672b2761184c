"""The only reader of the shim's environment (beyond what all programs share)."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, HttpUrl, SecretStr, TypeAdapter, ValidationError, field_validator, model_validator

from cveval.domain.configuration import Settings
from cveval.domain.policies import Duration
from cveval_shim.token import checked


def _platforms_port() -> Any:
    """Validated as if it were given as CVEVAL_SHIM_PORT."""
    return os.environ.get("PORT", "8081")


class ShimSettings(Settings):
    """What the shim needs beyond `DatabaseSettings`, `Policies` and the broker's settings."""

    prefix = "CVEVAL_SHIM_"

    function_url: str = ""
    """Where evaluate is served, such as `http://evaluate:8080/`, without a password: dead letters name it. The consumer needs it."""
    token: SecretStr = SecretStr("")
    """Sent to the function as `Authorization: Bearer …`; empty: none."""
    token_file: Path | None = None
    """A file with the token instead, read again within ten seconds of a change."""
    queue: str = ""
    """The only queue that is consumed; empty: every one. The relay publishes the events of all."""
    drain: Annotated[Duration, Field(le=timedelta(minutes=4))] = timedelta(seconds=20)
    """How long what is at the function may take once partitions or the process go; at most 4m, since a member that does not poll for five
    minutes is put out of its group.
    """
    host: str = "127.0.0.1"
    """The address at which `CVEVAL_SHIM_PORT` is served; `0.0.0.0`, as in the image, where others than this machine ask."""
    port: Annotated[int, Field(ge=0, le=65535, validate_default=True)] = Field(
        default_factory=_platforms_port
    )
    """Where `/healthz`, `/readyz` and `/metrics` are served; 0 takes a free port. Platforms say it as `PORT`."""
    namespace: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}$")] = "default"
    """`Kn-Namespace`, and the source of records that are no CloudEvents, as KafkaSource would write them."""
    source_name: Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,253}$")] = "cveval"
    """The name beside `CVEVAL_SHIM_NAMESPACE` in that source: of the KafkaSource in whose place the shim stands."""

    @field_validator("function_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not url:
            return url
        try:
            address = TypeAdapter(HttpUrl).validate_python(url)
        except ValidationError:
            raise ValueError("is no address; write http://host:port/ or https://…") from None
        if address.username or address.password:
            # Each dead letter names the address.
            raise ValueError(
                "must hold no user and no password; give CVEVAL_SHIM_TOKEN or CVEVAL_SHIM_TOKEN_FILE"
            )
        return str(address)

    @field_validator("token")
    @classmethod
    def _fits_into_a_header(cls, token: SecretStr) -> SecretStr:
        return SecretStr(checked(given)) if (given := token.get_secret_value()) else token

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.token.get_secret_value() and self.token_file:
            raise ValueError("give one of CVEVAL_SHIM_TOKEN and CVEVAL_SHIM_TOKEN_FILE, not both")
        return self
