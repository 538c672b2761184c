"""The process: its parts at work until SIGTERM, then drained."""

import asyncio
import logging
import signal
from collections.abc import Callable

from cveval.domain.errors import QueueUnavailable
from cveval.store.opening import look_at_schema
from cveval_shim.serving import serving
from cveval_shim.wiring import Shim

log = logging.getLogger(__name__)


async def run(shim: Shim, *, relays: bool, host: str, port: int, ready: Callable[[int], None]) -> None:
    """Relay, consume, or both, until SIGINT or SIGTERM; `ready` is called with the port of health and metrics.

    Raises:
        ConfigurationError: also where the database has no schema.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        async with serving(shim.application, host, port) as bound:
            await look_at_schema(shim.store)
            await _make_topics(shim)
            ready(bound)
            await _work(shim, relays=relays, stopping=stopping)
    finally:
        await shim.aclose()


async def _make_topics(shim: Shim) -> None:
    try:
        await shim.queue.ensure_topics()
    except QueueUnavailable as error:
        # Jobs are accepted all the same, and due: the relay makes the topics once the broker is there.
        log.warning("%s", error)


async def _work(shim: Shim, *, relays: bool, stopping: asyncio.Event) -> None:
    parts = []
    if relays:
        parts.append(asyncio.create_task(shim.relay.run()))
    if shim.function is not None:
        parts.append(asyncio.create_task(shim.queue.consume(shim.function, shim.bury)))
    until = asyncio.create_task(stopping.wait())
    ended, _ = await asyncio.wait([*parts, until], return_when=asyncio.FIRST_COMPLETED)
    log.info("draining")
    for task in (*parts, until):
        task.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    for part in ended - {until}:
        # By a bug only. Half a shim would look well and do nothing: a restart takes it up.
        raise part.exception() or RuntimeError("a part of the shim ended")


async def relay_once(shim: Shim) -> None:
    """Publish what is due and end what is lost, then leave: for cron, where nothing may run for long.

    Raises:
        TransientError: the database or the broker is away; what was due stays due.
    """
    try:
        await shim.relay.run_once()
    finally:
        await shim.aclose()
