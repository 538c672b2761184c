"""Postgres and the broker: real servers behind a script that knows `start`, `kill`, `restart`, `status` and `destroy`."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    name: str
    script: str
    folder: Path
    address: str

    async def kill(self) -> None:
        await _told(self.script, "kill", str(self.folder))

    async def restart(self) -> None:
        """On the data that it had; returns once it answers."""
        await _told(self.script, "restart", str(self.folder))

    async def pause(self, seconds: float) -> None:
        """SIGSTOP and SIGCONT, its children too."""
        with _stopped(await self._processes()):
            await asyncio.sleep(seconds)

    async def _processes(self) -> list[int]:
        found = re.search(r"up, pid (\d+)", await _told(self.script, "status", str(self.folder)))
        if found is None:
            return []
        pid = int(found[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]


@contextmanager
def _stopped(processes: list[int]) -> Iterator[None]:
    for process in processes:
        _signal(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            _signal(process, signal.SIGCONT)


def _signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)


@asynccontextmanager
async def serving(name: str, script: str, folder: Path, *options: str) -> AsyncIterator[Server]:
    """A server of one's own, in a folder that does not exist yet; destroyed afterwards."""
    try:
        address = await _told(script, "start", "--port", "0", "--dir", str(folder), *options)
        yield Server(name, script, folder, address.strip())
    finally:
        subprocess.run([script, "destroy", str(folder)], check=False, stdout=subprocess.PIPE, timeout=120)  # noqa: ASYNC221 - even when cancelled


async def _told(*command: str) -> str:
    # A session of its own: ctrl-C is for us, and we take the servers down in order.
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    told, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {complaint.decode(errors='replace')[-2000:]}")
    return told.decode()
