-- +goose Up
CREATE TABLE batches (
  id uuid CONSTRAINT batches_pkey PRIMARY KEY,
  owner text NOT NULL,
  -- the Idempotency-Key; NULL without one, and once a later batch took an expired one over
  key text,
  request_hash text NOT NULL,
  created_at timestamptz NOT NULL
);
-- a key makes one batch
CREATE UNIQUE INDEX batches_owner_key_idx ON batches (owner, key) WHERE key IS NOT NULL;
-- purge walks by time
CREATE INDEX batches_created_at_idx ON batches (created_at);

CREATE TABLE batch_jobs (
  -- a job is of one batch at most, and leaves it when it is erased or purged
  job_id uuid CONSTRAINT batch_jobs_pkey PRIMARY KEY CONSTRAINT batch_jobs_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  batch_id uuid NOT NULL CONSTRAINT batch_jobs_batch_id_fkey REFERENCES batches (id),
  position integer NOT NULL,
  CONSTRAINT batch_jobs_batch_id_position_key UNIQUE (batch_id, position)
);

-- +goose Down
DROP TABLE batch_jobs;
DROP TABLE batches;
