"""Submit: the usual case in one statement where the database can, every other case step by step."""

from collections.abc import Sequence
from datetime import timedelta

from cveval.domain.jobs import Accepted, Submission
from cveval.store.queries import Call, Query
from cveval.store.submissions import COLUMNS, FINGERPRINT_HOLDER, KEY_HOLDER, Added, row_of
from cveval.store.transaction import Store

ALL_NEW = Query(
    "submissions.all_new",
    # The usual case in one statement, a transaction of its own: every request is sound and new, its briefs are stored. Else
    # it writes nothing; `add` then finds out what it is, and answers. Where another transaction comes between the look and
    # the writing it divides by zero, which takes everything back. Postgres only.
    """
    WITH asked AS MATERIALIZED (
      SELECT r.* FROM (SELECT set_config('lock_timeout', COALESCE(:patience, current_setting('lock_timeout')), true)) AS p,
        {rows %s}
    ), documents AS MATERIALIZED ( -- locked as in uploads_known
      SELECT u.id, u.owner, u.type FROM uploads u
      WHERE u.id IN (SELECT cv_id FROM asked UNION ALL SELECT project_id FROM asked)
      ORDER BY u.id {lock_keys u}
    ), texts AS MATERIALIZED ( -- locked as in briefs_known
      SELECT b.hash FROM briefs b
      WHERE b.hash IN (SELECT unnest(ARRAY[job_description_hash, study_case_hash, rubric_hash]) FROM asked)
      ORDER BY b.hash {lock_keys b}
    ), sound AS MATERIALIZED (
      SELECT a.*, t.now_at FROM asked a
      JOIN documents c ON c.id = a.cv_id AND c.owner = a.owner AND c.type = 'cv'
      JOIN documents d ON d.id = a.project_id AND d.owner = a.owner AND d.type = 'project'
      CROSS JOIN (SELECT {now} AS now_at) AS t
      WHERE a.job_description_hash IN (SELECT hash FROM texts) AND a.study_case_hash IN (SELECT hash FROM texts)
        AND (a.rubric_hash IS NULL OR a.rubric_hash IN (SELECT hash FROM texts))
    ), usual AS MATERIALIZED (
      SELECT (SELECT COUNT(*) FROM sound) = (SELECT COUNT(*) FROM asked) AND NOT EXISTS (
        SELECT 1 FROM sound r WHERE r.key IS NOT NULL AND (%s IS NOT NULL OR %s IS NOT NULL)
      ) AS is_so
    ), keys AS (
      INSERT INTO idempotency (owner, scope, key, request_hash, job_id, expires_at)
      SELECT owner, 'evaluate:key', key, request_hash, job_id, now_at + {seconds :retention}
      FROM sound WHERE key IS NOT NULL AND (SELECT is_so FROM usual) ORDER BY owner, key
      ON CONFLICT DO NOTHING RETURNING 1
    ), fingerprints AS (
      INSERT INTO idempotency (owner, scope, key, request_hash, job_id, expires_at)
      SELECT owner, 'evaluate:request', fingerprint, fingerprint, job_id, now_at + {seconds :retention}
      FROM sound WHERE key IS NOT NULL AND (SELECT is_so FROM usual) ORDER BY owner, fingerprint
      ON CONFLICT DO NOTHING RETURNING 1
    ), made AS (
      INSERT INTO jobs (id, owner, queue, status, cv_id, project_id, job_description_hash, study_case_hash, rubric_hash,
        attempt, failures, losses, run_at, due_at, request_id, traceparent, created_at, updated_at)
      SELECT job_id, owner, queue, 'queued', cv_id, project_id, job_description_hash, study_case_hash, rubric_hash,
        0, 0, 0, now_at, now_at, request_id, traceparent, now_at, now_at
      FROM sound WHERE (SELECT is_so FROM usual) ORDER BY job_id
      ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT CASE
      WHEN NOT (SELECT is_so FROM usual) THEN 0
      WHEN (SELECT COUNT(*) FROM made) = (SELECT COUNT(*) FROM asked)
        AND (SELECT COUNT(*) FROM keys) = (SELECT COUNT(key) FROM asked)
        AND (SELECT COUNT(*) FROM fingerprints) = (SELECT COUNT(key) FROM asked) THEN 1
      ELSE 1 / (SELECT COUNT(*) - COUNT(*) FROM asked)
    END AS stands
    """
    % (COLUMNS, KEY_HOLDER, FINGERPRINT_HOLDER),
)


async def submit(
    store: Store,
    submissions: Sequence[Submission],
    *,
    key_retention: timedelta,
    quota: int,
    has_room: bool,
    patience: timedelta | None = None,
) -> Added:
    """Make jobs of requests, in one statement where that will do.

    Args:
        has_room: nobody can be over quota by these requests; then it is not counted.

    Raises:
        LockTimeout, TransactionConflict, StoreUnavailable
    """
    if has_room and await store.try_at_once(all_new(submissions, key_retention, patience)):
        return Added([Accepted(s.job_id, was_replayed=False) for s in submissions], {})
    return await store.transact(
        lambda tx: tx.submissions.add(submissions, key_retention=key_retention, quota=quota),
        patience=patience,
    )


def all_new(submissions: Sequence[Submission], key_retention: timedelta, patience: timedelta | None) -> Call:
    """For `Store.try_at_once`."""
    return ALL_NEW(
        rows=[row_of(s) for s in submissions],
        retention=key_retention.total_seconds(),
        patience=None if patience is None else f"{round(patience.total_seconds() * 1000)}ms",
    )
