-- +goose Up
CREATE TABLE jobs (
  id TEXT CONSTRAINT jobs_pkey PRIMARY KEY,
  owner TEXT NOT NULL,
  queue TEXT NOT NULL,
  status TEXT NOT NULL CONSTRAINT jobs_status_check CHECK (status IN ('queued', 'processing', 'completed', 'failed')),
  -- no foreign keys to uploads (finished jobs outlive them) and briefs: submit locks what it refers to, purge locks before it looks
  cv_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  job_description_hash TEXT NOT NULL,
  study_case_hash TEXT NOT NULL,
  rubric_hash TEXT,
  -- the fencing token: raised by every claim, never reset
  attempt INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  losses INTEGER NOT NULL,
  -- not before
  run_at INTEGER NOT NULL,
  -- when this job must next be looked at; NULL means never
  due_at INTEGER,
  published_at INTEGER,
  first_started_at INTEGER,
  started_at INTEGER,
  redriven_at INTEGER,
  worker TEXT,
  request_id TEXT,
  traceparent TEXT,
  error_code TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
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
  job_id TEXT NOT NULL CONSTRAINT job_attempts_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  worker TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  outcome TEXT NOT NULL CONSTRAINT job_attempts_outcome_check CHECK (outcome IN ('completed', 'failed', 'unavailable', 'interrupted', 'lost', 'given_up', 'cancelled')),
  error_code TEXT,
  error TEXT,
  CONSTRAINT job_attempts_pkey PRIMARY KEY (job_id, attempt)
);

CREATE TABLE results (
  job_id TEXT CONSTRAINT results_pkey PRIMARY KEY CONSTRAINT results_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  cv_match_rate NUMERIC NOT NULL CONSTRAINT results_cv_match_rate_check CHECK (cv_match_rate BETWEEN 0.2 AND 1),
  cv_feedback TEXT NOT NULL,
  project_score NUMERIC NOT NULL CONSTRAINT results_project_score_check CHECK (project_score BETWEEN 2 AND 10),
  project_feedback TEXT NOT NULL,
  overall_summary TEXT NOT NULL,
  evaluator TEXT NOT NULL,
  model TEXT,
  prompt_version TEXT,
  ratings TEXT NOT NULL,
  warnings TEXT NOT NULL,
  details TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE dead_letters (
  id TEXT CONSTRAINT dead_letters_pkey PRIMARY KEY,
  job_id TEXT CONSTRAINT dead_letters_job_id_fkey REFERENCES jobs (id) ON DELETE CASCADE,
  attempt INTEGER,
  queue TEXT NOT NULL,
  error_code TEXT NOT NULL,
  reason TEXT NOT NULL,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  redriven_at INTEGER,
  CONSTRAINT dead_letters_job_id_attempt_key UNIQUE (job_id, attempt)
);
CREATE INDEX dead_letters_due_at_idx ON dead_letters (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX dead_letters_created_at_idx ON dead_letters (created_at);

-- +goose Down
DROP TABLE dead_letters;
DROP TABLE results;
DROP TABLE job_attempts;
DROP TABLE jobs;
