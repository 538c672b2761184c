"""What `cveval doctor` looks at, one finding each; nothing is changed."""

import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path

from cveval.domain.errors import ConfigurationError, CvevalError
from cveval.domain.evaluations import Materials, compute_scores
from cveval.domain.jobs import JobStatus
from cveval.observability import Metrics
from cveval.settings import SQLITE, DatabaseSettings, load
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_local.migrating import pending
from cveval_local.settings import MODELS, LocalSettings, database_settings, misspelt_settings
from cveval_local.tables import show_duration

LITTLE_SPACE = 500_000_000
LATE = timedelta(minutes=5)


class Level(Enum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says how it is and, where it is not well, the way out."""

    level: Level
    what: str
    text: str


async def check_up(data: Path) -> AsyncIterator[Finding]:
    """Look at everything, the deeper things last."""
    yield Finding(Level.OK, "python", sys.version.split()[0])
    wrong = False
    for finding in _settings():
        wrong |= finding.level is Level.FAILED
        yield finding
    yield _folder(data)
    yield _space(data)
    if not wrong:
        yield _port(load(LocalSettings))
        async for finding in _database(database_settings(data)):
            yield finding
    yield await _extraction()
    yield await _evaluator()


def _settings() -> list[Finding]:
    faults = []
    for model in MODELS:
        try:
            load(model)
        except ConfigurationError as error:
            faults += str(error).splitlines()
    if os.environ.get("CVEVAL_DATABASE_URL"):
        try:
            load(DatabaseSettings)
        except ConfigurationError as error:
            faults += str(error).splitlines()
    findings = [Finding(Level.FAILED, "settings", fault) for fault in faults]
    findings += [Finding(Level.WARNING, "settings", hint) for hint in misspelt_settings()]
    return findings or [Finding(Level.OK, "settings", "all valid")]


def _folder(data: Path) -> Finding:
    existing = next(path for path in (data, *data.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Finding(
            Level.FAILED, "data folder", f"{existing} cannot be written: choose another with --data"
        )
    return Finding(Level.OK, "data folder", str(data) if data.exists() else f"{data} will be made")


def _space(data: Path) -> Finding:
    existing = next(path for path in (data, *data.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < LITTLE_SPACE:
        return Finding(Level.WARNING, "disk", f"only {free // 1_000_000} MB free: make room")
    return Finding(Level.OK, "disk", f"{free // 1_000_000_000} GB free")


def _port(settings: LocalSettings) -> Finding:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError:
            return Finding(
                Level.WARNING,
                "port",
                f"{settings.host}:{settings.port} is taken, by a running cveval perhaps; else choose another: CVEVAL_PORT",
            )
    return Finding(Level.OK, "port", f"{settings.host}:{settings.port} is free")


async def _database(settings: DatabaseSettings) -> AsyncIterator[Finding]:
    url = settings.url.get_secret_value()
    if url.startswith(SQLITE):
        file = Path(url.removeprefix(SQLITE))
        try:
            waiting = pending(file)
        except ConfigurationError as error:
            yield Finding(Level.FAILED, "database", str(error))
            return
        if not file.exists():
            yield Finding(Level.OK, "database", "not made yet; `cveval serve` makes it")
            return
        if waiting:
            text = f"{len(waiting)} migration(s) wait: run `cveval migrate`"
            yield Finding(Level.FAILED, "migrations", text)
            return
    store = open_store(settings, Metrics())
    try:
        async for finding in _jobs(store):
            yield finding
    except ConfigurationError as error:
        yield Finding(Level.FAILED, "migrations", str(error))
    except CvevalError as error:
        yield Finding(Level.FAILED, "database", f"{error}: is it running, and CVEVAL_DATABASE_URL right?")
    except Exception as error:  # noqa: BLE001 - whatever a foreign database answers
        text = f"it answers, but not as ours would ({type(error).__name__}): have the migrations run?"
        yield Finding(Level.FAILED, "database", text)
    finally:
        await store.aclose()


async def _jobs(store: Store) -> AsyncIterator[Finding]:
    depth = await store.transact(lambda tx: tx.jobs.depth())
    yield Finding(Level.OK, "database", "reachable, schema as expected")
    queued, processing = sum(depth.queued.values()), sum(depth.processing.values())
    late = timedelta(seconds=depth.oldest_due)
    if late > LATE:
        text = f"{queued} queued, {processing} processing; the oldest is {show_duration(late)} overdue: is `cveval serve` running?"
        yield Finding(Level.WARNING, "jobs", text)
    else:
        yield Finding(Level.OK, "jobs", f"{queued} queued, {processing} processing, none overdue")
    held = await store.transact(lambda tx: tx.jobs.newest(status=JobStatus.PROCESSING, limit=200))
    silent = [job for job in held if job.due_at is not None and job.due_at < datetime.now(UTC) - LATE]
    if silent:
        yield Finding(
            Level.WARNING, "leases", f"{len(silent)} ended long ago and no relay has noticed: is one running?"
        )
    if depth.dead_letters:
        text = f"{sum(depth.dead_letters.values())} wait for somebody: `cveval dead`, then `cveval redrive`"
        yield Finding(Level.WARNING, "dead letters", text)


async def _extraction() -> Finding:
    from cveval_submit.extraction.process import ProcessExtractor  # noqa: PLC0415 - only here

    extractor = ProcessExtractor()
    try:
        await extractor.extract(b"Ada Example", field="test")
    except CvevalError as error:
        return Finding(Level.FAILED, "extraction", str(error))
    finally:
        await extractor.aclose()
    return Finding(Level.OK, "extraction", "a child process reads documents")


async def _evaluator() -> Finding:
    from cveval_evaluate.local import LocalEvaluator  # noqa: PLC0415 - loads its tables

    materials = Materials(
        "Python 2019-2023", "A report", "Python engineer", "Build a service", as_of=date(2026, 1, 1)
    )
    try:
        assessment = await LocalEvaluator().evaluate(materials)
        compute_scores(assessment.ratings)
    except CvevalError as error:
        return Finding(Level.FAILED, "evaluator", str(error))
    return Finding(Level.OK, "evaluator", f"{assessment.evaluator} rates")
