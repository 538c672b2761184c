"""Jobs live any life that Hypothesis can think of, beside a model in plain Python; after every step both must agree."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cveval.domain.attempts import (
    AlreadyDone,
    ClaimedJob,
    EndAnswer,
    GivingUp,
    HeldByAnother,
    JobUnknown,
    LeaseLost,
    NotDueYet,
    Recorded,
    Retry,
)
from cveval.domain.errors import (
    CandidateNotFound,
    IdempotencyKeyReused,
    JobAlreadyFinished,
    JobNotFound,
    QuotaExceeded,
    UploadNotFound,
)
from cveval.domain.jobs import Accepted, JobStatus, Outcome, Submission
from cveval.store import jobs, leases, schedule, submissions
from cveval.store.erasures import Erased
from cveval.store.jobs import Redrive
from cveval.store.leases import Claim
from cveval.store.queries import Query
from cveval.store.schedule import LostLeases, Taken
from cveval.store.submitting import submit
from cveval.store.transaction import Store, Transaction
from tests.databases import Database, fresh_postgres, fresh_sqlite
from tests.samples import a_completion, a_submission, uploads_in

T = TypeVar("T")

# The clock moves by hundreds of seconds and whatever lasts takes an odd number of fifties: however long a step really
# takes, nothing falls due while the model still thinks otherwise.
TICKS = (100, 200, 1000)
LEASE = 150
RELAY_LEASE = 50
PUBLISHED_FOR = 150
DELAYS = (0, 50, 250)
KEYS_KEPT = 950
KEPT = 250
QUOTA = 6
MAX_LOST = 2
MANY = 1000

QUEUED, PROCESSING, COMPLETED, FAILED = JobStatus
WAYS = (Outcome.COMPLETED, Outcome.FAILED, Outcome.UNAVAILABLE, Outcome.INTERRUPTED, Outcome.GIVEN_UP)
KEYS = st.sampled_from([None, "key-1", "key-2", "key-3"])
WORKERS = st.sampled_from(["worker-1", "worker-2"])

JOBS = Query(
    "test.jobs",
    "SELECT id, status, attempt, failures, losses, due_at, run_at, worker FROM jobs",
)
ATTEMPTS = Query("test.attempts", "SELECT job_id, attempt, worker, outcome FROM job_attempts")
RESULTS = Query("test.results", "SELECT job_id, attempt FROM results")
WAITING = Query("test.waiting", "SELECT job_id FROM dead_letters WHERE redriven_at IS NULL")
UPLOADS = Query("test.uploads", "SELECT id FROM uploads")
NAMES = Query("test.names", "SELECT scope, key, job_id FROM idempotency")


async def said(tx: Transaction, job: ClaimedJob, worker: str, way: Outcome, delay: int) -> EndAnswer:
    """What the store answers to a worker that ends its attempt this way."""
    mine = (job.job_id, job.attempt, worker)
    match way:
        case Outcome.COMPLETED:
            [answer] = await tx.leases.complete([a_completion(job, worker)])
        case Outcome.GIVEN_UP:
            [answer] = await tx.leases.give_up([GivingUp(*mine, "bad_document", "it cannot be read")])
        case _:
            wish = Retry(*mine, way, timedelta(seconds=delay), "timeout", "too slow")
            [answer] = await tx.leases.retry([wish])
    return answer


@dataclass
class ModelJob:
    cv_id: str
    project_id: str
    run_at: int
    due_at: int | None
    updated_at: int
    status: JobStatus = QUEUED
    attempt: int = 0
    failures: int = 0
    losses: int = 0
    worker: str | None = None
    cancelled: bool = False
    letter_waits: bool = False
    result_of: int | None = None
    taken: int | None = None
    """Which relay's take due_at still belongs to."""
    attempts: dict[int, tuple[str, Outcome]] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return self.status in {COMPLETED, FAILED}

    def queue_again(self, now: int, delay: int) -> None:
        self.status, self.run_at, self.due_at, self.taken = QUEUED, now + delay, now + delay, None
        self.updated_at = now

    def finish(self, status: JobStatus, now: int) -> None:
        self.status, self.due_at, self.taken, self.updated_at = status, None, None, now

    def end_attempt(self, outcome: Outcome) -> None:
        assert self.worker is not None
        assert self.attempt not in self.attempts
        self.attempts[self.attempt] = (self.worker, outcome)


@dataclass
class Name:
    """An idempotency row: of a key or of a fingerprint."""

    request: tuple[str, ...]
    job_id: str
    expires_at: int


class LifeOfAJob(RuleBasedStateMachine):
    """Bundles keep what is long gone: late, stale and unknown ids come by themselves."""

    candidates: "Bundle[tuple[str, str]]" = Bundle("candidates")
    submissions: "Bundle[Submission]" = Bundle("submissions")
    claims: "Bundle[tuple[ClaimedJob, str]]" = Bundle("claims")
    takes: "Bundle[tuple[int, list[Taken]]]" = Bundle("takes")

    def __init__(self, fresh: Callable[[], AbstractContextManager[Database]], seen: set[type]) -> None:
        super().__init__()
        self.seen = seen
        self.resources = ExitStack()
        # A loop factory keeps the runner from replacing the thread's event loop, which is pytest-asyncio's.
        self.runner = self.resources.enter_context(asyncio.Runner(loop_factory=asyncio.new_event_loop))
        self.database = self.resources.enter_context(fresh())
        self.store = Store(self.database.driver())
        self.resources.callback(lambda: self.run(self.store.aclose()))
        self.observer = self.database.driver()
        self.resources.callback(lambda: self.run(self.observer.aclose()))
        self.now = 0
        self.uploads: dict[str, int] = {}
        self.jobs: dict[str, ModelJob] = {}
        self.highest: dict[str, int] = {}
        self.keys: dict[str, Name] = {}
        self.fingerprints: dict[str, Name] = {}
        self.latest: dict[str, tuple[ClaimedJob, str]] = {}
        self.given: list[tuple[ClaimedJob, str]] = []
        self.taken = 0

    def teardown(self) -> None:
        self.resources.close()

    def run(self, step: Awaitable[T]) -> T:
        async def one() -> T:
            return await step

        return self.runner.run(one())

    def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return self.run(self.store.transact(work))

    # -- submit -----------------------------------------------------------------------------------------------------

    @initialize(target=submissions, key=KEYS)
    def first_job(self, key: str | None) -> Submission:
        submission = a_submission(*self.uploaded(), key=key)
        self.check_submission(submission)
        return submission

    @precondition(lambda self: len(self.uploads) < 6)
    @rule(target=candidates)
    def another_candidate(self) -> tuple[str, str]:
        return self.uploaded()

    def uploaded(self) -> tuple[str, str]:
        ids = self.run(uploads_in(self.store))
        self.uploads |= dict.fromkeys(ids, self.now)
        return ids

    @rule(
        target=submissions,
        candidate=candidates,
        key=KEYS,
        brief=st.sampled_from(["Build a service", "Build another"]),
    )
    def submit(self, candidate: tuple[str, str], key: str | None, brief: str) -> Submission:
        submission = a_submission(*candidate, key=key, study_case_brief=brief)
        self.check_submission(submission)
        return submission

    @rule(submission=submissions)
    def submit_again(self, submission: Submission) -> None:
        """The very same request, its id too: what a commit with unknown outcome leads to."""
        was_deleted = submission.job_id in self.highest and submission.job_id not in self.jobs
        if not was_deleted:  # nobody repeats an id that long
            self.check_submission(submission)

    @rule(target=submissions, submission=submissions)
    def submit_as_a_client_repeats(self, submission: Submission) -> Submission:
        repeated = replace(submission, job_id=a_submission("", "").job_id)
        self.check_submission(repeated)
        return repeated

    def check_submission(self, s: Submission) -> None:
        is_over = self.is_over_quota(s)
        expected = self.expected_submission(s)
        added = self.run(
            submit(
                self.store, [s], key_retention=timedelta(seconds=KEYS_KEPT), quota=QUOTA, has_room=not is_over
            )
        )
        [answer] = added.answers
        if isinstance(expected, Accepted):
            assert answer == expected
        else:
            assert type(answer) is expected

    def is_over_quota(self, s: Submission) -> bool:
        return s.job_id not in self.jobs and sum(not j.is_finished for j in self.jobs.values()) >= QUOTA

    def expected_submission(self, s: Submission) -> Accepted | type[Exception]:
        if s.cv_id not in self.uploads or s.project_id not in self.uploads:
            return UploadNotFound
        request = (s.cv_id, s.project_id, s.study_case_brief)
        is_over = self.is_over_quota(s)
        if s.key is not None:
            if not is_over:
                self.win_names(s, s.key, request)
            name = self.keys.get(s.key)
            if name is not None and name.expires_at > self.now:
                if name.request != request:
                    return IdempotencyKeyReused
                if name.job_id == s.job_id and not is_over:
                    self.add_job(s)
                return Accepted(name.job_id, was_replayed=name.job_id != s.job_id)
        if is_over:
            return QuotaExceeded
        self.add_job(s)
        return Accepted(s.job_id, was_replayed=False)

    def win_names(self, s: Submission, key: str, request: tuple[str, ...]) -> None:
        expires_at = self.now + KEYS_KEPT
        mine = self.keys.get(key)
        if mine is None or mine.expires_at <= self.now:
            mine = self.keys[key] = Name(request, s.job_id, expires_at)
        if mine.job_id != s.job_id:
            return
        print_ = s.fingerprint
        other = self.fingerprints.get(print_)
        if other is None or other.expires_at <= self.now or self.has_failed(other.job_id):
            self.fingerprints[print_] = Name(request, s.job_id, expires_at)
        else:
            mine.job_id = other.job_id

    def has_failed(self, job_id: str) -> bool:
        return job_id in self.jobs and self.jobs[job_id].status is FAILED

    def add_job(self, s: Submission) -> None:
        if s.job_id not in self.jobs:
            self.jobs[s.job_id] = ModelJob(s.cv_id, s.project_id, self.now, self.now, self.now)
            self.highest[s.job_id] = 0

    # -- publish ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: any(job.status is QUEUED for job in self.jobs.values()))
    @rule(target=takes)
    def take_due(self) -> tuple[int, list[Taken]]:
        taken = self.transact(
            lambda tx: tx.schedule.take_due(lease=timedelta(seconds=RELAY_LEASE), batch=MANY)
        )
        due = {id_: job for id_, job in self.jobs.items() if job.status is QUEUED and self.is_due(job)}
        assert {t.event.job_id: t.event.attempt for t in taken} == {i: j.attempt for i, j in due.items()}
        self.taken += 1
        for job in due.values():
            job.due_at, job.taken = self.now + RELAY_LEASE, self.taken
        return self.taken, taken

    @rule(take=takes)
    def settle(self, take: tuple[int, list[Taken]]) -> None:
        number, taken = take
        each = timedelta(seconds=PUBLISHED_FOR)
        settled = self.transact(lambda tx: tx.schedule.settle(taken, at_least=each, at_most=each))
        mine = [job for job in self.jobs.values() if job.taken == number]
        assert settled == len(mine)
        for job in mine:
            job.due_at, job.taken = self.now + PUBLISHED_FOR, None

    def is_due(self, job: ModelJob) -> bool:
        return job.due_at is not None and job.due_at <= self.now

    # -- work -------------------------------------------------------------------------------------------------------

    @rule(target=claims, submission=submissions, worker=WORKERS)
    def claim(self, submission: Submission, worker: str) -> Any:
        return self.claimed(submission.job_id, worker)

    @precondition(lambda self: self.unfinished())
    @rule(target=claims, which=st.integers(0, 5), worker=WORKERS, way=st.sampled_from(WAYS))
    def a_job_goes_on(self, which: int, worker: str, way: Outcome) -> Any:
        """One step of an ordinary life. Without this rule most examples end before any work is done."""
        ids = self.unfinished()
        job_id = ids[which % len(ids)]
        job = self.jobs[job_id]
        if job.status is QUEUED:
            return self.claimed(job_id, worker)
        self.end(self.latest[job_id], way, 0)
        return multiple()

    @precondition(lambda self: self.overtaken())
    @rule(which=st.integers(0, 5), way=st.sampled_from(WAYS))
    def a_late_worker_speaks_while_another_works(self, which: int, way: Outcome) -> None:
        late = self.overtaken()
        claim = late[which % len(late)]
        self.heartbeat_of(claim)
        self.end(claim, way, 0)

    def overtaken(self) -> list[tuple[ClaimedJob, str]]:
        return [
            claim
            for claim in self.given
            if (job := self.jobs.get(claim[0].job_id))
            and job.status is PROCESSING
            and job.attempt > claim[0].attempt
        ]

    def unfinished(self) -> list[str]:
        return [id_ for id_, job in self.jobs.items() if not job.is_finished]

    def claimed(self, job_id: str, worker: str) -> Any:
        [answer] = self.transact(
            lambda tx: tx.leases.claim([Claim(job_id, worker, timedelta(seconds=LEASE))])
        )
        self.seen.add(type(answer))
        job = self.jobs.get(job_id)
        if job is None:
            assert answer == JobUnknown(job_id)
        elif job.is_finished:
            assert answer == AlreadyDone(job_id, job.status)
        elif job.status is PROCESSING:
            assert answer == HeldByAnother(job_id, job.attempt)
        elif job.run_at > self.now:
            row = self.transact(lambda tx: tx.jobs.get(job_id))
            assert answer == NotDueYet(job_id, row.run_at)
        else:
            job.status, job.attempt, job.worker = PROCESSING, job.attempt + 1, worker
            job.due_at, job.taken, job.updated_at = self.now + LEASE, None, self.now
            assert isinstance(answer, ClaimedJob)
            assert (answer.job_id, answer.attempt, answer.failures) == (job_id, job.attempt, job.failures)
            # Neither purge nor erasure takes a document away from a job that may still be worked on.
            assert answer.materials is not None
            self.latest[job_id] = (answer, worker)
            self.given.append((answer, worker))
            return answer, worker
        return multiple()

    @rule(claim=claims)
    def heartbeat(self, claim: tuple[ClaimedJob, str]) -> None:
        self.heartbeat_of(claim)

    def heartbeat_of(self, claim: tuple[ClaimedJob, str]) -> None:
        mine, _ = claim
        renewed = self.transact(
            lambda tx: tx.leases.heartbeat([(mine.job_id, mine.attempt, timedelta(seconds=LEASE))])
        )
        job = self.held(mine)
        assert renewed == ({mine.job_id} if job else set())
        if job:
            job.due_at = self.now + LEASE

    @rule(claim=claims, way=st.sampled_from(WAYS), delay=st.sampled_from(DELAYS))
    def end(self, claim: tuple[ClaimedJob, str], way: Outcome, delay: int) -> None:
        """In time, late, twice, or after somebody else ended it."""
        mine, worker = claim
        answer = self.transact(lambda tx: said(tx, mine, worker, way, delay))
        job = self.check_end(answer, claim, way)
        if job is None:
            return
        match way:
            case Outcome.COMPLETED:
                job.finish(COMPLETED, self.now)
                job.result_of = mine.attempt
            case Outcome.GIVEN_UP:
                job.finish(FAILED, self.now)
                job.letter_waits = True
            case _:
                job.failures += way is Outcome.FAILED
                job.queue_again(self.now, delay)

    def held(self, claim: ClaimedJob) -> ModelJob | None:
        job = self.jobs.get(claim.job_id)
        return job if job and job.status is PROCESSING and job.attempt == claim.attempt else None

    def check_end(
        self, answer: EndAnswer, claim: tuple[ClaimedJob, str], outcome: Outcome
    ) -> ModelJob | None:
        """The job that this end moves, its attempt ended; None when it moves nothing."""
        self.seen.add(type(answer))
        mine, worker = claim
        if job := self.held(mine):
            job.end_attempt(outcome)
            assert answer == Recorded(mine.job_id)
            return job
        known = self.jobs.get(mine.job_id)
        stood = known is not None and known.attempts.get(mine.attempt) == (worker, outcome)
        assert answer == (Recorded if stood else LeaseLost)(mine.job_id)
        return None

    # -- time, and what it takes away -----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from(TICKS))
    def time_passes(self, seconds: int) -> None:
        self.run(self.database.shift_clock(timedelta(seconds=seconds)))
        self.now += seconds

    @precondition(lambda self: any(job.status is PROCESSING for job in self.jobs.values()))
    @rule(delay=st.sampled_from(DELAYS), seconds=st.sampled_from((0, 200)))
    def requeue_lost(self, delay: int, seconds: int) -> None:
        self.time_passes(seconds)
        answer = self.transact(
            lambda tx: tx.schedule.requeue_lost(max_lost=MAX_LOST, delays=[timedelta(seconds=delay)] * MANY)
        )
        lost = [job for job in self.jobs.values() if job.status is PROCESSING and self.is_due(job)]
        for job in lost:
            job.end_attempt(Outcome.LOST)
            job.losses += 1
            if job.losses < MAX_LOST:
                job.queue_again(self.now, delay)
            else:
                job.finish(FAILED, self.now)
                job.letter_waits = True
        given_up = sum(job.status is FAILED for job in lost)
        assert answer == LostLeases(requeued=len(lost) - given_up, given_up=given_up)

    @precondition(lambda self: self.is_old())
    @rule()
    def purge_finished_jobs(self) -> None:
        gone = {
            id_
            for id_, job in self.jobs.items()
            if job.is_finished and job.updated_at < self.now - KEPT and not job.letter_waits
        }
        assert self.purged("jobs") == len(gone)
        self.forget(gone)

    @precondition(lambda self: self.is_old())
    @rule()
    def purge_uploads(self) -> None:
        needed = {
            upload_id
            for job in self.jobs.values()
            if not job.is_finished or job.letter_waits
            for upload_id in (job.cv_id, job.project_id)
        }
        gone = {id_ for id_, at in self.uploads.items() if at < self.now - KEPT} - needed
        assert self.purged("uploads") == len(gone)
        for upload_id in gone:
            del self.uploads[upload_id]

    def is_old(self) -> bool:
        return self.now > KEPT

    def purged(self, kind: str) -> int:
        async def purge(tx: Transaction) -> int:
            aged = await tx.retention.oldest(kind, timedelta(seconds=KEPT), MANY, None)
            return await tx.retention.delete(kind, aged)

        return self.transact(purge)

    @precondition(lambda self: self.now > KEYS_KEPT)
    @rule()
    def purge_expired_keys(self) -> None:
        gone = 0
        for names in (self.keys, self.fingerprints):
            for key in [key for key, name in names.items() if name.expires_at <= self.now]:
                del names[key]
                gone += 1
        assert self.transact(lambda tx: tx.retention.delete_expired_keys(MANY)) == gone

    @precondition(lambda self: self.is_old())
    @rule(submission=submissions)
    def erase(self, submission: Submission) -> None:
        cv_id, project_id = submission.cv_id, submission.project_id
        erase: Callable[[Transaction], Awaitable[Erased]] = lambda tx: tx.erasures.erase(cv_id, "acme")  # noqa: E731
        gone = {id_ for id_, job in self.jobs.items() if job.cv_id == cv_id}
        if cv_id not in self.uploads and not gone:
            with pytest.raises(CandidateNotFound):
                self.transact(erase)
            return
        # A report belongs to a candidate by a job; without one it stays until it is purged.
        uploads = {cv_id, project_id} if gone else {cv_id}
        assert self.transact(erase) == Erased(jobs=len(gone), uploads=len(uploads & self.uploads.keys()))
        for upload_id in uploads:
            self.uploads.pop(upload_id, None)
        self.forget(gone)

    def forget(self, job_ids: set[str]) -> None:
        for job_id in job_ids:
            del self.jobs[job_id]
        self.keys = {k: n for k, n in self.keys.items() if n.job_id not in job_ids}
        self.fingerprints = {k: n for k, n in self.fingerprints.items() if n.job_id not in job_ids}

    # -- people -----------------------------------------------------------------------------------------------------

    @rule(submission=submissions, owner=st.sampled_from(["acme", None, "somebody else"]))
    def cancel(self, submission: Submission, owner: str | None) -> None:
        job_id = submission.job_id
        cancel: Callable[[Transaction], Awaitable[None]] = lambda tx: tx.jobs.cancel(  # noqa: E731
            job_id, owner, reason="not needed any more"
        )
        job = self.jobs.get(job_id)
        if job is None or owner == "somebody else":
            with pytest.raises(JobNotFound):
                self.transact(cancel)
        elif job.is_finished and not job.cancelled:
            with pytest.raises(JobAlreadyFinished):
                self.transact(cancel)
        else:
            self.transact(cancel)
            if job.status is PROCESSING:
                job.end_attempt(Outcome.CANCELLED)
            if not job.is_finished:
                job.finish(FAILED, self.now)
                job.cancelled = True

    @rule(submission=submissions)
    def redrive(self, submission: Submission) -> None:
        async def redrive(tx: Transaction) -> int:
            found = await tx.jobs.redrivable(Redrive(ids=(submission.job_id,)))
            return await tx.jobs.redrive([job.id for job in found])

        job = self.jobs.get(submission.job_id)
        may = job is not None and job.status is FAILED and {job.cv_id, job.project_id} <= self.uploads.keys()
        assert self.transact(redrive) == int(may)
        if job is not None and may:
            job.queue_again(self.now, 0)
            job.failures = job.losses = 0
            job.cancelled = job.letter_waits = False

    # -- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def the_database_agrees(self) -> None:
        rows, attempts, results, waiting, uploads, names = self.observed()
        assert {
            row["id"]: (row["status"], row["attempt"], row["failures"], row["losses"], row["worker"])
            for row in rows
        } == {
            id_: (job.status, job.attempt, job.failures, job.losses, job.worker)
            for id_, job in self.jobs.items()
        }
        assert sorted((a["job_id"], a["attempt"], a["worker"], a["outcome"]) for a in attempts) == sorted(
            (id_, attempt, worker, outcome)
            for id_, job in self.jobs.items()
            for attempt, (worker, outcome) in job.attempts.items()
        )
        assert sorted((r["job_id"], r["attempt"]) for r in results) == sorted(
            (id_, job.result_of) for id_, job in self.jobs.items() if job.result_of is not None
        )
        assert sorted(w["job_id"] for w in waiting) == sorted(
            i for i, j in self.jobs.items() if j.letter_waits
        )
        assert {u["id"] for u in uploads} == self.uploads.keys()
        assert {(n["scope"], n["key"], n["job_id"]) for n in names} == {
            (scope, key, name.job_id)
            for scope, of in (("evaluate:key", self.keys), ("evaluate:request", self.fingerprints))
            for key, name in of.items()
        }

    @invariant()
    def the_rows_make_sense_by_themselves(self) -> None:
        """Nothing here asks the model, so an error in it cannot hide one in the database."""
        rows, attempts, results, *_ = self.observed()
        for row in rows:
            ended = sorted(a["attempt"] for a in attempts if a["job_id"] == row["id"])
            is_held = row["status"] == PROCESSING
            assert ended == list(range(1, row["attempt"] + (0 if is_held else 1)))
            assert (row["due_at"] is None) == (row["status"] in {COMPLETED, FAILED})
            assert row["attempt"] >= self.highest[row["id"]], "the fencing token fell"
            self.highest[row["id"]] = row["attempt"]
        completed = sorted(row["id"] for row in rows if row["status"] == COMPLETED)
        assert sorted(r["job_id"] for r in results) == completed

    def observed(self) -> Any:
        async def look() -> Any:
            async with self.observer.transaction() as session:
                return await session.run(JOBS(), ATTEMPTS(), RESULTS(), WAITING(), UPLOADS(), NAMES())

        return self.run(look())


def played(
    fresh: Callable[[], AbstractContextManager[Database]], *, examples: int, steps: int, **more: Any
) -> set[type]:
    """Play, and answer with the kinds of answers that the workers got."""
    seen: set[type] = set()

    def machine() -> RuleBasedStateMachine:
        return LifeOfAJob(fresh, seen)

    run_state_machine_as_test(
        cast("type[RuleBasedStateMachine]", machine),  # any factory does, says its documentation
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            **more,
        ),
    )
    return seen


EVERY_ANSWER = {ClaimedJob, AlreadyDone, HeldByAnother, NotDueYet, JobUnknown, Recorded, LeaseLost}


@pytest.mark.slow
def test_whatever_happens_to_jobs_on_sqlite_the_model_foretells_it(tmp_path: Path) -> None:
    assert played(lambda: fresh_sqlite(tmp_path), examples=150, steps=40) == EVERY_ANSWER


@pytest.mark.slow
def test_whatever_happens_to_jobs_on_postgres_the_model_foretells_it(postgres: str) -> None:
    assert played(lambda: fresh_postgres(postgres), examples=60, steps=30) == EVERY_ANSWER


@dataclass(frozen=True)
class Fault:
    module: ModuleType
    query: str
    removed: str
    put: str = ""

    def __str__(self) -> str:
        return f"{self.module.__name__}.{self.query}"


FENCE = "AND jobs.attempt = mine.my_attempt -- the fence"
FAULTS = [
    Fault(leases, "CLAIM", "AND jobs.status || '' = 'queued' -- one claimer wins"),
    Fault(leases, "CLAIM", "AND jobs.run_at <= mine.now_at -- and not before its time"),
    Fault(leases, "HEARTBEAT", FENCE),
    Fault(leases, "COMPLETE", FENCE),
    Fault(leases, "RETRY", FENCE),
    Fault(leases, "RETRY", "jobs.failures + mine.failed", "jobs.failures + 1"),
    Fault(leases, "GIVE_UP", FENCE),
    Fault(leases, "RECORDED", "= r.outcome", "IS NOT NULL"),
    Fault(schedule, "SETTLE", "AND COALESCE(j.due_at, r.taken_until) = r.taken_until"),
    Fault(schedule, "LOST", "j.due_at <= {now} AND"),
    Fault(jobs, "CANCEL", "AND status IN ('queued', 'processing') -- what is finished stays as it is"),
    Fault(jobs, "REDRIVE", "losses = 0, "),
    Fault(jobs, "REDRIVE", "status = 'queued', ", "status = 'queued', attempt = 0, "),
    Fault(
        submissions,
        "ADD_KEYS",
        "WHERE idempotency.expires_at <= {now} -- expired rows are taken over, others win",
    ),
    Fault(submissions, "MADE", "ON j.id = r.job_id", "ON false"),
]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_model_notices_when_a_guard_is_gone(
    fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query: Query = getattr(fault.module, fault.query)
    assert fault.removed in query.text
    broken = replace(query, text=query.text.replace(fault.removed, fault.put))
    monkeypatch.setattr(fault.module, fault.query, broken)
    # A missing error is pytest's own kind of failure.
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        played(
            lambda: fresh_sqlite(tmp_path),
            examples=1000,  # it stops at the first one that goes red
            steps=40,
            report_multiple_bugs=False,
            phases=[Phase.generate],
        )
