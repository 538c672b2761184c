"""S3 and what speaks like it, through obstore: its requests run on threads of its own, never on the event loop."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cveval.domain.errors import ArchiveUnavailable
from cveval_purge.settings import ArchiveSettings

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

LONGEST = 2
"""A put or get takes so many of the settings' timeouts at most: no retry begins after the first."""
PART = 16 * 1024 * 1024
"""Bytes of a large object that are read at a time."""


class S3Objects:
    """Connects on first use; a process that has forked since import has its own connections."""

    def __init__(self, settings: ArchiveSettings) -> None:
        self._settings = settings
        self._opened: S3Store | None = None

    async def put(self, name: str, content: bytes) -> None:
        import obstore  # noqa: PLC0415 - only where there is an archive

        with _translated(f"{name} could not be written"):
            await obstore.put_async(self._store, name, content, use_multipart=False)

    async def put_file(self, name: str, file: Path) -> None:
        """Write a file of any size, in parts."""
        import obstore  # noqa: PLC0415

        with _translated(f"{name} could not be written"):
            await obstore.put_async(self._store, name, file)

    async def get(self, name: str) -> bytes:
        import obstore  # noqa: PLC0415

        with _translated(f"{name} could not be read"):
            answer = await obstore.get_async(self._store, name)
            return bytes(await answer.bytes_async())

    async def get_file(self, name: str, file: Path) -> None:
        """Read an object of any size into a file, in parts: a timeout is for one of them."""
        import obstore  # noqa: PLC0415

        with _translated(f"{name} could not be read"):
            size = (await obstore.head_async(self._store, name))["size"]
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as copy:
                for start in range(0, size, PART):
                    end = min(start + PART, size)
                    copy.write(await obstore.get_range_async(self._store, name, start=start, end=end))

    async def delete(self, name: str) -> None:
        import obstore  # noqa: PLC0415

        with _translated(f"{name} could not be removed", gone_is_fine=True):
            # One by one: not every storage knows S3's request for many.
            await obstore.delete_async(self._store, name)

    async def names(self, prefix: str) -> AsyncIterator[str]:
        import obstore  # noqa: PLC0415

        with _translated(f"{prefix} could not be listed"):
            async for page in obstore.list(self._store, prefix, chunk_size=1_000):
                for item in page:
                    yield item["path"]

    @property
    def _store(self) -> "S3Store":
        if self._opened is None:
            self._opened = _open(self._settings)
        return self._opened


def _open(settings: ArchiveSettings) -> "S3Store":
    from obstore.store import S3Store  # noqa: PLC0415

    config: S3Config = {}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.region:
        config["region"] = settings.region
    if key := settings.access_key_id.get_secret_value():
        config["access_key_id"] = key
        config["secret_access_key"] = settings.secret_access_key.get_secret_value()
    return S3Store(
        settings.bucket,
        config=config,
        client_options={
            "timeout": settings.timeout,
            "connect_timeout": timedelta(seconds=5),
            "allow_http": settings.endpoint.startswith("http://"),
        },
        retry_config={"max_retries": 2, "retry_timeout": settings.timeout},
    )


@contextmanager
def _translated(what: str, *, gone_is_fine: bool = False) -> Iterator[None]:
    """The library's errors stop here: its text has addresses and answers of the storage, of which only the codes are told."""
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        reason = _reason(error)
        if gone_is_fine and isinstance(error, FileNotFoundError) and reason != "NoSuchBucket":
            return
        raise ArchiveUnavailable(
            f"the archive: {what} ({reason}); nothing of it was deleted", retry_after=timedelta(seconds=60)
        ) from error


def _reason(error: Exception) -> str:
    """S3's error code, else the HTTP status, else that nobody answered."""
    text = str(error)
    for pattern in (r"<Code>(\w+)</Code>", r"status code: (\d{3})"):
        if found := re.search(pattern, text):
            return found[1]
    return "no answer" if "error sending request" in text else type(error).__name__
