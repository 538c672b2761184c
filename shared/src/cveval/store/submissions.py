"""Submit, for many callers at once: briefs, idempotency rows and jobs in one transaction (design §5).

Order matters. Key rows first, sorted; then fingerprints, only of requests that won their key; where a fingerprint loses, its
key is pointed at the winner; then jobs, only for requests whose key row still carries their own job id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cveval.domain.errors import (
    CvevalError,
    IdempotencyKeyReused,
    QuotaExceeded,
    UploadNotFound,
    WrongUploadType,
)
from cveval.domain.jobs import Accepted, Submission
from cveval.store.queries import Call, Query, Session

UPLOADS_KNOWN = Query(
    "submissions.uploads_known",
    # FOR KEY SHARE: purge and erasure cannot take an upload away before this transaction ends.
    """
    SELECT u.id, u.owner, u.type FROM uploads u JOIN {rows upload_id uuid} ON u.id = r.upload_id
    ORDER BY u.id {lock_keys u}
    """,
)
BRIEFS_KNOWN = Query(
    "submissions.briefs_known",
    "SELECT b.hash FROM briefs b JOIN {rows hash text} ON b.hash = r.hash ORDER BY b.hash {lock_keys b}",
)
UNFINISHED = Query(
    "submissions.unfinished",
    # Stops counting at the quota, so that a full queue costs no more than that.
    """
    SELECT r.owner, (
      SELECT COUNT(*) FROM (
        SELECT 1 FROM jobs j WHERE j.owner = r.owner AND j.status IN ('queued', 'processing') LIMIT :quota
      ) AS counted
    ) AS unfinished
    FROM {rows owner text}
    """,
)
ADD_BRIEFS = Query(
    "submissions.add_briefs",
    """
    INSERT INTO briefs (hash, text, created_at)
    SELECT r.hash, r.text, {now} FROM {rows hash text, text text} WHERE true ORDER BY r.hash
    ON CONFLICT (hash) DO NOTHING
    """,
)
COLUMNS = """job_id uuid, owner text, queue text, cv_id uuid, project_id uuid, job_description_hash text,
  study_case_hash text, rubric_hash text, key text, request_hash text, fingerprint text, request_id text, traceparent text"""
ADD_KEYS = Query(
    "submissions.add_keys",
    """
    INSERT INTO idempotency (owner, scope, key, request_hash, job_id, expires_at)
    SELECT r.owner, 'evaluate:key', r.key, r.request_hash, r.job_id, {now} + {seconds :retention}
    FROM {rows %s}
    WHERE r.key IS NOT NULL
    ORDER BY r.owner, r.key
    ON CONFLICT (owner, scope, key) DO UPDATE SET
      request_hash = excluded.request_hash, job_id = excluded.job_id, expires_at = excluded.expires_at
    WHERE idempotency.expires_at <= {now} -- expired rows are taken over, others win
    """
    % COLUMNS,
)
# A scalar subquery, and no join: it is one look at the primary key for each row. A join may be planned as a scan of the
# whole table, and a prepared statement keeps the plan that it got while the table was small.
_HELD = "(SELECT k.%s FROM idempotency k WHERE k.owner = r.owner AND k.scope = '%s' AND k.key = r.%s)"
KEY_HOLDER = _HELD % ("job_id", "evaluate:key", "key")
FINGERPRINT_HOLDER = _HELD % ("job_id", "evaluate:request", "fingerprint")
ADD_FINGERPRINTS = Query(
    "submissions.add_fingerprints",
    """
    INSERT INTO idempotency (owner, scope, key, request_hash, job_id, expires_at)
    SELECT r.owner, 'evaluate:request', r.fingerprint, r.fingerprint, r.job_id, {now} + {seconds :retention}
    FROM {rows %s}
    WHERE r.key IS NOT NULL AND %s = r.job_id -- only for those that won their key
    ORDER BY r.owner, r.fingerprint
    ON CONFLICT (owner, scope, key) DO UPDATE SET job_id = excluded.job_id, expires_at = excluded.expires_at
    WHERE idempotency.expires_at <= {now}
      OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = idempotency.job_id AND j.status = 'failed')
    """
    % (COLUMNS, KEY_HOLDER),
)
POINT_KEYS = Query(
    "submissions.point_keys_at_winners",
    # Each of these keys is there, ours since ADD_KEYS: what conflicts is updated.
    """
    INSERT INTO idempotency (owner, scope, key, request_hash, job_id, expires_at)
    SELECT lost.owner, 'evaluate:key', lost.key, lost.request_hash, lost.winner, {now} + {seconds :retention}
    FROM (
      SELECT r.owner, r.key, r.request_hash, r.job_id, %s AS holder, %s AS winner FROM {rows %s} WHERE r.key IS NOT NULL
    ) AS lost
    WHERE lost.holder = lost.job_id AND lost.winner <> lost.job_id
    ORDER BY lost.owner, lost.key
    ON CONFLICT (owner, scope, key) DO UPDATE SET job_id = excluded.job_id
    """
    % (KEY_HOLDER, FINGERPRINT_HOLDER, COLUMNS),
)
ADD_JOBS = Query(
    "submissions.add_jobs",
    # run_at and due_at are one reading of the clock: the CHECK compares them.
    """
    INSERT INTO jobs (id, owner, queue, status, cv_id, project_id, job_description_hash, study_case_hash, rubric_hash,
      attempt, failures, losses, run_at, due_at, request_id, traceparent, created_at, updated_at)
    SELECT r.job_id, r.owner, r.queue, 'queued', r.cv_id, r.project_id, r.job_description_hash, r.study_case_hash,
      r.rubric_hash, 0, 0, 0, t.now_at, t.now_at, r.request_id, r.traceparent, t.now_at, t.now_at
    FROM {rows %s}
    CROSS JOIN (SELECT {now} AS now_at) AS t
    WHERE r.key IS NULL OR %s = r.job_id -- only for those whose key is still their own
    ORDER BY r.job_id
    ON CONFLICT (id) DO NOTHING -- mine already, when a commit's outcome was unknown
    """
    % (COLUMNS, KEY_HOLDER),
)
KEYS = Query(
    "submissions.keys",
    """
    SELECT r.owner, r.key, %s AS request_hash, %s AS job_id, %s > {now} AS is_in_force FROM {rows owner text, key text}
    """
    % (
        _HELD % ("request_hash", "evaluate:key", "key"),
        KEY_HOLDER,
        _HELD % ("expires_at", "evaluate:key", "key"),
    ),
)
MADE = Query(
    "submissions.made",
    "SELECT j.id FROM jobs j JOIN {rows job_id uuid} ON j.id = r.job_id",
)


@dataclass(frozen=True, slots=True)
class Added:
    """One answer for each request, in order, and how many more jobs each owner may have unfinished."""

    answers: Sequence[Accepted | CvevalError]
    room: Mapping[str, int]


class Submissions:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, submissions: Sequence[Submission], *, key_retention: timedelta, quota: int) -> Added:
        """Make jobs of requests, or find the jobs that earlier requests made.

        A batch holds each (owner, key) and each (owner, fingerprint) at most once. The errors among the answers:
        UploadNotFound, WrongUploadType, QuotaExceeded, IdempotencyKeyReused.
        """
        refused, new_briefs, room = await self._look(submissions, quota)
        await self._pardon(refused)
        wanted = [s for s in submissions if s.job_id not in refused]
        keyed = [s for s in submissions if s.key is not None and _may_replay(refused.get(s.job_id))]
        rows = [row_of(s) for s in wanted]
        retention = key_retention.total_seconds()
        calls: list[Call] = []
        if new_briefs:
            calls.append(ADD_BRIEFS(rows=new_briefs))
        if any(s.key is not None for s in wanted):
            calls += [
                ADD_KEYS(rows=rows, retention=retention),
                ADD_FINGERPRINTS(rows=rows, retention=retention),
                POINT_KEYS(rows=rows, retention=retention),
            ]
        if rows:
            calls.append(ADD_JOBS(rows=rows))
        if keyed:
            calls.append(KEYS(rows=[{"owner": s.owner, "key": s.key} for s in keyed]))
        answered = await self._session.run(*calls) if calls else []
        known = {(k["owner"], k["key"]): k for k in answered[-1] if k["is_in_force"]} if keyed else {}
        return Added(
            [_answer(s, refused.get(s.job_id), known.get((s.owner, s.key))) for s in submissions], room
        )

    async def _look(
        self, submissions: Sequence[Submission], quota: int
    ) -> tuple[dict[str, CvevalError], list[dict[str, str]], dict[str, int]]:
        """What must be refused, by job id; the briefs that are not stored yet; the room that is left, by owner."""
        briefs = {
            name: text for s in submissions for name, text in zip(s.brief_hashes, s.briefs, strict=True)
        }
        upload_ids = sorted({i for s in submissions for i in (s.cv_id, s.project_id)})
        uploads, hashes, counts = await self._session.run(
            UPLOADS_KNOWN(rows=[{"upload_id": i} for i in upload_ids]),
            BRIEFS_KNOWN(rows=[{"hash": h} for h in sorted(briefs)]),
            UNFINISHED(rows=[{"owner": o} for o in sorted({s.owner for s in submissions})], quota=quota),
        )
        types = {(row["id"], row["owner"]): row["type"] for row in uploads}
        unfinished = {row["owner"]: row["unfinished"] for row in counts}
        refused: dict[str, CvevalError] = {}
        for s in submissions:
            fault = _upload_fault(s, types)
            if fault is None and unfinished[s.owner] >= quota:
                fault = QuotaExceeded(
                    f"{quota:,} jobs of this owner are unfinished, the most allowed: wait for some to finish, or cancel some"
                )
            if fault is None:
                unfinished[s.owner] += 1
            else:
                refused[s.job_id] = fault
        known = {row["hash"] for row in hashes}
        new = [{"hash": h, "text": briefs[h]} for h in sorted(briefs) if h not in known]
        return refused, new, {owner: quota - count for owner, count in unfinished.items()}

    async def _pardon(self, refused: dict[str, CvevalError]) -> None:
        """A job that its own first run made, in a commit with unknown outcome, filled the quota itself: no reason to refuse it."""
        over = [job_id for job_id, fault in refused.items() if isinstance(fault, QuotaExceeded)]
        if over:
            [made] = await self._session.run(MADE(rows=[{"job_id": job_id} for job_id in sorted(over)]))
            for row in made:
                del refused[row["id"]]


def names_of(submission: Submission) -> list[tuple[str, str, str]]:
    """What a submission needs for itself in a batch: Postgres refuses two ON CONFLICT DO UPDATE of one row in a statement."""
    if submission.key is None:
        return []
    return [
        (submission.owner, "key", submission.key),
        (submission.owner, "fingerprint", submission.fingerprint),
    ]


def row_of(s: Submission) -> dict[str, str | None]:
    return {
        "job_id": s.job_id,
        "owner": s.owner,
        "queue": s.queue,
        "cv_id": s.cv_id,
        "project_id": s.project_id,
        "job_description_hash": s.brief_hashes[0],
        "study_case_hash": s.brief_hashes[1],
        "rubric_hash": None if s.rubric is None else s.brief_hashes[2],
        "key": s.key,
        "request_hash": None if s.key is None else s.request_hash,
        "fingerprint": None if s.key is None else s.fingerprint,
        "request_id": s.request_id,
        "traceparent": s.traceparent,
    }


def _upload_fault(s: Submission, types: dict[tuple[str, str], str]) -> CvevalError | None:
    for field, upload_id, expected in (("cv_id", s.cv_id, "cv"), ("project_id", s.project_id, "project")):
        name, found = f"{s.place}{field}", types.get((upload_id, s.owner))
        if found is None:
            return UploadNotFound(
                f"{name}: there is no upload {upload_id}; upload the document (again), then use the id that comes back",
                field=name,
            )
        if found != expected:
            return WrongUploadType(
                f"{name} names an upload of type {found}, a {expected} belongs there: are the two ids swapped?",
                field=name,
            )
    return None


def _may_replay(fault: CvevalError | None) -> bool:
    """A repeated key is answered even over quota: it makes no job."""
    return fault is None or isinstance(fault, QuotaExceeded)


def _answer(s: Submission, fault: CvevalError | None, known: object) -> Accepted | CvevalError:
    if isinstance(known, dict):
        if known["request_hash"] != s.request_hash:
            return IdempotencyKeyReused(
                "this Idempotency-Key was used for another request: use a new key for a new request",
                field="Idempotency-Key",
            )
        return Accepted(known["job_id"], was_replayed=known["job_id"] != s.job_id)
    return fault or Accepted(s.job_id, was_replayed=False)
