"""The bearer token of the function: one that is given, or a file that is renewed under a running process."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from cveval.domain.errors import ConfigurationError

log = logging.getLogger(__name__)

READ_EVERY = 10.0


class StaticToken:
    """Empty: no header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}


class TokenFile:
    """Read at the start, then again every ten seconds of use; one that cannot be read leaves the last token in force."""

    def __init__(self, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Read it.

        Raises:
            ConfigurationError: it cannot be read.
        """
        self._path = path
        self._monotonic = monotonic
        try:
            self._token = self._read()
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"CVEVAL_SHIM_TOKEN_FILE: {path} cannot be read ({error})") from None
        self._read_at = monotonic()

    def headers(self) -> dict[str, str]:
        if self._monotonic() - self._read_at >= READ_EVERY:
            self._read_at = self._monotonic()
            try:
                self._token = self._read()
            except (OSError, ValueError):
                log.error("the token's file cannot be read; the last token stays in force")  # noqa: TRY400
        return {"authorization": f"Bearer {self._token}"}

    def _read(self) -> str:
        token = self._path.read_text("ascii").strip()
        if not token.isprintable() or not token:
            raise ValueError("it holds no token")
        return token
