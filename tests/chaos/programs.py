"""submit, evaluate and the shim as processes: killed, paused, stopped and started again at the same port."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 180.0
STOPS_WITHIN = 30.0


@dataclass
class Program:
    """One process, or one process group, whose `/healthz` tells that it serves."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    port: int
    log: Path
    died_by_itself: int = 0
    _process: asyncio.subprocess.Process | None = None
    _watch: "asyncio.Task[None] | None" = None
    _is_ending: bool = False
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns once it is healthy.

        Raises:
            RuntimeError: it does not come up.
        """
        self._is_ending = False
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._watch = asyncio.create_task(self._notice_death(self._process))
        try:
            async with asyncio.timeout(STARTS_WITHIN), aiohttp.ClientSession() as http:
                while not await self._is_healthy(http):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise RuntimeError(f"{self.name} does not come up; its log: {self.log}") from None

    async def _is_healthy(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.address}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _notice_death(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        if not self._is_ending:
            self.died_by_itself += 1

    async def dies(self, within: float) -> None:
        """Wait for a death by SIGKILL that nobody here has ordered."""
        self._is_ending = True
        assert self._process is not None
        code = await asyncio.wait_for(self._process.wait(), within)
        assert code == -signal.SIGKILL, code

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    async def kill(self) -> None:
        self._is_ending = True
        self.signal(signal.SIGKILL)
        await self._ended()

    async def stop(self) -> None:
        """SIGTERM, and patience; then SIGKILL."""
        self._is_ending = True
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._ended(), STOPS_WITHIN)
        except TimeoutError:
            await self.kill()

    async def pause(self, seconds: float) -> None:
        self.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.signal(signal.SIGCONT)

    async def _ended(self) -> None:
        if self._process is not None:
            await self._process.wait()


def free_port() -> int:
    """Below those that the system gives to outgoing connections, which could take it while its program is down."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def function(target: str, source: Path, port: int) -> Sequence[str | Path]:
    """A function as its container runs it."""
    where = ("--host", "127.0.0.1", "--port", str(port), "--signature-type", "http")
    return [BIN / "functions-framework", "--asgi", "--target", target, "--source", source, *where]
