-- +goose Up
CREATE TABLE idempotency (
  owner TEXT NOT NULL,
  scope TEXT NOT NULL CONSTRAINT idempotency_scope_check CHECK (scope IN ('evaluate:key', 'evaluate:request', 'upload:key')),
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  -- key rows are written before their jobs, in the same transaction
  job_id TEXT CONSTRAINT idempotency_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  answer TEXT,
  expires_at INTEGER NOT NULL,
  CONSTRAINT idempotency_pkey PRIMARY KEY (owner, scope, key),
  CONSTRAINT idempotency_target_check CHECK ((job_id IS NULL) <> (answer IS NULL))
);
CREATE INDEX idempotency_expires_at_idx ON idempotency (expires_at);
CREATE INDEX idempotency_job_id_idx ON idempotency (job_id) WHERE job_id IS NOT NULL;

-- +goose Down
DROP TABLE idempotency;
