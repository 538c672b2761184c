"""The bearer token of the function: one that is given, or a file that is renewed under a running process."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from cveval.domain.errors import ConfigurationError

log = logging.getLogger(__name__)

READ_EVERY = 10.0


def checked(token: str) -> str:
    """Without the line's end that files and secrets have.

    Raises:
        ValueError: no header can hold it, or nothing is left.
    """
    token = token.strip()
    if not token:
        raise ValueError("is empty")
    if not (token.isascii() and token.isprintable()):
        raise ValueError("is not in printable ASCII, as a header must be")
    return token


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
            ConfigurationError: it cannot be read, or holds no token.
        """
        self._path = path
        self._monotonic = monotonic
        try:
            self._token = self._read()
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"CVEVAL_SHIM_TOKEN_FILE: {path} holds no token ({error})") from None
        self._read_at = monotonic()

    def headers(self) -> dict[str, str]:
        if self._monotonic() - self._read_at >= READ_EVERY:
            self._read_at = self._monotonic()
            try:
                self._token = self._read()
            except (OSError, ValueError):
                log.error("the token's file holds no token; the last token stays in force")  # noqa: TRY400
        return {"authorization": f"Bearer {self._token}"}

    def _read(self) -> str:
        return checked(self._path.read_text("utf-8"))
