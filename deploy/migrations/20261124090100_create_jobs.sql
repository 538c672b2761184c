-- +goose Up
CREATE TABLE jobs (
  id uuid CONSTRAINT jobs_pkey PRIMARY KEY,
  owner text NOT NULL,
  queue text NOT NULL,
  status text NOT NULL CONSTRAINT jobs_status_check CHECK (status IN ('queued', 'processing', 'completed', 'failed')),
  -- no foreign keys to uploads (finished jobs outlive them) and briefs: submit locks what it refers to, purge locks before it looks
  cv_id uuid NOT NULL,
  project_id uuid NOT NULL,
  job_description_hash text NOT NULL,
  study_case_hash text NOT NULL,
  rubric_hash text,
  -- the fencing token: raised by every claim, never reset
  attempt integer NOT NULL,
  failures integer NOT NULL,
  losses integer NOT NULL,
  -- not before
  run_at timestamptz NOT NULL,
  -- when this job must next be looked at; NULL means never
  due_at timestamptz,
  published_at timestamptz,
  first_started_at timestamptz,
  started_at timestamptz,
  redriven_at timestamptz,
  worker text,
  request_id text,
  traceparent text,
  error_code text,
  error text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- a queued job is always due some time, and never before it may run: this is what keeps it from being forgotten
  CONSTRAINT jobs_queued_check CHECK (status <> 'queued' OR (due_at IS NOT NULL AND due_at >= run_at)),
  CONSTRAINT jobs_processing_check CHECK (status <> 'processing' OR (due_at IS NOT NULL AND worker IS NOT NULL AND started_at IS NOT NULL)),
  CONSTRAINT jobs_finished_check CHECK (status NOT IN ('completed', 'failed') OR due_at IS NULL),
  CONSTRAINT jobs_failed_check CHECK ((status = 'failed') = (error_code IS NOT NULL))
);
-- the relay: whatever is due; empty of history, however long
CREATE INDEX jobs_due_at_idx ON jobs (due_at) WHERE due_at IS NOT NULL;
-- quota and depth
CREATE INDEX jobs_unfinished_idx ON jobs (owner) WHERE status IN ('queued', 'processing');
-- GET /v1/jobs
CREATE INDEX jobs_owner_created_at_idx ON jobs (owner, created_at, id);
-- erasure, and purge of uploads
CREATE INDEX jobs_cv_id_idx ON jobs (cv_id);
CREATE INDEX jobs_project_id_idx ON jobs (project_id);
-- purge walks by time
CREATE INDEX jobs_finished_idx ON jobs (updated_at) WHERE status IN ('completed', 'failed');

CREATE TABLE job_attempts (
  job_id uuid NOT NULL CONSTRAINT job_attempts_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  worker text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  outcome text NOT NULL CONSTRAINT job_attempts_outcome_check CHECK (outcome IN ('completed', 'failed', 'unavailable', 'interrupted', 'lost', 'given_up', 'cancelled')),
  error_code text,
  error text,
  CONSTRAINT job_attempts_pkey PRIMARY KEY (job_id, attempt)
);

CREATE TABLE results (
  job_id uuid CONSTRAINT results_pkey PRIMARY KEY CONSTRAINT results_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  cv_match_rate numeric(3, 2) NOT NULL CONSTRAINT results_cv_match_rate_check CHECK (cv_match_rate BETWEEN 0.2 AND 1),
  cv_feedback text NOT NULL,
  project_score numeric(4, 2) NOT NULL CONSTRAINT results_project_score_check CHECK (project_score BETWEEN 2 AND 10),
  project_feedback text NOT NULL,
  overall_summary text NOT NULL,
  evaluator text NOT NULL,
  model text,
  prompt_version text,
  ratings jsonb NOT NULL,
  warnings jsonb NOT NULL,
  details jsonb NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE dead_letters (
  id uuid CONSTRAINT dead_letters_pkey PRIMARY KEY,
  job_id uuid CONSTRAINT dead_letters_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  attempt integer,
  queue text NOT NULL,
  error_code text NOT NULL,
  reason text NOT NULL,
  due_at timestamptz,
  created_at timestamptz NOT NULL,
  redriven_at timestamptz,
  CONSTRAINT dead_letters_job_id_attempt_key UNIQUE (job_id, attempt)
);
CREATE INDEX dead_letters_due_at_idx ON dead_letters (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX dead_letters_created_at_idx ON dead_letters (created_at);

-- Jobs change four times in their lives: keep the partial indexes small.
ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- +goose Down
DROP TABLE dead_letters;
DROP TABLE results;
DROP TABLE job_attempts;
DROP TABLE jobs;
