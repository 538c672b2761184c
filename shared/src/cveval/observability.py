"""JSON logs with job and request id, and metrics in Prometheus' form. Neither ever holds document text."""

import json
import logging
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cveval.domain.jobs import DEFAULT_QUEUE, Depth
from cveval.domain.maintenance import Backlog, Done

SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
    120,
    300,
    900,
    3600,
)

log = logging.getLogger("cveval")

_context: ContextVar[dict[str, str]] = ContextVar("cveval_log_context", default={})  # noqa: B039 - replaced, never changed


class Metrics:
    """Every metric of cveval, on a registry of its own: one object a process, handed to whoever counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.database_reachable = Gauge(
            "cveval_database_reachable",
            "0: the database did not answer just now, and the gauges that are read from it are as they were.",
            registry=r,
        )
        self.depth = Gauge("cveval_jobs_queued", "Jobs in status queued.", ["queue"], registry=r)
        self.processing = Gauge("cveval_jobs_processing", "Jobs in status processing.", ["queue"], registry=r)
        self.oldest_due = Gauge(
            "cveval_oldest_due_seconds", "How long the most overdue job has been due.", registry=r
        )
        self.dead_letters = Gauge(
            "cveval_dead_letters", "Dead letters that nobody has redriven.", ["queue"], registry=r
        )
        self.accepted = Counter("cveval_jobs_accepted", "Jobs made by submit.", registry=r)
        self.replays = Counter("cveval_replays", "Requests answered with an earlier job.", registry=r)
        self.completed = Counter("cveval_jobs_completed", "Jobs whose result was stored.", registry=r)
        self.failed = Counter("cveval_jobs_failed", "Jobs given up.", ["code"], registry=r)
        self.retries = Counter(
            "cveval_retries", "Attempts that ended in another one.", ["reason"], registry=r
        )
        self.lost_leases = Counter("cveval_lost_leases", "Leases that ended without a word.", registry=r)
        self.stale = Counter(
            "cveval_stale_completions_rejected",
            "Outcomes refused because the lease had gone to another attempt.",
            registry=r,
        )
        self.claims = Counter("cveval_claims", "Claims by answer.", ["answer"], registry=r)
        self.published = Counter("cveval_published", "Records that the queue acknowledged.", registry=r)
        self.unpublished = Counter("cveval_unpublished", "Records that the queue did not take.", registry=r)
        self.republished = Counter(
            "cveval_republished", "Jobs published again, since nobody had claimed them.", registry=r
        )
        self.lag = Gauge(
            "cveval_consumer_lag",
            "Records from the first unfinished one to the partition's end; on Redis the unfinished ones of the stream.",
            ["queue", "partition"],
            registry=r,
        )
        self.in_flight = Gauge(
            "cveval_deliveries_in_flight", "Events between broker and answer.", ["queue"], registry=r
        )
        self.deliveries = Counter(
            "cveval_deliveries",
            "Events by their end: done, buried (dead letter), left (to the job's due time).",
            ["queue", "end"],
            registry=r,
        )
        self.duplicates = Counter(
            "cveval_duplicates_seen",
            "Events whose job was done or held by another already.",
            ["queue"],
            registry=r,
        )
        self.delivery_retries = Counter(
            "cveval_delivery_retries",
            "Deliveries that must be repeated, by cause.",
            ["queue", "cause"],
            registry=r,
        )
        self.breaker_state = Gauge(
            "cveval_breaker_state",
            "0 deliveries flow, 1 a probe is under way, 2 deliveries pause.",
            ["queue"],
            registry=r,
        )
        self.buried = Counter("cveval_records_buried", "Records that nobody can read.", ["code"], registry=r)
        self.record_age = Histogram(
            "cveval_record_age_seconds",
            "From the record's timestamp to each of its deliveries: the time in the topic.",
            ["queue"],
            buckets=SECONDS,
            registry=r,
        )
        self.function_time = Histogram(
            "cveval_function_seconds",
            "From the request on its way to the answer's first byte.",
            ["queue"],
            buckets=SECONDS,
            registry=r,
        )
        self.delivery_overhead = Histogram(
            "cveval_delivery_overhead_seconds",
            "What the consumer itself takes for an event, HTTP included: without the function and without waiting on purpose.",
            ["queue"],
            buckets=SECONDS,
            registry=r,
        )
        self.purged = Counter("cveval_purged", "Rows deleted by purge.", ["table"], registry=r)
        self.archived = Counter("cveval_archived", "Objects that purge archived and verified.", registry=r)
        self.archived_bytes = Counter(
            "cveval_archived_bytes", "Bytes of those objects, compressed.", registry=r
        )
        self.archive_mismatches = Counter(
            "cveval_archive_mismatches",
            "Objects that were read back different from what was written.",
            registry=r,
        )
        self.purge_age = Gauge(
            "cveval_purge_age_seconds", "Since purge last ran to its end; +Inf: never.", registry=r
        )
        self.purge_behind = Gauge(
            "cveval_purge_behind_seconds",
            "When purge last ran: how long the oldest row that it left could have been gone.",
            ["table"],
            registry=r,
        )
        self.archive_pending = Gauge(
            "cveval_archive_pending", "Archives that were begun and are not verified.", registry=r
        )
        self.backup_age = Gauge(
            "cveval_backup_age_seconds", "The age of the last backup; +Inf: there is none.", registry=r
        )
        self.backup_bytes = Gauge("cveval_backup_bytes", "The size of the last backup.", registry=r)
        self.restored_backup_age = Gauge(
            "cveval_restored_backup_age_seconds",
            "The age of the last backup that was restored and found whole; +Inf: there is none.",
            registry=r,
        )
        self.pool_wait = Histogram(
            "cveval_pool_wait_seconds", "Waiting for a database connection.", buckets=SECONDS, registry=r
        )
        self.queue_time = Histogram(
            "cveval_queue_time_seconds", "From run_at to the claim.", ["queue"], buckets=SECONDS, registry=r
        )
        self.attempt_time = Histogram(
            "cveval_attempt_seconds",
            "From the claim to the recorded outcome.",
            ["outcome"],
            buckets=SECONDS,
            registry=r,
        )
        self.batch_size = Histogram(
            "cveval_shared_commit_size",
            "Callers that shared one transaction.",
            ["step"],
            buckets=(1, 2, 5, 10, 20, 50, 100),
            registry=r,
        )
        self.slow_statements = Counter(
            "cveval_slow_statements", "Statements over the slow threshold.", ["statement"], registry=r
        )

    def show(self, depth: Depth) -> None:
        """Set the gauges that are read from the database when somebody looks."""
        for gauge, counts in (
            (self.depth, depth.queued),
            (self.processing, depth.processing),
            (self.dead_letters, depth.dead_letters),
        ):
            gauge.clear()
            # Zero is told: an alert cannot tell a queue that is empty from one that is not measured.
            for queue, count in {DEFAULT_QUEUE: 0, **counts}.items():
                gauge.labels(queue).set(count)
        self.oldest_due.set(depth.oldest_due)

    def show_care(self, last: Mapping[str, Done], backlog: Backlog) -> None:
        """Set the gauges of what looks after the database, which are read from it, too."""
        self.archive_pending.set(backlog.pending)
        purge, backup, verified = (last.get(task) for task in ("purge", "backup", "backup_verify"))
        self.purge_age.set(_age(purge))
        self.purge_behind.clear()
        for table, seconds in (purge.facts["behind"] if purge else {}).items():
            self.purge_behind.labels(table).set(seconds)
        self.backup_bytes.set(backup.facts["bytes"] if backup else 0)
        # As old as what it holds, not as its dump or its verification.
        self.backup_age.set(_age(backup) + (backup.facts["backup_age"] if backup else 0))
        self.restored_backup_age.set(_age(verified) + (verified.facts["backup_age"] if verified else 0))

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)

    def slow_statement(self, names: Sequence[str], seconds: float) -> None:
        """Log and count slow statements by name, never with parameters."""
        log.warning("slow statement", extra={"statement": ",".join(names), "seconds": round(seconds, 3)})
        for name in names:
            self.slow_statements.labels(name).inc()


def _age(done: Done | None) -> float:
    return math.inf if done is None else done.age.total_seconds()


@contextmanager
def logging_context(**fields: str | None) -> Iterator[None]:
    """Every line logged inside the block carries these fields (`job_id`, `request_id`, …)."""
    token = _context.set({**_context.get(), **{name: value for name, value in fields.items() if value}})
    try:
        yield
    finally:
        _context.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, context, and what `extra` named."""

    _KNOWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context.get(),
            **{name: value for name, value in record.__dict__.items() if name not in self._KNOWN},
        }
        if record.exc_info and record.exc_info[0]:
            # The type and the place, not the text: an exception's text may hold a document's.
            line["exception"] = record.exc_info[0].__name__
            line["at"] = _places(record)
        return json.dumps(line, default=str)


def _places(record: logging.LogRecord) -> list[str]:
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def log_as_json(level: str = "INFO") -> None:
    """Make this process log JSON lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=level, force=True)
