"""Where Redis is and how long its streams may become: read by whoever publishes or consumes."""

import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, field_validator

from cveval.domain.configuration import Settings
from cveval.domain.policies import Duration

TLS_FILES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


class RedisSettings(Settings):
    """One Redis of version 7.0 or newer, with `maxmemory-policy noeviction`; no Redis Cluster."""

    prefix = "CVEVAL_REDIS_"

    url: SecretStr
    """`redis://user:password@host:6379/0`, or `rediss://…` for TLS; `?ssl_ca_certs=/path` trusts certificates of one's own."""
    group: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,200}$")] = "cveval"
    """The consumer group. Every consumer of a stream must say the same: what is done with is deleted."""
    timeout: Duration = timedelta(seconds=5)
    """A call that is not answered within this has failed; what it would have published stays due. Must be under CVEVAL_PUBLISH_LEASE."""
    max_entries: Annotated[int, Field(ge=1)] = 100_000
    """Unfinished events in a stream (about 500 bytes each); beyond it jobs wait in the database, where they are due again soon."""
    max_dead_letters: Annotated[int, Field(ge=1)] = 10_000
    """About so many of the newest stay in the stream of dead letters, which nobody need read: the database has them all."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(url.get_secret_value())
            is_sound = (
                parts.scheme in ("redis", "rediss")
                and bool(parts.hostname)
                and (parts.port is None or parts.port > 0)
                and re.fullmatch(r"(/\d*)?", parts.path) is not None
                # Others would change how this program speaks with it.
                and {name for name, _ in parse_qsl(parts.query)} <= TLS_FILES
            )
        except ValueError:
            is_sound = False
        if not is_sound:
            # `from None`: the parser's own words may repeat the password.
            raise ValueError(
                "is no address of a Redis; write redis://user:password@host:6379/0, or rediss://… for TLS, with ?ssl_ca_certs=/path at most"
            ) from None
        return url
