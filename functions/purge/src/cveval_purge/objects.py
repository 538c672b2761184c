"""The archive's storage, as purge sees it."""

from collections.abc import AsyncIterator
from typing import Protocol


class Objects(Protocol):
    """Named objects in one bucket. Every method may raise ArchiveUnavailable."""

    async def put(self, name: str, content: bytes) -> None:
        """Write an object, in place of what bore its name."""
        ...

    async def get(self, name: str) -> bytes:
        """The whole content."""
        ...

    async def delete(self, name: str) -> None:
        """Remove one; one that is not there is gone already."""
        ...

    def names(self, prefix: str) -> AsyncIterator[str]:
        """The names that begin with `prefix`, which ends in a slash."""
        ...
