-- +goose Up
-- One object in the archive each: `archive/<cv_id>/<id>.json.gz`.
CREATE TABLE archives (
  id TEXT CONSTRAINT archives_pkey PRIMARY KEY,
  cv_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT archives_kind_check CHECK (kind IN ('uploads', 'jobs', 'dead_letters')),
  -- doomed: its object must go, since the candidate was erased or a row changed before it could be deleted
  status TEXT NOT NULL CONSTRAINT archives_status_check CHECK (status IN ('pending', 'verified', 'doomed')),
  -- who writes the object, alone until then
  worker TEXT NOT NULL,
  leased_until INTEGER NOT NULL,
  -- of the object, compressed
  size INTEGER,
  sha256 TEXT,
  created_at INTEGER NOT NULL,
  verified_at INTEGER,
  doomed_at INTEGER,
  CONSTRAINT archives_verified_check CHECK (status <> 'verified' OR (size IS NOT NULL AND sha256 IS NOT NULL AND verified_at IS NOT NULL)),
  CONSTRAINT archives_doomed_check CHECK ((status = 'doomed') = (doomed_at IS NOT NULL))
);
-- list, restore, erasure
CREATE INDEX archives_cv_id_idx ON archives (cv_id);
-- what purge has still to do; empty of history
CREATE INDEX archives_unsettled_idx ON archives (created_at) WHERE status <> 'verified';

-- The stamps: which rows a pending archive takes. A table of its own, since a column would rewrite every row before deleting it.
CREATE TABLE archive_rows (
  archive_id TEXT NOT NULL CONSTRAINT archive_rows_archive_id_fkey REFERENCES archives (id) ON DELETE CASCADE,
  row_id TEXT NOT NULL,
  CONSTRAINT archive_rows_pkey PRIMARY KEY (archive_id, row_id)
);
CREATE INDEX archive_rows_row_id_idx ON archive_rows (row_id);

-- A hold keeps an upload, the jobs that refer to it, and their documents. No foreign key: jobs outlive their uploads.
CREATE TABLE holds (
  upload_id TEXT CONSTRAINT holds_pkey PRIMARY KEY,
  owner TEXT NOT NULL,
  reason TEXT NOT NULL,
  held_at INTEGER NOT NULL
);

-- What looks after the database and when it last did: one row a task.
CREATE TABLE maintenance (
  task TEXT CONSTRAINT maintenance_pkey PRIMARY KEY,
  done_at INTEGER NOT NULL,
  facts TEXT NOT NULL
);

-- The id stays until no object of this candidate is left; then only the hash does.
ALTER TABLE erasures ADD COLUMN cv_id TEXT;

-- +goose Down
ALTER TABLE erasures DROP COLUMN cv_id;
DROP TABLE maintenance;
DROP TABLE holds;
DROP TABLE archive_rows;
DROP TABLE archives;
