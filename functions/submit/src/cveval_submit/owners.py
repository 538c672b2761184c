"""Whose request it is: by API key, or the one person at the machine."""

import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request

from cveval.domain.errors import Unauthorized
from cveval.store.api_keys import key_hash
from cveval.store.transaction import Store

LOCAL = "local"
REMEMBERED_FOR = 10.0
"""Seconds; a revoked key is out of force everywhere after that."""
MOST_REMEMBERED = 10_000
LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Owners:
    """API keys are looked up in the database and remembered for ten seconds."""

    def __init__(
        self,
        store: Store,
        auth: Literal["keys", "none"],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._auth = auth
        self._monotonic = monotonic
        self._known: dict[str, tuple[str | None, float]] = {}

    async def owner_of(self, request: Request) -> str:
        """The owner's name.

        Raises:
            Unauthorized: an unknown or revoked key; or none, where keys exist or the caller is not on this machine.
            StoreUnavailable
        """
        if self._auth == "none":
            return LOCAL
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme:
            owner = await self._owner_of_key(secret.strip()) if scheme.lower() == "bearer" else None
            if owner is None:
                raise Unauthorized("the API key is unknown or revoked: send Authorization: Bearer KEY")
            return owner
        if await self._keys_exist():
            raise Unauthorized("an API key is needed: send Authorization: Bearer KEY")
        if not (is_loopback(request) and is_called_local(request)):
            raise Unauthorized(
                "without API keys only this machine is served, by the name localhost or 127.0.0.1: "
                "make a key with `cveval keys add OWNER`"
            )
        return LOCAL

    async def _owner_of_key(self, secret: str) -> str | None:
        return await self._remembered(
            key_hash(secret), lambda: self._store.transact(lambda tx: tx.api_keys.find_owner(secret))
        )

    async def _keys_exist(self) -> bool:
        async def look() -> str | None:
            return "some" if await self._store.transact(lambda tx: tx.api_keys.exist()) else None

        return await self._remembered("", look) is not None

    async def _remembered(self, name: str, look: Callable[[], Awaitable[str | None]]) -> str | None:
        now = self._monotonic()
        known = self._known.get(name)
        if known is not None and now < known[1]:
            return known[0]
        found = await look()
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[name] = (found, now + REMEMBERED_FOR)
        return found


def is_called_local(request: Request) -> bool:
    """By Host, and by Origin where a page asks: else a web page could read through its visitor's browser (DNS rebinding)."""
    origin = request.headers.get("origin")
    called = [request.url.hostname, *([urlsplit(origin).hostname] if origin else [])]
    return all(name in LOCAL_NAMES for name in called)


def is_loopback(request: Request) -> bool:
    """From this machine, and not handed on by a proxy that is on it."""
    if request.client is None or any(header in request.headers for header in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
