"""The whole system in one process: the production way with other adapters (SQLite, memory queue, unless a broker is named)."""

import asyncio
import fcntl
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from cveval.domain.errors import ConfigurationError, QueueUnavailable, TransientError
from cveval.domain.policies import Policies
from cveval.http import Application
from cveval.observability import Metrics
from cveval.queue.burying import BuryInStore
from cveval.queue.memory import MemoryQueue
from cveval.queue.opening import broker_settings, open_queue
from cveval.queue.transport import Queue, RemoteQueue
from cveval.relay import Relay
from cveval.settings import SQLITE, DatabaseSettings, load
from cveval.store.opening import look_at_schema, open_store
from cveval_evaluate.settings import EvaluateSettings
from cveval_evaluate.wiring import Evaluate
from cveval_evaluate.wiring import build as build_evaluate
from cveval_local.delivering import deliver_to
from cveval_local.migrating import migrate
from cveval_local.settings import LocalSettings, database_settings
from cveval_purge.settings import PurgeSettings, load_archive
from cveval_purge.usecase import Purge
from cveval_purge.wiring import purge_of
from cveval_submit.settings import SubmitSettings
from cveval_submit.wiring import build as build_submit

log = logging.getLogger(__name__)

PURGE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Serving:
    """A system that answers requests."""

    address: str
    stop: Callable[[], None]
    """Stop in good order, as SIGTERM would."""


async def serve(settings: LocalSettings, *, ready: Callable[[Serving], None]) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `ready` is called once requests are answered.

    Raises:
        ConfigurationError: a setting is wrong, the port is taken, or another cveval uses the folder.
    """
    database = database_settings(settings.data)
    url = database.url.get_secret_value()
    file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
    with _listening(settings) as listener, alone_in(settings.data if file is None else file.parent):
        if file is not None:
            migrate(file)
        # Only the folder's lock tells that nobody else works on this database; on Postgres leases end by themselves.
        async with running(database, alone=file is not None) as system:
            await _serve_until_stopped(system, listener, settings, ready)


@contextmanager
def _listening(settings: LocalSettings) -> Iterator[socket.socket]:
    """Take the port before anything else, so that a taken one changes nothing."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigurationError(
            f"CVEVAL_HOST, CVEVAL_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); "
            "choose others with --host and --port"
        ) from None
    with listener:
        yield listener


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system takes back from a killed process.

    Raises:
        ConfigurationError: another process holds it, or the folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"CVEVAL_DATA: the folder {folder} cannot be made ({error.strerror}): choose another with --data"
        ) from None
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"CVEVAL_DATA: another cveval is using {folder}: stop it, or choose another folder with --data"
            ) from None
        yield


@dataclass(frozen=True, slots=True)
class System:
    """What is served, and what works behind it until it is cancelled."""

    application: Application
    tasks: "tuple[asyncio.Task[None], ...]"


@asynccontextmanager
async def running(database: DatabaseSettings, *, alone: bool) -> AsyncIterator[System]:
    """Relay, queue, evaluate and purge at work, and submit's application to be served.

    Args:
        alone: nobody else works on this database: whatever was held or queued when the last process ended is due now.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    metrics = Metrics()
    policies = load(Policies)
    evaluate_settings = load(EvaluateSettings)
    _check_places(policies, evaluate_settings)
    store = open_store(database, metrics)
    submit = build_submit(load(SubmitSettings), policies, store, metrics)
    evaluate = build_evaluate(evaluate_settings, policies, store, metrics)
    purge = purge_of(load(PurgeSettings), load_archive(policies), policies, store, metrics)
    queue, broker = _queue(policies, metrics)
    if alone:
        await store.transact(lambda tx: tx.schedule.resume_all(max_lost=policies.max_lost))
    else:
        await look_at_schema(store)
    if broker is not None:
        await _look_at(broker)
    tasks = (
        asyncio.create_task(Relay(store, queue, policies, metrics).run()),
        asyncio.create_task(queue.consume(deliver_to(evaluate.application), BuryInStore(store, metrics))),
        asyncio.create_task(_purge_now_and_then(purge)),
    )
    try:
        yield System(submit.application, tasks)
    finally:
        await _stop(tasks, evaluate)
        await submit.aclose()
        if broker is not None:
            await broker.aclose()
        await store.aclose()


def _check_places(policies: Policies, settings: EvaluateSettings) -> None:
    """Every queue's events have places of their own, so that a full queue delays no other one."""
    wanted = sum(policies.of(queue).max_concurrency for queue in policies.queue_names)
    if settings.max_jobs < wanted:
        raise ConfigurationError(
            f"CVEVAL_EVALUATE_MAX_JOBS ({settings.max_jobs}) must not be under the max_concurrency of all queues together "
            f"({wanted}): raise it, or lower CVEVAL_MAX_CONCURRENCY or what CVEVAL_QUEUES says"
        )


def _queue(policies: Policies, metrics: Metrics) -> tuple[Queue, RemoteQueue | None]:
    """The memory queue, or that of the broker that the environment names."""
    settings = broker_settings()
    if settings is None:
        return MemoryQueue(policies, metrics), None
    broker = open_queue(settings, policies, metrics, queues=policies.queue_names)
    return broker, broker


async def _look_at(broker: RemoteQueue) -> None:
    try:
        await broker.ensure_topics()
    except QueueUnavailable as error:
        # Jobs are accepted all the same, and due.
        log.warning("%s", error)


async def _purge_now_and_then(purge: Purge) -> None:
    while True:
        try:
            report = await purge()
        except TransientError as error:
            log.warning("purge will be tried again", extra={"code": error.code, "reason": str(error)})
        else:
            log.info("purged", extra={"deleted": report.deleted, "archived": report.archived})
        await asyncio.sleep(PURGE_EVERY.total_seconds())


async def _stop(tasks: "tuple[asyncio.Task[None], ...]", evaluate: Evaluate) -> None:
    with suppress(TransientError):
        await evaluate.held.drain()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Uvicorn(uvicorn.Server):
    """Leaves the signals to `_stops_at_signals`: uvicorn raises them again when it is done, into our own stopping."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve_until_stopped(
    system: System, listener: socket.socket, settings: LocalSettings, ready: Callable[[Serving], None]
) -> None:
    """Uvicorn around submit's application, as functions-framework would serve it."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        response = await system.application(Request(scope, receive))
        await response(scope, receive, send)

    server = _Uvicorn(
        uvicorn.Config(
            asgi,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=10,
        )
    )

    def stop(_: object = None) -> None:
        server.should_exit = True

    for task in system.tasks:
        # They end by a bug only. Serving on without them would accept work that nobody does; a restart takes it up.
        task.add_done_callback(stop)
    with _stops_at_signals(server):
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells it by this flag only
            await asyncio.sleep(0.01)
        ready(Serving(f"http://{settings.host}:{listener.getsockname()[1]}", stop))
        await serving
    for task in system.tasks:
        if task.done():
            log.critical("a part of the process ended: stopping", exc_info=task.exception())
            raise task.exception() or RuntimeError("a part of the process ended")


@contextmanager
def _stops_at_signals(server: uvicorn.Server) -> Iterator[None]:
    """The first ctrl-C or SIGTERM stops in good order, a second ctrl-C at once."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, server.handle_exit, number, None)
    yield
    for number in numbers:
        loop.remove_signal_handler(number)
