"""Programs as processes of their own: started, measured from outside, ended in good order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bench.measuring import ROOT, free_port, until_healthy

BIN = Path(sys.executable).parent
TICKS = os.sysconf("SC_CLK_TCK")
ENDS_WITHIN = 40.0


@dataclass(frozen=True, slots=True)
class Running:
    process: asyncio.subprocess.Process
    address: str

    @property
    def cpu(self) -> float:
        """Seconds, so far; of its worker too, where the server forks one."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(_cpu_of(pid) for pid in (str(self.process.pid), *children))

    @property
    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [kilobytes] = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) * 1024 / 1e6

    async def metric(self, name: str, label: str) -> dict[str, float]:
        """Its samples by this label."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.address}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return {sample.labels[label]: sample.value for sample in samples}

    async def end(self) -> None:
        """SIGTERM, and wait."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), ENDS_WITHIN)
        except TimeoutError:
            self.process.kill()
            raise


def _cpu_of(pid: str) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


async def start(command: Sequence[str | Path], environment: Mapping[str, str], port: int) -> Running:
    """Returns once it is healthy."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    running = Running(process, f"http://127.0.0.1:{port}")
    async with aiohttp.ClientSession() as http:
        await until_healthy(http, running.address)
    return running


@asynccontextmanager
async def function(target: str, source: Path, environment: Mapping[str, str]) -> AsyncIterator[Running]:
    """As its container runs it, one worker."""
    port = free_port()
    where = ("--host", "127.0.0.1", "--port", str(port), "--signature-type", "http")
    command: list[str | Path] = [
        BIN / "functions-framework",
        "--asgi",
        "--target",
        target,
        "--source",
        source,
        *where,
    ]
    running = await start(command, environment, port)
    try:
        yield running
    finally:
        await running.end()


async def start_shim(environment: Mapping[str, str]) -> Running:
    port = free_port()
    return await start([BIN / "cveval-shim"], {**environment, "CVEVAL_SHIM_PORT": str(port)}, port)


@asynccontextmanager
async def shim(environment: Mapping[str, str]) -> AsyncIterator[Running]:
    running = await start_shim(environment)
    try:
        yield running
    finally:
        await running.end()
